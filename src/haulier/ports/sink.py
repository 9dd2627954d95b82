"""Where rows go."""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

from ..model.files import go_on
from ..model.record import Fault, Row


class FileKey(NamedTuple):
    """A file as a sink knows it: the same in every try, other for every other file."""

    flow: str
    digest: str     # SHA-256 of its bytes, in hex
    name: str       # its path, for persons and for names of files made of it
    gathered: bool = False
    """No file, but rows that persons have put right or decided: a later try may bring them together with others."""
    parted: bool = False
    """Of payments: where the far side refuses a part, the other parts come again in what is gathered."""


class Refusal(NamedTuple):
    """A row that the far side would not have, by its place in what was put."""

    at: int
    fault: Fault


class Sink(ABC):
    """A place for rows. One file at a time: begin(), put() …, commit() or abort(), then perhaps another.

    Raises only model.errors: Transient where another try may help (rows are then put again, with the same keys).
    Used by one thread; may have threads of its own, gone with close().
    """

    is_final: bool = False
    """Whether what was put is for good when put() returns. Else nothing of it can be seen before commit(), and a
    process that dies before that leaves nothing."""
    checkpoint: int = 0
    """Rows that are put before it is noted that they are there, and which a process that dies puts again; 0: as many as
    are read at a time, some thousand."""

    @abstractmethod
    def begin(self, file: FileKey, check: Callable[[], None] = go_on) -> bool:
        """Begin with a file; whether all of it is here already, committed by a try that was not heard of again.

        Of what is gathered each row is here by its key, not by the file.
        `check` raises Stopped when the work is to end: called at least every second by what takes longer.
        """

    @abstractmethod
    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        """Take these; those that the far side would not have.

        `keys`: of each row, the same in every try and after every crash, and no other row's ever. A row whose key
        came before has no second effect.
        """

    @abstractmethod
    def commit(self) -> None:
        """All that was put is for good, and visible, when it returns."""

    @abstractmethod
    def abort(self) -> None:
        """Nothing that was not final is there any more; fine if there is nothing."""

    def close(self) -> None:  # noqa: B027 - many hold nothing
        """Release everything. May be called twice; aborts what was not committed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
