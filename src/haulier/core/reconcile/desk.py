"""Where one payment after the other is decided: what all rules share."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from ...model.match import Allocation, Candidate, Gap, Match, MatchState, OpenItem, Why
from ...model.payment import Kind, Payment
from .case import Case
from .found import Found
from .originals import Originals
from .policy import NOUGHT, Mode, Rules
from .remaining import Remaining


class Proposal(NamedTuple):
    """What a rule makes of a payment."""

    rule: str
    allocations: tuple[Allocation, ...]
    score: float
    reasons: tuple[str, ...]
    gap: Gap = Gap.NONE
    settles: tuple[str, ...] = ()   # items of which nothing more is asked, though they lack something
    exchanged: tuple[Allocation, ...] = ()  # in the items' own currency, where that is another one
    why: Why | None = None          # said if a person is to decide


class Desk:
    """The rules' settings, what is left of each item, and what was looked up for the payments at hand."""

    def __init__(self, rules: Rules, remaining: Remaining) -> None:
        self.rules = rules
        self.ignore = tuple(rules.ignore)
        self.takes_payments = Kind.PAYMENT not in rules.ignore
        self.remaining = remaining
        self.found = Found()
        self.seen: set[str] = set()     # identities of the file's payments
        self.originals = Originals()
        self.back: dict[str, Decimal] = {}      # how much came back of each payment, in this file

    def in_currency(self, payment: Payment, item: OpenItem) -> Decimal | None:
        """The payment in the item's currency; None without a rate in the file."""
        if item.currency == payment.currency:
            return payment.amount
        if item.currency != payment.original_currency or payment.original_amount is None or not payment.rate:
            return None
        return abs(payment.original_amount).copy_sign(payment.amount)

    def is_whole(self, payment: Payment, item: OpenItem) -> bool:
        """Whether it is exactly what the item asks for."""
        amount, left = self.in_currency(payment, item), self.remaining.left(item)
        if amount is None or not left:
            return False
        return amount == left or (left == item.open and item.lower is not None and item.upper is not None
                                  and item.lower <= amount <= item.upper)

    def open(self, payment: Payment, items: Iterable[OpenItem]) -> list[OpenItem]:
        """Those in the payment's own currency of which something is left."""
        return [item for item in items if item.currency == payment.currency and self.remaining.left(item)]

    def decide(self, case: Case, mode: Mode, proposal: Proposal) -> Match | None:
        """The proposal as a match or a suggestion; None if its rule is off."""
        if mode is Mode.OFF:
            return None
        if mode is Mode.SUGGEST:
            return self.suggest(case, proposal.rule, [self.candidate(case, proposal)], proposal.why)
        allocated = _sum(proposal.allocations)
        match = Match(case.payment, MatchState.MATCHED, proposal.allocations, case.payment.amount - allocated,
                      proposal.gap, proposal.rule, proposal.score, proposal.reasons, exchanged=proposal.exchanged)
        for item, amount in match.taken:
            self.remaining.take(item, amount)
        if proposal.settles:
            self.remaining.settle(proposal.settles)
        return match

    def candidate(self, case: Case, proposal: Proposal) -> Candidate:
        """The same for a person."""
        gap = case.payment.amount - _sum(proposal.allocations)
        return Candidate(proposal.allocations, proposal.score, proposal.reasons, gap)

    def suggest(self, case: Case, rule: str, candidates: Sequence[Candidate], why: Why | None,
                state: MatchState = MatchState.SUGGESTED) -> Match:
        """A person is to say; nothing is taken off any item."""
        best = tuple(sorted(candidates, key=lambda one: -one.score))[:self.rules.most_candidates]
        return Match(case.payment, state, rest=case.payment.amount, rule=rule, why=why, candidates=best,
                     score=best[0].score if best else 0.0, reasons=best[0].reasons if best else ())

    def leave(self, case: Case, why: Why, reason: str, candidates: Sequence[Candidate] = (),
              original: str = "") -> Match:
        """It is for no item that is known."""
        return Match(case.payment, MatchState.UNMATCHED, rest=case.payment.amount, reasons=(reason,), why=why,
                     candidates=tuple(candidates)[:self.rules.most_candidates], original=original)


def _sum(allocations: Iterable[Allocation]) -> Decimal:
    return sum((one.amount for one in allocations), NOUGHT)
