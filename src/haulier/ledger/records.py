"""Recording: signals folded by the state table, and written with what they mean."""
from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from ..model.errors import LeaseLost
from ..model.run import Report, Run
from ..model.transfer import FINAL, STEPS, Signal, State, step
from . import figures, story
from .dialects.dialect import Change, Dialect, assigned
from .filetables import journal

Chain = tuple[Signal, ...]
NO_FACTS = Report(0)[2:]
FACTS = {"error": "coalesce({}, t.error)", "kind": "coalesce({}, t.kind)",
         "sha256": "coalesce({}, t.sha256)", "written": "coalesce({}, t.written)",
         "settled": "coalesce({}, t.settled)", "retry_at": "{}",
         "target": "nullif(coalesce({}, t.target, t.path), t.path)"}
ENDED = FINAL - {State.DONE}
BULK = frozenset({Signal.COPIED, Signal.VERIFIED, Signal.SETTLED, Signal.DUPLICATE})
DONE_AS = {Signal.SETTLED: "done", Signal.DUPLICATE: "skipped", Signal.TRANSIENT: "waiting",
           Signal.PERMANENT: "failed", Signal.CANCEL: "cancelled", Signal.PAUSE: "paused",
           Signal.CLAIM: "claimed", Signal.RETRY: "queued", Signal.RESUME: "queued"}
DRAFT = ("transfer", "path", "temp", "size", "modified", "mode", "overwrite", "safe", "state",
         "head")
ANEW = (", finished = NULL, ended = NULL, since = 0, sha256 = CASE WHEN delivered THEN sha256 END,"
        " written = CASE WHEN delivered THEN written END")
"""What failed for good, and is wanted again: its draft is gone, so unless it was delivered nothing of it is copied."""
KEEP_DRAFT = (f"ON CONFLICT (transfer) DO UPDATE SET {assigned(DRAFT[1:-1])},"
              " head = coalesce(excluded.head, journal.head)")
DROP_ASKS = ("DELETE FROM asks WHERE run = ? AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.id = asks.transfer"
             " AND t.finished IS NULL AND t.state <> 'paused')")
SEEN = ("size", "modified", "tag", "sha256")


class Move(NamedTuple):
    """What a chain of signals does to a transfer's state."""

    first: frozenset[State]     # the states that accept it
    last: State
    name: str                   # for the event
    bulk: bool                  # one event for many files
    delivers: bool              # published: only settling is left, if that


@lru_cache
def move(chain: Chain) -> Move:
    """IllegalStep if no state accepts these signals in this order."""
    first = frozenset(state for state, signal in STEPS if signal is chain[0])
    last = STEPS[next(iter(first)), chain[0]]  # a signal leads to one state, wherever it is given
    for signal in chain[1:]:
        last = step(last, signal)
    name = DONE_AS.get(chain[-1], chain[-1].value)
    return Move(first, last, name, BULK.issuperset(chain),
                not {Signal.VERIFIED, Signal.SETTLED}.isdisjoint(chain))


class Record:
    """Reports being applied, in one transaction."""

    def __init__(self, conn: Connection, dialect: Dialect, run: Run) -> None:
        self._conn, self._dialect, self._run = conn, dialect, run
        self._now = time.time_ns()

    def apply(self, groups: dict[Chain, list[Report]], drafts: dict[int, Report]) -> None:
        over: list[int] = []
        for chain, reports in groups.items():
            change, ids = move(chain), [report.id for report in reports]
            self._write(change, reports, ids)
            if change.last in FINAL:
                over += ids
            if change.last in (State.DONE, State.SKIPPED):
                self._see(ids)
            figures.tally(self._conn, self._dialect, ids, change.last, self._now)
            self._tell(change, reports, ids)
        self._keep([drafts[number] for number in drafts.keys() - set(over)])
        if over:
            self._dialect.run(self._conn, "DELETE FROM journal WHERE "
                              + self._dialect.among("transfer"), self._dialect.packed(over))
        if groups:
            self._dialect.run(self._conn, DROP_ASKS, self._run.id)

    def _write(self, change: Move, reports: Sequence[Report], ids: Sequence[int]) -> None:
        fixed = f"state = '{change.last}'"
        if change.last in FINAL:
            fixed += f", finished = {self._now}, retry_at = NULL"
        elif change.first <= FINAL:
            fixed += ANEW
        if change.last in ENDED:
            fixed += f", ended = '{change.last}'"
        if change.delivers:
            fixed += ", delivered = true"
        facts = _present(reports)
        if change.last is not State.WAITING:
            facts.pop("retry_at", None)
        new = Change({fact: FACTS[fact] for fact in facts}, fixed, change.first)
        if facts:
            rows = list(zip(*facts.values(), ids, strict=True))
            count = self._dialect.update(self._conn, new, rows)
        else:
            count = self._dialect.run(
                self._conn, f"UPDATE transfers SET {fixed} WHERE state IN {new.guard} AND "
                + self._dialect.among("id"), self._dialect.packed(ids)).rowcount
        if count != len(ids):
            raise self._lost(change)

    def _lost(self, change: Move) -> LeaseLost:
        needed = " or ".join(sorted(change.first))
        return LeaseLost(f"{self._run.flow}: a file was not {needed}, so it cannot be"
                         f" {change.name}; somebody else went on with it")

    def _see(self, ids: Sequence[int]) -> None:
        columns = ", ".join(SEEN)
        self._dialect.run(
            self._conn, f"INSERT INTO seen (flow, path, {columns}) SELECT flow, path, {columns}"
            f" FROM transfers WHERE sha256 IS NOT NULL AND {self._dialect.among('id')}"
            f" ON CONFLICT (flow, path) DO UPDATE SET {assigned(SEEN)}", self._dialect.packed(ids))

    def _keep(self, drafts: Sequence[Report]) -> None:
        if not drafts:
            return
        ids = [report.id for report in drafts]
        alive = self._dialect.run(
            self._conn, "SELECT count(*) FROM transfers WHERE finished IS NULL AND "
            + self._dialect.among("id"), self._dialect.packed(ids)).scalar_one()
        if alive != len(ids):
            raise LeaseLost(f"{self._run.flow}: a file that is being written is no longer this"
                            " run's; somebody else went on with it")
        self._dialect.insert(self._conn, journal, DRAFT, list(map(_draft_row, drafts)),
                             conflict=KEEP_DRAFT)

    def _tell(self, change: Move, reports: Sequence[Report], ids: Sequence[int]) -> None:
        if change.bulk and len(ids) > 1:
            story.tell(self._conn, self._dialect, [
                story.about_batch(self._run.id, batch, self._now, change.name, members)
                for batch, members in self._batches(ids).items()])
            return
        said = {report.id: f": {report.kind} {report.error}".rstrip() if report.error else ""
                for report in reports}
        rows = self._dialect.run(
            self._conn, "SELECT batch, id, path, tries FROM transfers WHERE "
            + self._dialect.among("id"), self._dialect.packed(ids))
        story.tell(self._conn, self._dialect, [
            story.about_transfer((self._run.id, batch, number), self._now, change.name,
                                 f"{path}{said[number]} (try {tries})")
            for batch, number, path, tries in rows])

    def _batches(self, ids: Sequence[int]) -> dict[int, Sequence[int]]:
        """The ids by batch; they are mostly one batch, or neighbours."""
        among, packed = self._dialect.among("id"), self._dialect.packed(ids)
        rows = self._dialect.run(
            self._conn, "SELECT batch, min(id), max(id) - min(id) + 1, count(*) FROM transfers"
            f" WHERE {among} GROUP BY batch", packed).all()
        if len(rows) == 1:
            return {rows[0][0]: ids}
        if all(width == count for _, _, width, count in rows):
            return {batch: range(first, first + count) for batch, first, _, count in rows}
        found: dict[int, list[int]] = {}
        for batch, number in self._dialect.run(
                self._conn, f"SELECT batch, id FROM transfers WHERE {among}", packed):
            found.setdefault(batch, []).append(number)
        return dict(found)


def folded(reports: Iterable[Report]) -> tuple[dict[Chain, list[Report]], dict[int, Report]]:
    """Reports by their chain of signals, one for each transfer; and the latest draft of each."""
    chains: dict[int, Chain] = {}
    facts: dict[int, Report] = {}
    drafts: dict[int, Report] = {}
    for report in reports:
        number, signal = report.id, report.signal
        if report.draft is not None:
            drafts[number] = report
        if signal is None:
            continue
        if number not in chains:
            chains[number], facts[number] = (signal,), report
        else:
            chains[number] += (signal,)
            if report[2:] != NO_FACTS:
                facts[number] = _merged(facts[number], report)
    groups: dict[Chain, list[Report]] = {}
    for number, chain in chains.items():
        groups.setdefault(chain, []).append(facts[number])
    return groups, drafts


def _present(reports: Sequence[Report]) -> dict[str, Sequence[Any]]:
    """The facts that any of the reports has, by column; None where one does not have it."""
    columns: dict[str, Sequence[Any]] = dict(
        zip(Report._fields, zip(*reports, strict=True), strict=True))
    if any(columns["error"]):
        columns["error"] = [story.cleaned(error) for error in columns["error"]]
    return {fact: columns[fact] if all(columns[fact]) else [one or None for one in columns[fact]]
            for fact in FACTS if any(columns[fact])}


def _merged(old: Report, new: Report) -> Report:
    return Report._make([new or old for old, new in zip(old, new, strict=True)])


def _draft_row(report: Report) -> tuple[Any, ...]:
    draft = report.draft
    assert draft is not None
    return (report.id, draft.path, draft.temp, draft.size, draft.modified, draft.mode,
            draft.replace, draft.offset, draft.state, report.head or None)
