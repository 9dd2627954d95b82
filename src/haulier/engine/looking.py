"""A look at a source: whether a run would move something."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field

from ..core.plan import Decision, Plan, Verdict
from ..model.files import Entry
from ..model.run import Transfer
from ..model.transfer import State
from ..ports import Clock, Ledger
from .work import Work

NOTHING: Mapping[str, Entry] = {}


def plan_of(work: Work, ledger: Ledger | None, clock: Clock, *, patient: bool = True,
            earlier: Mapping[str, Entry] = NOTHING) -> Plan:
    """What is to be decided of each file. No ledger: nothing was seen."""
    return Plan(work.source, work.target, work.rules, clock,
                lambda paths: ledger.seen(work.flow, paths) if ledger else {}, has_steps=bool(work.steps),
                name_of=work.name_of, prefix=work.prefix, only=work.only, patient=patient, earlier=earlier)


@dataclass(slots=True)
class Looks:
    """What earlier looks at a source found: files that may still be being written, as they were, and since when."""

    young: dict[str, tuple[Entry, int]] = field(default_factory=dict)

    def look(self, work: Work, ledger: Ledger, clock: Clock, waiting: Set[int]) -> str:
        """A digest of the files that a run would move; empty if there are none. `waiting`: runs that are not over.

        Not among them is what stays as it is until a person or another run comes: files that failed for good or were
        paused, and have not changed since; and what a waiting run tries again by itself.
        """
        now = clock.now()
        settled = now - int(work.rules.complete.settle_seconds * 1e9)
        earlier = {path: entry for path, (entry, since) in self.young.items() if since <= settled}
        is_known = _known(ledger.pending(work.flow), waiting)
        total, young = 0, {}
        for decisions in plan_of(work, ledger, clock, patient=False, earlier=earlier).decisions():
            for one in decisions:
                if one.verdict is Verdict.MOVE and not is_known(one):
                    total += _number(one.entry)
                elif one.verdict is Verdict.WAIT:
                    before = self.young.get(one.entry.path)
                    is_same = before is not None and before[0].is_same_as(one.entry)
                    young[one.entry.path] = before if before and is_same else (one.entry, now)
        self.young = young
        return f"{total:x}" if total else ""


def _known(pending: Iterable[Transfer], waiting: Set[int]) -> Callable[[Decision], bool]:
    stays = {one.path: one.entry for one in pending
             if one.state in (State.FAILED, State.PAUSED) or (one.state is State.WAITING and one.run in waiting)}
    return lambda one: (before := stays.get(one.entry.path)) is not None and before.is_same_as(one.entry)


def _number(entry: Entry) -> int:
    """In a sum of them the order of files does not matter."""
    return int.from_bytes(hashlib.sha256(repr(entry[:4]).encode(errors="surrogatepass")).digest())
