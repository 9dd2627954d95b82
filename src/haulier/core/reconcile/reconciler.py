"""All rules in their order, for one payment after the other."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import TypeAlias

from ...model.match import Match, Why
from ...model.payment import Payment
from ...ports.items import Items
from ..calm import Calm
from .case import Case, is_back
from .desk import Desk
from .found import gather, look_again, remember
from .index import Index
from .memory import Memory, NoMemory
from .originals import original_of
from .plain import items_of, whole
from .policy import Mode, Rules
from .remaining import Remaining
from .rules.aside import aside, standing
from .rules.duplicate import duplicate, repeated
from .rules.foreign import foreign
from .rules.many import Change, Together
from .rules.message import all_of_them, closed, differs, some
from .rules.misspelt import loose, slip
from .rules.party import amount, party, unmatched
from .rules.payers import Payers, together
from .rules.reference import exact, near, split
from .rules.returned import returned

Rule: TypeAlias = Callable[[Case, Desk], Match | None]

ORDER: tuple[Rule, ...] = (aside, duplicate, standing, returned, exact, split, all_of_them, some, near, foreign,
                           differs, closed, slip, party, loose, amount)
"""The first that says something decides; if none does, `unmatched` says why."""
OF_UNKNOWN: tuple[Rule, ...] = (aside, duplicate, standing, returned, slip, party, loose, amount)
"""The same where no number that the payment gives is an item's: the others look at what such items lack."""

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
        self._index = items if isinstance(items, Index) and self._desk.takes_payments else None
        self._together = Together()
        self._payers = Payers()
        self._returns: list[tuple[int, Match]] = []
        self._next = 0

    def match(self, payments: Sequence[Payment], numbers: Sequence[int] | None = None) -> list[Match]:
        """What each of these is for. `numbers`: how `finish` is to name them; by default they are counted from 0."""
        if numbers is None:
            numbers = range(self._next, self._next + len(payments))
        elif len(numbers) != len(payments):
            raise ValueError(f"{len(payments)} payments have {len(numbers)} numbers")
        if numbers:
            self._next = numbers[-1] + 1
        with Calm() if self._index else nullcontext():      # not while others are asked, which may take a minute
            return self._all(payments, numbers)

    def _all(self, payments: Sequence[Payment], numbers: Sequence[int]) -> list[Match]:
        seems = items_of(payments, self._index) if self._index else [""] * len(payments)
        cases = {at: Case(payments[at], numbers[at]) for at, item in enumerate(seems) if not item}
        self._gather(payments, list(cases.values()), seems)
        found: list[Match] = []
        for at, (payment, item) in enumerate(zip(payments, seems, strict=True)):
            match = self._plain(payment, item) if item else None
            found.append(match or self._decided(cases.get(at) or self._looked_up(payment, numbers[at])))
        return found

    def _gather(self, payments: Sequence[Payment], cases: Sequence[Case], plain: Sequence[str]) -> None:
        found = self._desk.found = gather(cases, self._items, self._rules)
        if not isinstance(self._memory, NoMemory):
            before = remember(payments, found, self._memory)
            self._remaining.load([*found.ids, *before, *filter(None, plain)])

    def _plain(self, payment: Payment, item: str) -> Match | None:
        """What the rules say of nearly all payments, the short way; None if that one needs all of them."""
        remaining, desk, identity = self._remaining, self._desk, payment.identity
        if item in remaining.whole or item in remaining.taken:
            return None
        if identity in desk.seen or identity in desk.found.by_identity:
            match = repeated(payment, desk)
            if match is not None:
                return match
        elif identity:
            desk.seen.add(identity)
        match = whole(payment, item)
        remaining.whole.add(item)
        desk.originals.keep(original_of(match))
        return match

    def _looked_up(self, payment: Payment, number: int) -> Case:
        """One that seemed plain."""
        case = Case(payment, number)
        self._remaining.load(look_again(case, self._items, self._desk.found))
        return case

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
        return sorted([*changed, *self._of_payers()], key=lambda change: change.number)

    def _of_payers(self) -> Iterator[Change]:
        """Payments with references that nobody knows."""
        if Mode.OFF in (self._rules.together, self._rules.party):
            return
        groups = self._payers.groups
        for start in range(0, len(groups), AT_ONCE):
            some = groups[start:start + AT_ONCE]
            found = list(self._items.candidates([group.sought for group in some]))
            self._remaining.load([item.id for item in found])
            yield from together(some, self._desk, found)

    def _decided(self, case: Case) -> Match:
        for rule in ORDER if case.is_known else OF_UNKNOWN:
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
        self._payers.note(case, match)

    def _again(self, number: int, payment: Payment) -> Match | None:
        """A return whose payment stands behind it in the file: some banks list the newest first."""
        match = returned(Case(payment, number), self._desk)
        return match if match is not None and match.why is not Why.NO_ORIGINAL else None

