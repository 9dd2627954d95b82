"""What came of one file."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ...model.intake import Counts, Intake, IntakeState, Money
from ...model.match import MatchState
from ...model.record import START, Mark, Reject
from ...ports import ImportBook

MOST = 1000
"""Rejects that a result tells one by one; all of them are in the ledger."""


class Rejected(NamedTuple):
    """One thing wrong with one row."""

    line: int       # where the row begins in the file, from 1; 0 where a format has no lines
    row: int        # which row of the file it is, from 1
    column: str
    reason: str
    raw: str        # the row as it stands in the file
    code: str = ""
    value: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else f"row {self.row}"
        return f"{where}{f', {self.column}' if self.column else ''}: {self.reason}"


@dataclass
class PipelineResult:
    """What came of one file. `success`: nothing of it went wrong."""

    pipeline_name: str
    file_name: str
    source: str = ""
    """The name of the binding."""
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    completed_at: datetime | None = None
    total_records: int = 0
    processed_count: int = 0
    """Rows that are where they belong."""
    matched_count: int = 0
    unmatched_count: int = 0
    error_count: int = 0
    """Rows that were refused, and one more if the file itself is no good or was not ended."""
    errors: list[str] = field(default_factory=list)
    dry_run: bool = False
    duplicate_count: int = 0
    """Rows that came before, with an earlier file."""
    rejects: list[Rejected] = field(default_factory=list)
    """The first of the rows that were refused, fault by fault."""
    state: str = ""
    """done; duplicate: the same bytes came before; refused: no good as a whole; failed: tried again; read: a dry
    run."""
    intake: int = 0
    """Its number in the ledger; 0: it is in none."""
    checkpoint: Mark = START
    """How far it came: rows, and bytes of the file before the next one where the format can go on there."""
    money: Mapping[str, Money] = field(default_factory=dict)
    """By currency, where payments are matched: total, matched, unmatched, duplicates, ignored."""
    report: Mapping[str, Any] = field(default_factory=dict)
    """What the file says of itself, and checks of that."""

    @property
    def success(self) -> bool:
        """Whether every row is where it belongs."""
        return self.error_count == 0

    def refuse(self, rejects: Iterable[Reject], count: int) -> None:
        """So many rows were refused, such as these."""
        self.error_count += count
        for reject in rejects:
            told = [Rejected(reject.line, reject.number, one.column, one.reason, reject.raw, one.code, one.value)
                    for one in reject.faults]
            self.rejects += told
            self.errors.append("; ".join(map(str, told)))

    def fail(self, error: str) -> None:
        """The file itself is no good, or was not ended."""
        self.error_count += 1
        self.errors.append(error)

    def count(self, counts: Counts, report: Mapping[str, Any]) -> None:
        """So many rows, and what payments among them came to."""
        self.total_records, self.duplicate_count = counts.rows, counts.duplicates
        self.processed_count = counts.accepted
        self.report = report
        states = dict(report.get("states", {}))
        self.matched_count = states.pop(MatchState.MATCHED.value, 0)
        self.duplicate_count += states.pop(MatchState.DUPLICATE.value, 0)
        states.pop(MatchState.IGNORED.value, 0)
        self.unmatched_count = sum(states.values())

    def over(self) -> PipelineResult:
        """Now."""
        self.completed_at = datetime.now(UTC)
        return self


def take(result: PipelineResult, intake: Intake, book: ImportBook) -> PipelineResult:
    """What the ledger knows of a file."""
    result.intake, result.state, result.checkpoint = intake.id, intake.state.value, intake.mark
    result.money = intake.money
    if intake.state is not IntakeState.DUPLICATE:
        result.count(intake.counts, intake.report)
        kept = book.kept(intake.id, limit=MOST, state="open") if intake.counts.rejected else ()
        result.refuse((one.reject for one in kept), intake.counts.rejected)
    if intake.error:
        result.fail(intake.error)
    return result
