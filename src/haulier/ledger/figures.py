"""The past in numbers: what ended when, and how each flow is doing."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ..model.query import Bucket, FlowFacts, Pace
from ..model.transfer import State
from .dialects.dialect import Dialect

MINUTE = 60 * 10**9
TALLY = """
INSERT INTO tallies (at, flow, files, bytes, failed)
SELECT ?, min(flow), {files}, {bytes}, {failed} FROM transfers WHERE {among}
ON CONFLICT (at, flow) DO UPDATE SET files = tallies.files + excluded.files,
    bytes = tallies.bytes + excluded.bytes, failed = tallies.failed + excluded.failed"""
DONE = {"files": "count(*)", "bytes": "sum(size)", "failed": "0"}
FAILED = {"files": "0", "bytes": "0", "failed": "count(*)"}
ENDED = """
SELECT (CASE WHEN at > ? THEN at - ? ELSE 0 END) / ?, sum(files), sum(bytes), sum(failed), sum(skipped)
FROM tallies WHERE at > ? AND at < ? GROUP BY 1"""
MOVES = "source <> ''"
"""A run that moves files by itself; others count their tasks."""
SKIPPED = ("SELECT (finished - ?) / ?, sum(skipped) FROM runs"
           f" WHERE finished >= ? AND finished < ? AND {MOVES} GROUP BY 1")
PACES = ("SELECT CASE WHEN started > created THEN started - created ELSE 0 END, finished - started FROM runs"
         " WHERE finished >= ? AND finished < ? AND started > 0 AND finished >= started")
FLOWS = """
SELECT f.name, (SELECT max(r.id) FROM runs r WHERE r.flow = f.id),
       (SELECT r.finished FROM runs r WHERE r.flow = f.id AND r.state = 'done' ORDER BY r.id DESC LIMIT 1),
       (SELECT count(*) FROM transfers t WHERE t.ended = 'failed' AND t.flow = f.id AND NOT EXISTS (
            SELECT 1 FROM transfers n
            WHERE n.name = t.name AND n.path = t.path AND n.flow + 0 = t.flow AND n.id > t.id)),
       (SELECT count(*) FROM transfers t WHERE t.finished IS NULL AND t.flow = f.id AND t.state = 'waiting')
FROM flows f WHERE EXISTS (SELECT 1 FROM runs r WHERE r.flow = f.id) ORDER BY f.name"""


def tally(conn: Connection, dialect: Dialect, ids: Sequence[int], state: State, now: int) -> None:
    """Files that have just ended so."""
    if kind := {State.DONE: DONE, State.FAILED: FAILED}.get(state):
        dialect.run(conn, TALLY.format(among=dialect.among("id"), **kind), now // MINUTE * MINUTE, dialect.packed(ids))


def buckets(conn: Connection, dialect: Dialect, since: int, until: int, step: int) -> Sequence[Bucket]:
    """Files count in the minute when they ended; skipped ones, most of which have no row, when their run did.

    Those of runs that were forgotten since are counted in minutes too.
    """
    found: dict[int, Bucket] = {}
    for place, *counts in dialect.run(conn, ENDED, since, since, step, since - MINUTE, until):
        found[place] = Bucket(since + place * step, *map(int, counts))
    for place, skipped in dialect.run(conn, SKIPPED, since, step, since, until):
        known = found.get(place, Bucket(since + place * step, 0, 0, 0, 0))
        found[place] = known._replace(skipped=known.skipped + int(skipped))
    return [found[place] for place in sorted(found) if any(found[place][1:])]


def paces(conn: Connection, dialect: Dialect, since: int, until: int) -> Sequence[Pace]:
    """In no order."""
    return [Pace(*row) for row in dialect.run(conn, PACES, since, until)]


def flows(conn: Connection, dialect: Dialect) -> Sequence[FlowFacts]:
    """By name."""
    return [FlowFacts(*row) for row in dialect.run(conn, FLOWS)]
