"""Short words for items and payments, for the tests of reconciliation."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from haulier.core.reconcile.index import Index
from haulier.core.reconcile.memory import Memory
from haulier.core.reconcile.policy import Rules
from haulier.core.reconcile.reconciler import Reconciler
from haulier.model.match import Match, MatchState, OpenItem
from haulier.model.payment import Payment, Reference, RefKind


def item(name: str, amount: str, *references: str, currency: str = "SEK", **more: Any) -> OpenItem:
    """Its id is its reference if none is given."""
    due = more.pop("due", amount)
    return OpenItem(name, references or (name,), Decimal(due), Decimal(amount), currency, **more)


def paid(amount: str, *references: str, kind: RefKind = RefKind.INVOICE, currency: str = "SEK", **more: Any) -> Payment:
    """A payment of which the references are of one kind."""
    what = more.pop("what", None)
    made = Payment(Decimal(amount), currency, references=tuple(Reference(kind, one) for one in references), **more)
    return replace(made, kind=what) if what else made


def matched(items: Iterable[OpenItem], payments: Sequence[Payment], rules: Rules | None = None,
            memory: Memory | None = None, chunk: int = 1000) -> list[Match]:
    """What became of them in the end."""
    reconciler = Reconciler(Index(items), rules, memory)
    found: list[Match] = []
    for start in range(0, len(payments), chunk):
        found += reconciler.match(payments[start:start + chunk])
    for number, match in reconciler.finish():
        found[number] = match
    return found


def one(items: Iterable[OpenItem], payment: Payment, rules: Rules | None = None, memory: Memory | None = None) -> Match:
    """What became of a single one."""
    return matched(items, [payment], rules, memory)[0]


def given(match: Match) -> dict[str, str]:
    """What went to which item."""
    return {item: str(amount) for item, amount in match.allocations}


def shown(match: Match) -> list[dict[str, str]]:
    """What a person sees of its candidates."""
    return [{item: str(amount) for item, amount in one.allocations} for one in match.candidates]


class Before:
    """Earlier files, for a test."""

    def __init__(self, matches: Iterable[Match] = ()) -> None:
        self.matches = list(matches)
        self.asked: list[tuple[Sequence[str], Sequence[str]]] = []

    def allocated(self, items: Sequence[str]) -> Mapping[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for match in self.matches:
            for name, amount in match.taken if match.state is MatchState.MATCHED else ():
                if name in items:
                    sums[name] = sums.get(name, Decimal(0)) + amount
        return sums

    def earlier(self, identities: Sequence[str], references: Sequence[str]) -> Iterable[Match]:
        self.asked.append((identities, references))
        return [match for match in self.matches if match.payment.identity in identities
                or any(reference.text in references for reference in match.payment.references)]
