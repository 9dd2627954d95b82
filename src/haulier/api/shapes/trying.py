"""What an import would do with files, before it does it."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ...core.importing.taking import Rehearsal
from ...core.plan import Verdict
from ...model.intake import NOUGHT
from ...model.record import Reject
from ..hub import Suggested, Tried, TriedFile
from .connection import FolderGiven
from .given import Text
from .intake import Report, report
from .reject import Fault
from .told import Said, plain

SHOWN = 20
"""Rejects of a file that are told."""


class SampleGiven(FolderGiven):
    """A file of a place; or a folder of it, of which the newest file counts whose name matches `pattern`."""

    pattern: Text = ""


class Format(BaseModel):
    """What may read a file, and why; `columns` are those that were seen, to be written as `schema`."""

    parser: str
    score: float
    why: Said
    settings: dict[str, Any]
    columns: list[dict[str, Any]]


class Suggestion(BaseModel):
    """A file, and the formats that may be its own, the likeliest first."""

    file: Said
    formats: list[Format]


class BadRow(BaseModel):
    """A row that would be rejected."""

    number: int
    line: int
    raw: Said
    faults: list[Fault]


class FileTried(BaseModel):
    """What would come of a file. `verdict`: whether it would be taken; `reason`: why not, or why it was not read.

    `rejects` are the first; `matching`: what its payments would be matched with.
    """

    name: Said
    size: int
    verdict: Verdict
    reason: Said
    is_read: bool
    rows: int
    accepted: int
    rejected: int
    duplicates: int
    rejects: list[BadRow]
    report: Report
    matching: dict[str, Any] | None


class Check(BaseModel):
    """What the next run would do; `counts` are of all files that are there."""

    files: list[FileTried]
    counts: dict[Verdict, int]
    is_whole: bool


def suggestion(one: Suggested) -> Suggestion:
    """For the wire."""
    return Suggestion(file=one.file, formats=[_format(parser, guess.score, guess.why, guess.settings)
                                              for parser, guess in one.formats])


def check(one: Tried) -> Check:
    """For the wire."""
    return Check(files=[_file(file) for file in one.files], counts=one.counts, is_whole=one.is_whole)


def _format(parser: str, score: float, why: str, settings: Mapping[str, Any]) -> Format:
    said = plain(settings)
    columns = said.pop("schema", [])
    return Format(parser=parser, score=round(score, 2), why=why, settings=said, columns=columns)


def _file(one: TriedFile) -> FileTried:
    found = one.found or Rehearsal()
    counts = found.counts if one.found else NOUGHT
    return FileTried(
        name=one.name, size=one.size, verdict=one.verdict, reason=one.reason, is_read=one.found is not None,
        **counts._asdict(), rejects=[_row(row) for row in found.rejects[:SHOWN]],
        report=report(found.account.report()), matching=plain(one.matching) if one.matching is not None else None)


def _row(one: Reject) -> BadRow:
    return BadRow(number=one.number, line=one.line, raw=one.raw, faults=[Fault(**fault._asdict())
                                                                       for fault in one.faults])
