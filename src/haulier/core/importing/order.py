"""What is to be done with the files of an import."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto

from ...model.column import Column
from ...model.errors import Malformed
from ...model.intake import Counts
from ...model.record import Reject
from ...model.words import count
from ...ports import Parser, Validator
from .mapping import Mapper


class Duplicates(StrEnum):
    """What is not taken again."""

    ROWS = auto()       # a row that was taken before, from whatever file
    FILES = auto()      # a file whose bytes were taken before
    OFF = auto()        # nothing: the same file is taken each time it is found


@dataclass(frozen=True, slots=True)
class Policy:
    """How many rejects a file may have; with too many of them nothing of it is taken."""

    most: int | None = None         # 0: none at all
    share: float | None = None      # of all rows, 0 to 1
    first: int = 100                # if all of the first so many are rejects, it is a wrong file; 0: do not ask

    @property
    def is_open(self) -> bool:
        """Whether it cannot be said before the end that a file is too bad."""
        return self.most is not None or self.share is not None

    def look(self, name: str, before: Counts, rejects: Sequence[Reject]) -> None:
        """Malformed if the file begins with nothing but rejects: `before`, and these behind them."""
        if not self.first or before.rejected < before.rows:
            return
        if before.rows + sum(before.rows < one.number <= self.first for one in rejects) >= self.first:
            raise Malformed(_nothing_good(name, self.first))

    def check(self, name: str, counts: Counts, *, whole: bool, unwanted: int = 0) -> None:
        """Malformed if these are too many; `whole`: there are no more rows to come. `unwanted`: those among them that
        were good, and refused by whoever was told."""
        if self.first and whole and counts.rejected == counts.rows and counts.rows > 1 and not unwanted:
            raise Malformed(_nothing_good(name, counts.rows))
        if self.most is not None and counts.rejected > self.most:
            raise Malformed(f"{name}: {count(counts.rejected, 'row')} rejected, and at most {self.most:,} may be")
        if whole and self.share is not None and counts.rejected > self.share * counts.rows:
            raise Malformed(f"{name}: {counts.rejected:,} of {counts.rows:,} rows were rejected, more than "
                            f"{self.share:.1%}")


def _nothing_good(name: str, count: int) -> str:
    return (f"{name}: all of its first {count:,} rows were rejected: is this the right format? "
            "Look at it with: haulier import check")


LENIENT = Policy()


@dataclass(frozen=True, slots=True)
class Order:
    """How the rows of a file are made, whatever becomes of them then."""

    flow: str                           # with its task
    parser: Parser
    columns: tuple[Column, ...] = ()    # what comes out, in this order; (): what the file has
    others: bool = False                # and other columns too, as they are
    validator: Validator | None = None  # a schema of another kind
    mapper: Mapper | None = None
    key: tuple[str, ...] = ()           # columns of the source that make two rows the same; (): all of them
    duplicates: Duplicates = Duplicates.FILES
    policy: Policy = LENIENT
    strict: bool = False                # nothing is taken of a file whose own totals do not hold
    version: str = ""
    """Differs when anything of this does."""
    parser_name: str = field(default="", compare=False)
