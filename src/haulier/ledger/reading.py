"""What is known of files: unfinished, delivered, looked for."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, or_, select, text

from ..model.errors import NotFound
from ..model.files import Draft, Entry
from ..model.run import Seen, Transfer
from ..model.transfer import State
from .dialects.dialect import Dialect
from .filetables import BASENAME, batches, journal, transfers
from .runtables import flows

T, J = transfers.c, journal.c
COLUMNS = (T.id, T.path, T.target, T.size, T.modified, T.tag, T.mode, T.state, T.tries, T.sha256,
           T.written, T.delivered, T.error, T.kind, batches.c.run, T.settled, T.created, T.finished,
           T.retry_at, T.since, J.path, J.temp, J.size, J.modified, J.mode, J.overwrite, J.safe, J.state, J.head)


def pending(conn: Connection, flow: str) -> Sequence[Transfer]:
    """Not over, or failed and not followed by another transfer of the same path; of all flows if '' is asked for."""
    later = transfers.alias()
    # `+ 0`: found by name, of which there are few, and not among all that the flow did since.
    newer = exists().where(later.c.name == T.name, later.c.path == T.path, later.c.flow + 0 == T.flow,
                           later.c.id > T.id)
    found: list[Transfer] = []
    for condition in (T.finished.is_(None), and_(T.ended == State.FAILED.value, ~newer)):
        query = _query().where(condition)
        if flow:
            query = query.where(T.flow == select(flows.c.id).where(flows.c.name == flow).scalar_subquery())
        found += [_transfer(row) for row in conn.execute(query)]
    return sorted(found)    # by number


def found(conn: Connection, dialect: Dialect, run: int, path: str,
          limit: int) -> Sequence[Transfer]:
    query = _query().limit(limit)
    if run:
        # By batch first, as the index has them: else all the run's files are read and sorted.
        query = query.where(batches.c.run == run).order_by(batches.c.id.desc())
    query = query.order_by(T.id.desc())
    if path:
        query = query.where(_is_called(dialect, path.strip("/")))
    return [_transfer(row) for row in conn.execute(query)]


def one(conn: Connection, number: int) -> Transfer:
    """NotFound if there is none."""
    row = conn.execute(_query().where(T.id == number)).first()
    if row is None:
        raise NotFound(f"there is no transfer {number}")
    return _transfer(row)


def batch(conn: Connection, number: int) -> Sequence[Transfer]:
    """What is in it now, in order."""
    return [_transfer(row) for row in conn.execute(_query().where(T.batch == number).order_by(T.id))]


def those(conn: Connection, numbers: Sequence[int]) -> Sequence[Transfer]:
    """In no order."""
    return [_transfer(row) for row in conn.execute(_query().where(T.id.in_(numbers)))] if numbers else []


def _is_called(dialect: Dialect, path: str) -> Any:
    """By the last piece, which has an index; then by the rest."""
    name = path.rpartition("/")[2]
    basename: Any = text(f"{BASENAME} = :name").bindparams(name=name)
    return or_(
        and_(T.name == name, or_(T.path == path, dialect.ends_with(T.path, "/" + path))),
        and_(T.target.is_not(None), basename,
             or_(T.target == path, dialect.ends_with(T.target, "/" + path))))


def done(conn: Connection, run: int, paths: Sequence[str]) -> Sequence[Transfer]:
    """What became of these in the run: done or skipped."""
    query = _query().where(
        T.name.in_({path.rpartition("/")[2] for path in paths}), T.path.in_(paths), batches.c.run == run,
        T.state.in_((State.DONE.value, State.SKIPPED.value)))
    return [_transfer(row) for row in conn.execute(query)]


def delivered(conn: Connection, dialect: Dialect, flow: str,
              paths: Sequence[str]) -> dict[str, Seen]:
    rows = dialect.run(
        conn, "SELECT path, size, modified, tag, sha256 FROM seen"
              f" WHERE flow = (SELECT id FROM flows WHERE name = ?) AND {dialect.among('path')}",
        flow, dialect.packed(paths)).all()
    return {path: Seen(Entry(path, size, modified, tag), sha256 or b"")
            for path, size, modified, tag, sha256 in rows}


def _query() -> Select[Any]:
    return select(*COLUMNS).join_from(transfers, batches, T.batch == batches.c.id).outerjoin(
        journal, J.transfer == T.id)


def _transfer(row: Sequence[Any]) -> Transfer:
    (number, path, target, size, modified, tag, mode, state, tries, sha256, written, delivered, error, kind,
     run, settled, created, finished, retry_at, since, *rest) = row
    draft = None if rest[1] is None else Draft(
        rest[0], rest[1], rest[2], rest[3], rest[4], bool(rest[5]), rest[6], rest[7])
    return Transfer(
        number, path, target or path, Entry(path, size, modified, tag, mode), State(state), tries,
        sha256 or b"", written or 0, bool(delivered), draft, rest[8] or b"", error or "", kind or "", run,
        settled or "", created, finished, retry_at=retry_at, since=created if since is None else since)
