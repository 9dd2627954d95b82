"""A look at a source: whether a run would move something."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from ..core.plan import Plan, Verdict
from ..model.files import Entry
from ..model.run import Transfer
from ..model.transfer import State
from ..ports import Clock, Ledger
from .work import Work

NOTHING: Mapping[str, Entry] = {}


def plan_of(work: Work, ledger: Ledger | None, clock: Clock, *, patient: bool = True,
            earlier: Mapping[str, Entry] = NOTHING, chosen: Set[str] | None = None) -> Plan:
    """What is to be decided of each file, or of those that were chosen. No ledger: nothing was seen."""
    return Plan(work.source, work.target, work.rules, clock,
                lambda paths: ledger.seen(work.flow, paths) if ledger else {}, has_steps=bool(work.steps),
                name_of=work.name_of, prefix=work.prefix, only=work.only, patient=patient, earlier=earlier,
                chosen=chosen)


class Found(NamedTuple):
    """What a run would move: a digest of it, '' for nothing; and whether a run is to be wanted for it."""

    digest: str
    has_new: bool       # some of it no run has taken yet, as far as can be seen
    has_left: bool      # a run that is over has taken some of it and not finished, such as one that took too long
    entries: Sequence[Entry] = ()   # what is new, the first of it, if that was asked for


@dataclass(slots=True)
class Looks:
    """What earlier looks at a source found: files that may still be being written, as they were, and since when."""

    young: dict[str, tuple[Entry, int]] = field(default_factory=dict)

    def look(self, work: Work, ledger: Ledger, clock: Clock, waiting: Set[int], *, most: int = 0) -> Found:
        """What there is now. `waiting`: runs that will try again by themselves; `most`: new files that are listed.

        Neither new nor left is what stays as it is until a person, another run or a waiting one comes: files that
        failed for good, were paused, or wait for another try, and have not changed since.
        """
        now = clock.now()
        settled = now - int(work.rules.complete.settle_seconds * 1e9)
        earlier = {path: entry for path, (entry, since) in self.young.items() if since <= settled}
        pending = {one.path: one for one in ledger.pending(work.flow)}
        total, has_new, has_left, young = 0, False, False, {}
        entries: list[Entry] = []
        for decisions in plan_of(work, ledger, clock, patient=False, earlier=earlier).decisions():
            for one in decisions:
                if one.verdict is Verdict.MOVE:
                    total += _number(one.entry)
                    before = pending.get(one.entry.path)
                    if before is None or not before.entry.is_same_as(one.entry):
                        has_new = True
                        entries += [one.entry] if len(entries) < most else []
                    elif not _stays(before, waiting):
                        has_left = True
                elif one.verdict is Verdict.WAIT:
                    young[one.entry.path] = self._since(one.entry, now)
        self.young = young
        return Found(f"{total:x}" if total else "", has_new, has_left, entries)

    def _since(self, entry: Entry, now: int) -> tuple[Entry, int]:
        before = self.young.get(entry.path)
        return before if before and before[0].is_same_as(entry) else (entry, now)


def _stays(before: Transfer, waiting: Set[int]) -> bool:
    return before.state in (State.FAILED, State.PAUSED) or (before.state is State.WAITING and before.run in waiting)


def _number(entry: Entry) -> int:
    """In a sum of them the order of files does not matter."""
    return int.from_bytes(hashlib.sha256(repr(entry[:4]).encode(errors="surrogatepass")).digest())
