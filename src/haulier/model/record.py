"""Rows of a file on their way into another system, and what is found wrong with them."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, NamedTuple, TypeAlias

Row: TypeAlias = dict[str, Any]
"""One row by the names of its columns. Values: str, int, Decimal, float, bool, date, datetime, time, None, and lists
and mappings of those where the format has them."""

RAW = 4096
"""Characters of a row's own text that are kept with a reject."""
SHOWN = 200
"""Characters of one value that are kept with a fault."""


class Stage(StrEnum):
    """Where on its way a row was refused."""

    DECODE = auto()
    PARSE = auto()
    VALIDATE = auto()
    MAP = auto()
    MATCH = auto()
    SINK = auto()


class Fault(NamedTuple):
    """One thing wrong with one row. `code` is for programs: lower_case_words, never changed; `reason` for persons."""

    code: str
    reason: str
    column: str = ""
    value: str = ""     # at most SHOWN characters


class Reject(NamedTuple):
    """A row that could not be taken."""

    number: int             # of the row in its file, from 1; those that are rejected count too
    line: int               # of the plain text where it begins, from 1; 0 where a format has no lines
    faults: tuple[Fault, ...]
    raw: str = ""           # as it stands in the file, at most RAW characters
    row: Row | None = None  # its values, if it came so far: then it can be put right column by column
    stage: Stage = Stage.PARSE
    offset: int | None = None   # bytes of the plain file before it, if that is known


class Check(NamedTuple):
    """A number that the file says of itself, beside the one that was found."""

    name: str               # such as "section amount", "closing balance", "payments in the file"
    said: Any
    found: Any
    line: int = 0
    where: str = ""         # which section or statement, and the currency

    @property
    def holds(self) -> bool:
        """Whether they are the same."""
        return bool(self.said == self.found)

    @property
    def texts(self) -> tuple[str, str]:
        """Both as persons read them."""
        return _text(self.said), _text(self.found)


def _text(number: Any) -> str:
    return "nothing" if number is None else str(number)


class Notice(NamedTuple):
    """Something odd that stops nothing: an unknown record type, a reserved code."""

    code: str
    text: str
    line: int = 0


class Mark(NamedTuple):
    """A place between two rows, from which a parser that seeks can go on. `state` is JSON."""

    number: int = 0         # rows before it, rejects too
    offset: int = 0         # bytes of the plain file before it
    line: int = 1           # of the next row
    state: Mapping[str, Any] = {}


START = Mark()


def joined(facts: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """What batches say of a file, and what the next one says: later ones win, lists are joined."""
    return {**facts, **{name: [*facts[name], *value] if isinstance(value, list) and facts.get(name) else value
                        for name, value in more.items()}}


def no_text(at: int) -> str:
    """The raw text of a row whose parser does not keep it."""
    return ""


@dataclass(slots=True)
class Batch:
    """Some rows in a row, at most a few thousand: what parsers yield, and what each stage makes of them."""

    rows: list[Row]
    numbers: Sequence[int]      # of each row in its file, from 1
    lines: Sequence[int]        # where each begins; 0 where there are no lines
    after: Mark                 # behind all of it
    rejects: list[Reject] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the file says of itself, as JSON: statements with their balances, dates, accounts. Later ones win, lists
    are joined."""
    raw: Callable[[int], str] = no_text
    """The text of the row at that place in `rows`; only until the next batch is asked for."""
