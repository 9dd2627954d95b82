"""Everything that a lane needs to carry files from one place to another."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from ..model.errors import AlreadyExists, HaulierError, NotFound, Stopped, Transient
from ..model.files import Draft, Part, temporary
from ..model.flow import Conflict, Rules
from ..model.run import Report, Transfer
from ..model.transfer import Signal
from ..ports import Clock, Step, Store
from .archive import Archive
from .limits import Limit


def _nothing(_: int) -> None:
    return None


def is_written(draft: Draft) -> bool:
    """Whether all of the draft is in the store, as far as it says: so no place to go on from in between."""
    return draft.size is not None and draft.offset >= draft.size


@dataclass(frozen=True, slots=True)
class Route:
    """One transfer task's two places and what happens between them."""

    source: Store
    target: Store
    clock: Clock
    rules: Rules = field(default_factory=Rules)
    steps: tuple[Step, ...] = ()
    archive: Archive | None = None
    mark: str = "0"
    """Tells our drafts from those of others: letters and digits."""
    bandwidth: Limit | None = None
    tell: Callable[[int], None] = _nothing
    """Called with bytes that moved; raises Stopped when the work is to end."""
    begun: Callable[[int], None] = _nothing
    """Called with the id of a file that moves alone from now on; 0: none that can be stopped alone."""
    hold: bool = False
    """Stop after the check, before anything is published."""
    booted: int = 0
    """When this machine started, in nanoseconds since the epoch: what was written before may be lost."""

    @property
    def replaces(self) -> bool:
        return self.rules.conflict in (Conflict.OVERWRITE, Conflict.NEWER)

    def part_of(self, transfer: Transfer, body: Iterator[bytes]) -> Part:
        entry = transfer.entry
        return Part(transfer.target, body, entry.size, entry.modified, entry.mode,
                    stop_if_asked=partial(self.tell, 0))

    def draft_of(self, transfer: Transfer, part: Part) -> Draft:
        temp = temporary(part.name, f"{self.mark}{transfer.id:x}")
        return Draft(part.name, temp, part.size, part.modified, part.mode, self.replaces)

    def draft_left(self, transfer: Transfer) -> Draft | None:
        """The draft that an earlier try left, the last if of several; None if steps made names we do not know."""
        if transfer.draft or self.steps:
            return transfer.draft
        return self.draft_of(transfer, self.part_of(transfer, iter(())))

    def metered(self, body: Iterable[bytes]) -> Iterator[bytes]:
        """`body`, at the allowed speed, telling how far it is."""
        for chunk in body:
            if self.bandwidth:
                self.bandwidth.take(len(chunk), partial(self.tell, 0))
            self.tell(len(chunk))
            yield chunk


    def refuse_conflict(self, part: Part) -> None:
        """AlreadyExists if the conflict rule keeps `part` from replacing what the target has."""
        if self.rules.conflict is Conflict.OVERWRITE:
            return
        try:
            there = self.target.stat(part.name)
        except NotFound:
            return
        if self.rules.conflict is not Conflict.NEWER:
            raise AlreadyExists(f"{part.name}: the target has a file with this name")
        if part.modified is not None and there.modified is not None and there.modified >= part.modified:
            raise AlreadyExists(f"{part.name}: the file at the target is not older")

    def failure(self, transfer: Transfer, error: Exception) -> Report:
        """The report of a try that ended with `error`; Stopped passes through."""
        if isinstance(error, Stopped):
            raise error
        if not isinstance(error, HaulierError):
            text = f"{transfer.path}: internal error ({type(error).__name__}: {error}); please report it"
            return Report(transfer.id, Signal.PERMANENT, text, type(error).__name__)
        signal = Signal.TRANSIENT if isinstance(error, Transient) else Signal.PERMANENT
        if isinstance(error, AlreadyExists) and self.rules.conflict in (Conflict.SKIP, Conflict.NEWER):
            signal = Signal.DUPLICATE
        return Report(transfer.id, signal, str(error), type(error).__name__)
