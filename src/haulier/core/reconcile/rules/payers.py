"""Rule 5 for references that nobody knows: payments of one payer with one of those, which together make an item."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from ....model.match import Allocation, Candidate, Match, MatchState, OpenItem, Why
from ....ports.items import Sought
from ..case import Case
from ..desk import Desk
from ..policy import NOUGHT, Mode
from ..references import keys
from .many import KEPT, Change

RULE = "together"
_REASONS = ("payments with one reference are exactly what an item of the payer's account asks for",)


class Group(NamedTuple):
    """Payments of one payer with one reference."""

    currency: str
    accounts: tuple[str, ...]
    held: list[tuple[int, Match]]

    @property
    def total(self) -> Decimal:
        return sum((match.payment.amount for _, match in self.held), NOUGHT)

    @property
    def sought(self) -> Sought:
        return Sought(self.currency, self.total, self.total, self.accounts)


class Payers:
    """The payments of a file whose reference is no item's, by payer and reference."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, ...], Group] = {}
        self._count = 0

    def note(self, case: Case, match: Match) -> None:
        """Keep it if others of its payer may complete it."""
        if match.why is not Why.UNKNOWN_REFERENCE or match.state is not MatchState.UNMATCHED or match.original:
            return
        payment = case.payment
        accounts = tuple(account for account in (payment.payer_account, payment.payer_org) if account)
        own = tuple(form for account in accounts for form in keys(account)[:1])
        if own and len(case.sure) == 1 and self._count < KEPT:
            self._count += 1
            key = (payment.currency, case.sure[0].keys[0], *own)
            self._groups.setdefault(key, Group(payment.currency, accounts, [])).held.append((case.number, match))

    @property
    def groups(self) -> list[Group]:
        """Those of several payments."""
        return [group for group in self._groups.values() if len(group.held) > 1 and group.total]


def together(groups: Sequence[Group], desk: Desk, found: Iterable[OpenItem]) -> Iterator[Change]:
    """What changed: payments whose sum is what the only such item of their payer asks for."""
    items = list(found)
    for group in groups:
        fits = [item for item in items if _fits(group, desk, item)]
        if len(fits) == 1:
            yield from _decided(group, desk, fits[0])


def _fits(group: Group, desk: Desk, item: OpenItem) -> bool:
    if item.currency != group.currency or desk.remaining.left(item) != group.total:
        return False
    own = {form for account in group.accounts for form in keys(account)[:1]}
    return (any(form in own for account in item.accounts for form in keys(account)[:1])
            and all(desk.rules.is_near(match.payment.payment_date, item.date) for _, match in group.held))


def _decided(group: Group, desk: Desk, item: OpenItem) -> Iterator[Change]:
    is_sure = desk.rules.together is desk.rules.party is Mode.MATCH
    for number, before in group.held:
        payment = before.payment
        parts = (Allocation(item.id, payment.amount),)
        if is_sure:
            desk.remaining.take(item.id, payment.amount)
            after = Match(payment, MatchState.MATCHED, parts, rule=RULE, score=0.8, reasons=_REASONS)
        else:
            candidates = (Candidate(parts, 0.8, _REASONS), *before.candidates)[:desk.rules.most_candidates]
            after = Match(payment, MatchState.SUGGESTED, rest=payment.amount, rule=RULE, score=0.8, reasons=_REASONS,
                          why=before.why, candidates=candidates)
        yield Change(number, before, after)
