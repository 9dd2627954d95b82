"""The proof that no money is lost: what came in is matched, unmatched, a duplicate or ignored, to the last cent."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ...model.errors import Permanent
from ...model.intake import Money, share
from ...model.match import Gap, Match, MatchState
from .policy import NOUGHT

_MATCHED, _NONE = MatchState.MATCHED, Gap.NONE     # asked for a million times, and slow to ask an enum for


class Proof:
    """Sums by currency and counts, payment by payment."""

    def __init__(self) -> None:
        self._money: dict[str, list[Decimal]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._plain: dict[str, Decimal] = {}    # nearly all are matched as a whole: they are counted the short way
        self._plain_count = 0

    def add(self, match: Match) -> None:
        """One more payment. Permanent if its parts are not its amount: that is a bug."""
        self.all((match,))

    def all(self, matches: Iterable[Match]) -> None:
        """The same of many."""
        plain = self._plain
        for match in matches:
            payment, given = match.payment, match.allocations
            amount, currency = payment.amount, payment.currency
            if (match.state is _MATCHED and match.rule == "reference" and match.gap is _NONE and not match.rest
                    and len(given) == 1 and (amount is given[0].amount or amount == given[0].amount)):
                plain[currency] = plain[currency] + amount if currency in plain else amount
                self._plain_count += 1
            else:
                _prove(match)
                self._count(match, 1)

    def change(self, before: Match, after: Match) -> None:
        """The same payment is seen otherwise now."""
        if before.payment.amount != after.payment.amount or before.payment.currency != after.payment.currency:
            raise Permanent(f"a bug of haulier: payment {_named(before)} became payment {_named(after)}")
        _prove(after)
        self._count(before, -1)
        self._count(after, 1)

    def money(self) -> dict[str, Money]:
        """By currency. Permanent if it does not add up: that is a bug."""
        self._settle()
        found = {currency: Money(*sums) for currency, sums in sorted(self._money.items())}
        for currency, money in found.items():
            if not money.balances:
                raise Permanent(f"a bug of haulier: the {currency} of this file do not add up: {money}")
        return found

    def report(self) -> dict[str, Any]:
        """The numbers as JSON."""
        self._settle()
        states = self._of("state")
        payments = sum(states.values())
        return {
            "payments": payments, "states": states, "rules": self._of("rule"), "reasons": self._of("why"),
            **{name: self._counts[name, ""] for name in ("partial", "overpaid", "one_to_many", "returned")},
            "match_rate": round(states.get(MatchState.MATCHED.value, 0) / payments, 4) if payments else 0.0,
            "money": {currency: {name: str(amount) for name, amount in money._asdict().items()}
                      for currency, money in self.money().items()},
        }

    def _settle(self) -> None:
        for currency, amount in self._plain.items():
            sums = self._money.setdefault(currency, [NOUGHT] * 5)
            sums[0], sums[1] = sums[0] + amount, sums[1] + amount
        self._counts["state", MatchState.MATCHED.value] += self._plain_count
        self._counts["rule", "reference"] += self._plain_count
        self._plain, self._plain_count = {}, 0

    def _of(self, what: str) -> dict[str, int]:
        return {name: count for (kind, name), count in sorted(self._counts.items()) if kind == what and count}

    def _count(self, match: Match, sign: int) -> None:
        sums = self._money.setdefault(match.payment.currency, [NOUGHT] * 5)
        for at, amount in enumerate(share(match)):
            if amount:
                sums[at] += sign * amount
        counts = self._counts
        counts["state", match.state.value] += sign
        if match.why is not None:
            counts["why", match.why.value] += sign
        if match.state is MatchState.MATCHED:
            counts["rule", match.rule] += sign
            for name in _kinds(match):
                counts[name, ""] += sign


def money(matches: Iterable[Match]) -> Mapping[str, Money]:
    """Of all these, by currency, proved."""
    proof = Proof()
    proof.all(matches)
    return proof.money()


def _kinds(match: Match) -> Iterable[str]:
    if match.gap is Gap.UNDERPAID:
        yield "partial"
    if match.gap is Gap.OVERPAID:
        yield "overpaid"
    if len(match.allocations) > 1:
        yield "one_to_many"
    if match.rule == "return":
        yield "returned"


def _prove(match: Match) -> None:
    given = sum((one.amount for one in match.allocations), NOUGHT)
    if given + match.rest != match.payment.amount or (match.allocations and match.state is not MatchState.MATCHED):
        raise Permanent(f"a bug of haulier: of payment {_named(match)}, {given} are allocated and {match.rest} are "
                        f"left, and it is {match.state}")


def _named(match: Match) -> str:
    payment = match.payment
    return f"{payment.amount} {payment.currency} in line {payment.line}"
