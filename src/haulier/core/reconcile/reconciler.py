"""All rules in their order, for one payment after the other."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ...model.match import Match, Why
from ...model.payment import Payment
from ...ports.items import Items
from .case import Case, is_back
from .desk import Desk
from .found import gather, look_again
from .memory import Memory, NoMemory
from .policy import Mode, Rules
from .remaining import Remaining
from .rules.aside import aside, standing
from .rules.duplicate import duplicate
from .rules.foreign import foreign
from .rules.many import Change, Together
from .rules.message import all_of_them, closed, differs, some
from .rules.misspelt import slip
from .rules.party import amount, party, unmatched
from .rules.reference import exact, near, plain, split
from .rules.returned import returned

Rule: TypeAlias = Callable[[Case, Desk], Match | None]

ORDER: tuple[Rule, ...] = (aside, duplicate, standing, returned, exact, split, all_of_them, some, near, foreign,
                           differs, closed, slip, party, amount)
"""The first that says something decides; if none does, `unmatched` says why."""

AT_ONCE = 1000
"""So many items are asked for in one call."""


class Reconciler:
    """Matches the payments of one file, some thousand at a time.

    What is decided does not depend on where one chunk ends and the next begins. `finish` says what the later payments
    of a file change in the earlier ones, be they undecided or matched with a rest: only those that may still change
    are kept.
    """

    def __init__(self, items: Items, rules: Rules | None = None, memory: Memory | None = None) -> None:
        self._items = items
        self._memory = memory or NoMemory()
        self._rules = rules or Rules()
        self._remaining = Remaining(self._rules, self._memory, is_live=items.is_live)
        self._desk = Desk(self._rules, self._remaining)
        self._together = Together()
        self._returns: list[tuple[int, Match]] = []
        self._next = 0

    def match(self, payments: Sequence[Payment], numbers: Sequence[int] | None = None) -> list[Match]:
        """What each of these is for. `numbers`: how `finish` is to name them; by default they are counted from 0."""
        if numbers is None:
            numbers = range(self._next, self._next + len(payments))
        cases = [Case(payment, number) for payment, number in zip(payments, numbers, strict=True)]
        self._desk.found = gather(cases, self._items, self._memory, self._rules, self._remaining)
        if numbers:
            self._next = numbers[-1] + 1
        return [self._decided(case) for case in cases]

    def finish(self) -> list[tuple[int, Match]]:
        """The payments that are to be seen otherwise, now that all were seen, by their numbers."""
        return [(number, after) for number, _, after in self.changes()]

    def changes(self) -> list[Change]:
        """The same as `finish`, with what was said before."""
        changed = [Change(number, before, after) for number, before in self._returns
                   if (after := self._again(number, before.payment)) is not None]
        wanted = self._together.items if self._rules.together is not Mode.OFF else []
        for start in range(0, len(wanted), AT_ONCE):
            found = list(self._items.by_id(wanted[start:start + AT_ONCE]))
            self._remaining.load([item.id for item in found])
            changed += self._together.decide(self._desk, found)
        return sorted(changed, key=lambda change: change.number)

    def _decided(self, case: Case) -> Match:
        if case.plain:
            match = plain(case, self._desk)
            if match is not None:
                self._desk.originals.note(match)
                return match
            look_again(case, self._items, self._desk.found)
        for rule in ORDER:
            match = rule(case, self._desk)
            if match is not None:
                break
        else:
            match = unmatched(case, self._desk)
        self._note(case, match)
        return match

    def _note(self, case: Case, match: Match) -> None:
        if match.why is Why.NO_ORIGINAL and is_back(case.payment):
            self._returns.append((case.number, match))
        self._desk.originals.note(match)
        self._together.note(case.number, match)

    def _again(self, number: int, payment: Payment) -> Match | None:
        """A return whose payment stands behind it in the file: some banks list the newest first."""
        match = returned(Case(payment, number), self._desk)
        return match if match is not None and match.why is not Why.NO_ORIGINAL else None

