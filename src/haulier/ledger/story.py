"""Events: written with the change that caused them, and read as the story of one file."""
from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, or_, select

from ..model.event import Event
from ..model.transfer import FINAL, State
from ..model.words import count
from .dialects.dialect import Dialect
from .eventtables import events
from .filetables import batches, transfers
from .runtables import runs

E = events.c
GAP = 15_000_000_000
"""Nanoseconds after which a number that is missing was given back: whoever had it has stored it or failed by then."""
COLUMNS = ("at", "kind", "run", "batch", "transfer", "members", "text", "flow")


class Fact(NamedTuple):
    """An event before it has a number."""

    at: int
    kind: str
    run: int
    batch: int
    transfer: int
    members: str | None
    text: str
    flow: str | None = None     # the run's


def about_run(run: int, at: int, what: str, text: str) -> Fact:
    return Fact(at, f"run.{what}", run, 0, 0, None, _line(text))


def about_task(run: int, at: int, what: str, text: str) -> Fact:
    return Fact(at, f"task.{what}", run, 0, 0, None, _line(text))


def about_import(run: int, flow: str, at: int, what: str, text: str) -> Fact:
    """Of the run, or of the flow if there is none."""
    return Fact(at, f"import.{what}", run, 0, 0, None, _line(text), None if run else flow)


def about_flow(flow: str, at: int, kind: str, text: str) -> Fact:
    """Of no run."""
    return Fact(at, kind, 0, 0, 0, None, _line(text), flow)


def about_batch(run: int, batch: int, at: int, what: str, ids: Sequence[int]) -> Fact:
    return Fact(at, f"batch.{what}", run, batch, 0, spans(ids), count(len(ids), "file"))


def about_transfer(where: tuple[int, int, int], at: int, what: str, text: str) -> Fact:
    """`where`: run, batch and transfer."""
    return Fact(at, f"transfer.{what}", *where, None, _line(text))


def tell(conn: Connection, dialect: Dialect, facts: Sequence[Fact]) -> None:
    if facts:
        dialect.insert(conn, events, COLUMNS, facts)


def spans(ids: Iterable[int]) -> str:
    """Numbers as `1-499,501`: short, because those of a batch are mostly neighbours."""
    found: list[list[int]] = []
    for number in sorted(ids):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


def is_among(number: int, members: str) -> bool:
    for span in members.split(","):
        first, _, last = span.partition("-")
        if int(first) <= number <= int(last or first):
            return True
    return False


def following(conn: Connection, dialect: Dialect, after: int, limit: int, run: int) -> Sequence[Event]:
    """Events with higher numbers, oldest first, as far as no number between them can still turn up."""
    rows = conn.execute(_told(run).where(E.id > after).order_by(E.id).limit(limit)).all()
    if run or not dialect.exclusive:    # one writer at a time: numbers turn up in their order
        return [_event(row) for row in rows]
    settled = time.time_ns() - GAP
    found: list[Event] = []
    for row in rows:
        if row.id > after + 1 and row.at > settled:
            break
        found.append(_event(row))
        after = row.id
    return found


def latest(conn: Connection, after: int, limit: int, run: int) -> Sequence[Event]:
    """The last ones with higher numbers, newest first."""
    return [_event(row) for row in conn.execute(_told(run).where(E.id > after).order_by(E.id.desc()).limit(limit))]


def _told(run: int) -> Select[Any]:
    columns = select(E.id, E.at, E.kind, E.run, E.transfer, E.text, E.flow)
    return columns.where(E.run == run) if run else columns


def _event(row: Any) -> Event:
    number, at, kind, run, transfer, text, flow = row
    return Event(number, at, kind, run, transfer, text, flow or "")


def history(conn: Connection, number: int) -> Sequence[Event]:
    """What was written about one transfer, its batches and its runs, oldest first."""
    about = conn.execute(
        select(transfers, batches.c.run, runs.c.source)
        .join_from(transfers, batches, transfers.c.batch == batches.c.id).join(runs)
        .where(transfers.c.id == number)).first()
    if about is None:
        return []
    own = conn.execute(select(events).where(events.c.transfer == number)
                       .where(events.c.transfer > 0)).all()
    places = {(row.run, row.batch) for row in own} | {(about.run, about.batch)}
    shared = conn.execute(select(events).where(events.c.transfer == 0).where(
        or_(*(and_(events.c.run == run, events.c.batch.in_((0, batch)))
              for run, batch in places)))).all()
    told = [Event(row.id, row.at, row.kind, row.run, row.transfer, row.text)
            for row in {*own, *(row for row in shared
                                if not row.members or is_among(number, row.members))}]
    return sorted([*told, *_stamped(about, min(places)[0], own)], key=_order)


def _stamped(about: Row[Any], first_run: int, own: Sequence[Row[Any]]) -> Iterable[Event]:
    """What the transfer's own row tells, where bulk work left no event about this one file."""
    yield Event(0, about.created, "transfer.created", first_run, about.id,
                f"{about.path}: {count(about.size, 'byte')} in {about.source}")
    kind = f"transfer.{about.state}"
    if State(about.state) in FINAL and not any(row.kind == kind for row in own):
        digest = f", sha256 {about.sha256.hex()}" if about.sha256 else ""
        moved = f", source moved to {about.settled}" if about.settled else ""
        yield Event(0, about.finished, kind, about.run, about.id,
                    f"{about.target or about.path}: {count(about.written or 0, 'byte')}{digest}{moved}")


def _order(event: Event) -> tuple[int, int, int]:
    """At one moment: the run, then the file's beginning, then what was done, then its end."""
    if event.kind == "run.started":
        rank = 0
    elif event.kind == "transfer.created":
        rank = 1
    else:
        rank = 2 if event.id else 3
    return event.at, rank, event.id


def cleaned(text: str) -> str:
    """Text from outside as every database takes it."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def _line(text: str) -> str:
    return " ".join(cleaned(text).split())
