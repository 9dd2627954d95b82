"""What turns the bytes of a file into rows, and what says whether rows are good."""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ..model.errors import Unsupported
from ..model.record import START as START
from ..model.record import Batch, Check, Fault, Mark, Notice, Row


class Content(Protocol):
    """A file whose bytes can be read more than once. What packed it (gzip, zip, zstd) is off already."""

    @property
    def name(self) -> str:
        """What it is called where it came from."""
        ...

    def read(self, start: int = 0) -> Iterator[bytes]:
        """Its bytes from there on, in chunks of at most 1 MiB. Closing it releases what is behind it."""
        ...


class Parser(ABC):
    """Reads one format. Used by one thread at a time; keeps nothing from one file to the next.

    A row that is no good becomes a Reject. What is no good as a whole (not that format, broken in a way that makes
    everything after it unsure, an attack) raises Malformed with the line. Nothing else is raised but what reading the
    content raises. Memory does not grow with the file.
    """

    seeks: bool = False
    """Whether parse() goes on at `after.offset`, with the batches that came behind it when all was read; else rows are
    read again and left out."""
    casts: bool = False
    """Whether parse() applies `columns` itself."""
    lasts: bool = False
    """Whether the raw text of its rows can be asked for at any time: then whoever takes batches may make small ones
    one."""

    @abstractmethod
    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        """All rows behind that mark, in order. The last batch may have no rows, but has the last checks and facts.

        One that does not seek is only ever given START. `columns` is given only to one that casts.
        """

    def checks(self, content: Content) -> Iterator[Check | Notice]:
        """What the file says of itself, without its rows: what is proved before any of it is delivered."""
        for batch in self.parse(content):
            yield from batch.checks
            yield from batch.notices

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        """The row that a corrected text is, in a file with that state of its last mark; Malformed if it still is
        none."""
        raise Unsupported("a row of this format cannot be put right by itself; correct the file and deliver it again")


class Validator(Protocol):
    """Says what good rows are, and gives them their types."""

    def check(self, batch: Batch) -> Batch:
        """The rows that are good, in their types, and the others among its rejects, with all their faults."""
        ...


class Reading(Protocol):
    """The columns of one file whose records are lists of texts, or lines: see core.columns."""

    def take(self, records: Iterable[Sequence[str] | None], mend: Callable[[int, Any], Row | None]) -> list[Row]:
        """The rows, in order; records that are not quickly seen to be good, and None, are given to mend() with their
        place."""
        ...

    def row(self, record: Sequence[str]) -> Row | tuple[Fault, ...]:
        """The row that a record is, or all its faults."""
        ...


class Columns(Validator, Protocol):
    """The validator that a list of Column makes: it is also quick for parsers that have rows as lists of texts."""

    names: tuple[str, ...]
    remembers: bool
    """Whether a row depends on those before it (`unique`): then all of them are read, also to go on at a mark."""

    def reading(self, header: Sequence[str], places: Sequence[slice] = ()) -> Reading:
        """For one file with that header; Malformed if it lacks a required column. `places`: where the texts are, if
        records are lines; there are blanks around them."""
        ...

    def absent(self, header: Sequence[str]) -> tuple[str, ...]:
        """The columns that a file with that header does not have."""
        ...


class Guess(NamedTuple):
    """How likely a file is of a format, and the settings that would read it; `schema` among them is the import's."""

    score: float                    # 0 to 1; from 0.9 it says so itself
    settings: Mapping[str, Any] = {}
    why: str = ""                   # for persons
