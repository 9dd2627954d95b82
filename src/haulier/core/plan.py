"""What would move, what would not, and why: decided a thousand files at a time, in flat memory."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum, auto
from itertools import chain, islice
from typing import NamedTuple

from ..model.errors import AlreadyExists, HaulierError, Invalid, NotFound
from ..model.files import Cap, Entry
from ..model.flow import Conflict, Dedup, Rules
from ..model.run import Seen
from ..ports import Clock, Store
from .existing import Existing
from .select import among, marker_of, selector, unmarked

CHUNK = 1000


class Verdict(StrEnum):
    MOVE = auto()
    SKIP = auto()       # needs no work
    WAIT = auto()       # not now: still being written
    FAIL = auto()       # cannot be taken, and somebody should know


class Decision(NamedTuple):
    """What is to happen to one file of the source, and why."""

    entry: Entry
    verdict: Verdict
    reason: str = ""
    known: bytes = b""          # SHA-256 delivered under this path before
    error: HaulierError | None = None
    is_there: bool = False      # the target has this very file


@dataclass(slots=True)
class Plan:
    """The decisions for one pass over a source. `seen` looks up what was delivered before."""

    source: Store
    target: Store
    rules: Rules
    clock: Clock
    seen: Callable[[Sequence[str]], Mapping[str, Seen]]
    has_steps: bool = False
    name_of: Callable[[str], str] = str
    """From a path in the source to the one at the target."""
    prefix: str = ""
    only: Sequence[Entry] | None = None
    """Instead of a listing: these files."""
    chosen: Set[str] | None = None
    """Of the listing only these; that the rules leave one of them out is an error then. None: all."""
    patient: bool = True
    """Wait for files that may still be written to; otherwise they get WAIT at once."""
    earlier: Mapping[str, Entry] = field(default_factory=dict)
    """Files as they were some time ago: so long that those which are the same now are not being written to."""
    _at_source: Existing = field(init=False)
    _at_goal: Existing = field(init=False)

    def __post_init__(self) -> None:
        self._at_source, self._at_goal = Existing(self.source), Existing(self.target)

    def decisions(self) -> Iterator[list[Decision]]:
        """Every file of the source once, in lists of about a thousand. NotFound if its folder is not there."""
        young: list[Entry] = []
        for entries in _chunks(self._listing()):
            yield self._decide(entries, young)
            if len(young) >= CHUNK:
                yield self._decide_young(young)
                young = []
        if young:
            yield self._decide_young(young)

    def _listing(self) -> Iterable[Entry]:
        if self.only is not None:
            return self.only
        entries = self.source.scan(self.prefix, deep=self.rules.recursive)
        first = next(entries, None)
        if first is None:   # a folder that is not there looks empty, and is a mistake
            next(self.source.folders(self.prefix), None)
            return ()
        listing = chain((first,), entries)
        return listing if self.chosen is None else among(listing, self.chosen)

    def _decide(self, entries: Sequence[Entry], young: list[Entry]) -> list[Decision]:
        found, taken = [], []
        reason_of = selector(self.rules.filters, self.rules.complete, self.clock.now())
        settled_since = self.clock.now() - int(self.rules.complete.settle_seconds * 1e9)
        asks = self.rules.complete.settle_seconds > 0 and Cap.ATOMIC not in self.source.caps
        for entry in entries:
            if reason := reason_of(entry):
                found.append(self._left_out(entry, reason))
            elif entry.fault:
                found.append(Decision(entry, Verdict.FAIL, str(entry.fault), error=entry.fault))
            elif asks and (entry.modified is None or entry.modified > settled_since) and not self._stood_still(entry):
                young.append(entry)
            else:
                taken.append(entry)
        return found + self._among(taken)

    def _left_out(self, entry: Entry, reason: str) -> Decision:
        if self.chosen is None:
            return Decision(entry, Verdict.SKIP, reason)
        error = Invalid(f"{entry.path}: was asked for, and the job does not take it: {reason}")
        return Decision(entry, Verdict.FAIL, str(error), error=error)

    def _stood_still(self, entry: Entry) -> bool:
        before = self.earlier.get(entry.path)
        return before is not None and before.is_same_as(entry)

    def _decide_young(self, young: Sequence[Entry]) -> list[Decision]:
        """Look a second time, later: the same size and time mean that nobody is writing."""
        if not self.patient:
            return [Decision(entry, Verdict.WAIT, "modified just now: may still be being written")
                    for entry in young]
        self.clock.sleep(self.rules.complete.settle_seconds)
        found, taken = [], []
        for entry in young:
            try:
                same = self.source.stat(entry.path).is_same_as(entry)
            except NotFound:
                continue  # gone again: it was never complete
            except HaulierError as error:
                found.append(Decision(entry, Verdict.FAIL, str(error), error=error))
                continue
            if same:
                taken.append(entry)
            else:
                found.append(Decision(entry, Verdict.WAIT, "still being written"))
        return found + self._among(taken)

    def _among(self, entries: list[Entry]) -> list[Decision]:
        """Decide between complete files: marked, new, known, in conflict."""
        found: list[Decision] = []
        entries = self._marked(entries, found)
        entries = self._closed(entries, found)
        decisions = self._new(entries, found)
        if not self.has_steps and (self.rules.conflict is not Conflict.OVERWRITE
                                   or self.rules.dedup is Dedup.TARGET):
            decisions = self._at_target(decisions)
        return found + decisions

    def _marked(self, entries: list[Entry], found: list[Decision]) -> list[Entry]:
        marker = self.rules.complete.marker
        if not marker:
            return entries
        there = self._at_source
        there.look_up([marker_of(marker, entry.path) for entry in entries])
        complete = []
        for entry in entries:
            if reason := unmarked(marker, entry, there.get(marker_of(marker, entry.path))):
                found.append(Decision(entry, Verdict.WAIT, reason))
            else:
                complete.append(entry)
        return complete

    def _closed(self, entries: list[Entry], found: list[Decision]) -> list[Entry]:
        if not self.rules.complete.exclusive:
            return entries
        free = []
        for entry in entries:
            try:
                if not self.source.is_in_use(entry.path):
                    free.append(entry)
                    continue
                found.append(Decision(entry, Verdict.WAIT, "a process has it open for writing"))
            except HaulierError as error:
                found.append(Decision(entry, Verdict.FAIL, str(error), error=error))
        return free

    def _new(self, entries: list[Entry], found: list[Decision]) -> list[Decision]:
        dedup = self.rules.dedup
        if dedup in (Dedup.OFF, Dedup.TARGET) or not entries:
            return [Decision(entry, Verdict.MOVE) for entry in entries]
        seen = self.seen([entry.path for entry in entries])
        decisions = []
        for entry in entries:
            before = seen.get(entry.path)
            if before is None:
                decisions.append(Decision(entry, Verdict.MOVE))
            elif dedup is Dedup.NAME:
                found.append(Decision(entry, Verdict.SKIP, "delivered before under this name"))
            elif before.entry.is_same_as(entry):
                found.append(Decision(entry, Verdict.SKIP, "delivered before and unchanged since"))
            else:
                known = before.sha256 if before.entry.size == entry.size else b""
                decisions.append(Decision(entry, Verdict.MOVE, "changed since it was delivered", known))
        return decisions

    def _at_target(self, decisions: list[Decision]) -> list[Decision]:
        names = [self.name_of(decision.entry.path) for decision in decisions]
        self._at_goal.look_up(names)
        return [self._against(decision, self._at_goal.get(name))
                for decision, name in zip(decisions, names, strict=True)]

    def _against(self, decision: Decision, there: Entry | None) -> Decision:
        entry, conflict = decision.entry, self.rules.conflict
        if there is None:
            return decision
        if self.rules.dedup is Dedup.TARGET and _looks_same(entry, there, self.target):
            return decision._replace(verdict=Verdict.SKIP, reason="the target has it already", is_there=True)
        if conflict is Conflict.SKIP:
            return decision._replace(verdict=Verdict.SKIP, reason="the target has a file with this name")
        if conflict is Conflict.FAIL:
            error = AlreadyExists(f"{entry.path}: the target has a file with this name")
            return decision._replace(verdict=Verdict.FAIL, reason=str(error), error=error)
        if conflict is Conflict.NEWER and (entry.modified or 0) <= (there.modified or 0):
            return decision._replace(verdict=Verdict.SKIP, reason="the file at the target is not older")
        return decision


def _looks_same(entry: Entry, there: Entry, target: Store) -> bool:
    if entry.size != there.size or entry.modified is None or there.modified is None:
        return False
    if Cap.MTIME not in target.caps:
        return there.modified >= entry.modified
    if there.modified % 1_000_000_000 == 0 or entry.modified % 1_000_000_000 == 0:  # whole seconds only
        return there.modified // 1_000_000_000 == entry.modified // 1_000_000_000
    return there.modified == entry.modified


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    iterator = iter(entries)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
