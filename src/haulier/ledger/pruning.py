"""Old history is forgotten, a little at a time, so that nobody who writes has to wait for it."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from ..model.history import Keep, Pruned
from .database import Database
from .figures import MINUTE, MOVES
from .wishes import LATER

AT_ONCE = 1000
"""Rows that one transaction takes away at most, beside their runs."""
RUNS_AT_ONCE = 100
# The last run of each flow stays, and the last that ended well. Whoever begins again after a pause begins after both.
NOT_LAST = """EXISTS (SELECT 1 FROM runs n WHERE n.flow = r.flow AND n.id > r.id)
AND (r.state <> 'done' OR EXISTS (SELECT 1 FROM runs n WHERE n.flow = r.flow AND n.state = 'done' AND n.id > r.id))"""
ORPHAN = "(r.parent IS NULL OR NOT EXISTS (SELECT 1 FROM runs p WHERE p.id = r.parent))"
OLD_RUNS = f"""SELECT r.finished, r.id FROM runs r
WHERE r.finished < ? AND r.finished >= ? AND (r.finished > ? OR r.id > ?) AND {NOT_LAST} AND {ORPHAN}
ORDER BY r.finished, r.id LIMIT ?"""
CHILDREN = f"SELECT r.id FROM runs r WHERE {{among}} AND r.finished IS NOT NULL AND {NOT_LAST} ORDER BY r.id"
# The highest number of a table stays, so that SQLite does not give it to somebody else. So does what failed and was
# followed by nothing: somebody may still want it to be tried again.
FILES = f"""FROM batches b JOIN transfers t ON t.batch = b.id WHERE {{among}} AND t.finished IS NOT NULL
AND t.id < (SELECT max(id) FROM transfers) AND (t.ended IS NULL OR t.ended <> 'failed' OR EXISTS ({LATER}))"""
BATCHES = """FROM batches b WHERE {among} AND b.id < (SELECT max(id) FROM batches)
AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.batch = b.id)"""
EMPTY = ("NOT EXISTS (SELECT 1 FROM batches b WHERE b.run = r.id)"
         " AND NOT EXISTS (SELECT 1 FROM runs c WHERE c.parent = r.id)")
# Row keys, payments and files that were taken stay: nothing is to be taken twice, however old it is. So do rejects that
# somebody may still put right: not those of a file that was refused as a whole.
REJECTS = f"""FROM rejects t JOIN intakes i ON i.id = t.intake JOIN runs r ON r.id = i.run WHERE {{among}} AND {EMPTY}
AND (t.state IN ('replayed', 'dropped') OR i.state = 'refused') AND t.id < (SELECT max(id) FROM rejects)"""
COPIES = f"""FROM intakes t JOIN runs r ON r.id = t.run WHERE {{among}} AND {EMPTY} AND t.state = 'duplicate'
AND t.id < (SELECT max(id) FROM intakes)"""
TASKS = f"FROM {{table}} t JOIN runs r ON r.id = t.run WHERE {{{{among}}}} AND {EMPTY}"
OF_RUNS = {"attempts": TASKS.format(table="attempts"), "tasks": TASKS.format(table="tasks"), "rejects": REJECTS,
           "intakes": COPIES}
DELETE_EMPTY = f"DELETE FROM runs WHERE id IN (SELECT r.id FROM runs r WHERE {{among}} AND {EMPTY})"
EVENTS = f"""FROM events e JOIN runs r ON r.id = e.run WHERE {{among}} AND {EMPTY}
AND e.id < (SELECT max(id) FROM events)"""
# Skipped files have no rows, and are counted by their runs.
COUNT_SKIPPED = f"""INSERT INTO tallies (at, flow, files, bytes, failed, skipped)
SELECT r.finished / {MINUTE} * {MINUTE}, r.flow, 0, 0, 0, sum(r.skipped) FROM runs r
WHERE {{among}} AND {EMPTY} AND r.skipped > 0 AND {MOVES} GROUP BY 1, 2
ON CONFLICT (at, flow) DO UPDATE SET skipped = tallies.skipped + excluded.skipped"""
SOME_EVENTS = """SELECT e.id, e.at, r.id IS NULL OR r.finished IS NOT NULL
FROM events e LEFT JOIN runs r ON r.id = e.run
WHERE e.id > ? AND e.id < (SELECT max(id) FROM events) ORDER BY e.id LIMIT ?"""


class Pruning:
    """One pass over the past. Each step is a transaction, and says what it took away."""

    def __init__(self, database: Database, keep: Keep, now: int) -> None:
        self._database, self._dialect = database, database.dialect
        self._keep, self._now = keep, now

    def steps(self) -> Iterator[Pruned]:
        """Events first: runs that stay longer than theirs have none left then."""
        if self._keep.events is not None:
            yield from self._events(self._before(self._keep.events))
        if self._keep.runs is not None:
            for ids in self._old_runs(self._before(self._keep.runs)):
                yield from self._runs(ids)

    def counts(self) -> Pruned:
        """What all steps together would take away; of events those that are too old for themselves.

        Runs are all those that are too old, though some stay, for files of theirs that stay.
        """
        found = Pruned()
        if self._keep.events is not None:
            found = Pruned(events=sum(map(len, self._old_events(self._before(self._keep.events)))))
        if self._keep.runs is not None:
            for ids in self._old_runs(self._before(self._keep.runs)):
                with self._database.read() as conn:
                    files = self._run(conn, f"SELECT count(*) {FILES}", "b.run", ids).scalar_one()
                found = found._replace(runs=found.runs + len(ids), files=found.files + files)
        return found

    def _before(self, seconds: float) -> int:
        return self._now - int(seconds * 1e9)

    def _old_events(self, before: int) -> Iterator[Sequence[int]]:
        """By their numbers, which rise with time; those of runs that are not over stay."""
        last = 0
        while True:
            with self._database.read() as conn:
                rows = self._dialect.run(conn, SOME_EVENTS, last, AT_ONCE).all()
            yield [number for number, at, is_over in rows if is_over and at < before]
            if len(rows) < AT_ONCE or rows[-1][1] >= before:
                return
            last = rows[-1][0]

    def _events(self, before: int) -> Iterator[Pruned]:
        for ids in self._old_events(before):
            if ids:
                with self._database.write() as conn:
                    self._run(conn, "DELETE FROM events WHERE {among}", "id", ids)
            yield Pruned(events=len(ids))

    def _old_runs(self, before: int) -> Iterator[Sequence[int]]:
        last = (0, 0)
        while True:
            with self._database.read() as conn:
                rows = self._dialect.run(conn, OLD_RUNS, before, last[0], *last, RUNS_AT_ONCE).all()
            if not rows:
                return
            yield from self._families([number for _, number in rows])
            last = tuple(rows[-1])

    def _families(self, ids: Sequence[int]) -> Iterator[Sequence[int]]:
        """Runs that are tasks go with the run that they are tasks of, and before it."""
        with self._database.read() as conn:
            children = self._run(conn, CHILDREN, "r.parent", ids).scalars().all()
        for at in range(0, len(children), RUNS_AT_ONCE):
            yield from self._families(children[at:at + RUNS_AT_ONCE])
        yield ids

    def _runs(self, ids: Sequence[int]) -> Iterator[Pruned]:
        while True:
            with self._database.write() as conn:
                files = self._some(conn, "transfers", "t.id", FILES, "b.run", ids, AT_ONCE)
                left = AT_ONCE - files - self._some(conn, "batches", "b.id", BATCHES, "b.run", ids, AT_ONCE - files)
                for table, which in OF_RUNS.items():
                    left -= self._some(conn, table, "t.id", which, "r.id", ids, left)
                events = self._some(conn, "events", "e.id", EVENTS, "r.id", ids, left)
                is_last = left > events
                runs = self._emptied(conn, ids) if is_last else 0
            yield Pruned(runs, files, events)
            if is_last:
                return

    def _emptied(self, conn: Connection, ids: Sequence[int]) -> int:
        """Those of the runs that have nothing left are taken away; how many."""
        self._run(conn, COUNT_SKIPPED, "r.id", ids)
        gone: int = self._run(conn, DELETE_EMPTY, "r.id", ids).rowcount
        return gone

    def _some(self, conn: Connection, table: str, key: str, which: str, column: str, ids: Sequence[int],
              limit: int) -> int:
        taken: int = self._dialect.run(
            conn, f"DELETE FROM {table} WHERE id IN (SELECT {key} {which.format(among=self._dialect.among(column))}"
                  " LIMIT ?)", self._dialect.packed(ids), limit).rowcount
        return taken

    def _run(self, conn: Connection, statement: str, column: str, ids: Sequence[int]) -> Any:
        return self._dialect.run(conn, statement.format(among=self._dialect.among(column)), self._dialect.packed(ids))
