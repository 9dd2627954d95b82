"""For any payments and any items: no money is lost, and no item gets more than it asks for."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as having
from hypothesis import strategies as st

from haulier.core.reconcile.index import Index
from haulier.core.reconcile.policy import Mode, Rules
from haulier.core.reconcile.proof import Proof, money
from haulier.core.reconcile.reconciler import Reconciler
from haulier.core.reconcile.rules.subsets import subsets
from haulier.model.errors import Permanent
from haulier.model.intake import Money
from haulier.model.match import Allocation, Match, MatchState, OpenItem, Why
from haulier.model.payment import Kind, Payment, Reference, RefKind, Status
from haulier.ports.items import Sought

from .reconciling import Before, item, matched, paid

NAMES = ["1001", "1002", "1003", "F-1004", "RF18539007547034", "9912346", "10"]
AMOUNTS = st.sampled_from([Decimal(amount) for amount in ("10", "20", "30", "50", "99.5", "100", "-20")])
CURRENCIES = st.sampled_from(["SEK", "SEK", "SEK", "EUR"])
TEXTS = st.lists(st.sampled_from([*NAMES, "faktura", "1001/1002", "9912347"]), max_size=4).map(" ".join)


@st.composite
def open_items(draw: st.DrawFn) -> list[OpenItem]:
    made = []
    for number in range(draw(st.integers(0, 6))):
        amount = draw(AMOUNTS)
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))
        left = draw(st.sampled_from([amount, amount, Decimal(0)]))
        made.append(OpenItem(f"I{number}", tuple(names), amount, left, draw(CURRENCIES),
                             accounts=tuple(draw(st.lists(st.sampled_from("12"), max_size=1))),
                             names=("Kalle",), priority=draw(st.integers(0, 1))))
    return made


REFERENCES = st.builds(Reference, st.sampled_from(RefKind), st.sampled_from([*NAMES, "9912347", "1001 1002"]),
                       st.sampled_from([None, None, Decimal(10), Decimal(20)]))
PAYMENTS = st.builds(
    Payment, AMOUNTS | st.just(Decimal(0)), CURRENCIES, st.sampled_from(Kind),
    st.sampled_from([Status.BOOKED] * 4 + [Status.PENDING]), references=st.lists(REFERENCES, max_size=3).map(tuple),
    payer_account=st.sampled_from(["", "1", "2"]), payer_name=st.sampled_from(["", "Kalle"]), text=TEXTS,
    identity=st.sampled_from(["", "", "a", "b"]), original_amount=st.sampled_from([None, Decimal(10)]),
    original_currency=st.sampled_from(["", "EUR"]), rate=st.sampled_from([None, Decimal(10)]),
    charges=st.sampled_from([None, Decimal("0.5")]))


class Elsewhere:
    """Items that are not in memory: what is asked of them is counted."""

    def __init__(self, items: Iterable[OpenItem], *, is_live: bool = False) -> None:
        self._index = Index(items)
        self.is_live = is_live
        self.calls: list[str] = []

    def heed(self, check: Callable[[], None]) -> None:
        """Nothing takes long."""

    def lookup(self, references: Sequence[str]) -> Iterable[OpenItem]:
        self.calls.append("lookup")
        return reversed(self._index.lookup(references))

    def by_id(self, ids: Sequence[str]) -> Iterable[OpenItem]:
        self.calls.append("by_id")
        return self._index.by_id(ids)

    def candidates(self, sought: Sequence[Sought]) -> Iterable[OpenItem]:
        self.calls.append("candidates")
        return reversed(self._index.candidates(sought))

    def search(self, text: str, limit: int = 20) -> Iterator[OpenItem]:
        return self._index.search(text, limit)

    def close(self) -> None:
        self._index.close()


MODES = st.sampled_from(Mode)
RULES = st.builds(Rules, tolerance=st.sampled_from([Decimal(0), Decimal("0.5")]), partial=MODES, overpaid=MODES,
                  within_tolerance=MODES, message=MODES, sums=MODES, together=MODES, party=MODES, amount=MODES,
                  returned=MODES)
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@having(open_items(), st.lists(PAYMENTS, max_size=10), RULES)
def test_no_money_is_lost(items: list[OpenItem], payments: list[Payment], rules: Rules) -> None:
    found = matched(items, payments, rules)
    assert [match.payment for match in found] == payments
    sums = money(found)
    assert all(one.balances for one in sums.values())
    for currency, one in sums.items():
        assert one.total == sum(payment.amount for payment in payments if payment.currency == currency)
    for match in found:
        assert sum(one.amount for one in match.allocations) + match.rest == match.payment.amount
        assert len(match.candidates) <= 3
        assert (match.state is MatchState.MATCHED) == bool(match.allocations)
        assert match.state is not MatchState.UNMATCHED or match.why is not None


@QUICK
@having(open_items(), st.lists(PAYMENTS, max_size=10), RULES)
def test_no_item_gets_more_than_it_asks_for(items: list[OpenItem], payments: list[Payment], rules: Rules) -> None:
    currencies = {item.id: item.currency for item in items}
    got: dict[str, Decimal] = {}
    for match in matched(items, payments, rules):
        for name, amount in match.allocations:
            if currencies[name] == match.payment.currency:      # exchanged money is counted in its own currency
                got[name] = got.get(name, Decimal(0)) + amount
    for one in items:
        amount = got.get(one.id, Decimal(0))
        assert min(one.open, 0) <= amount <= max(one.open, 0), (one, amount)


@QUICK
@having(open_items(), st.lists(PAYMENTS, max_size=10), RULES, st.integers(1, 4))
def test_chunks_do_not_matter(items: list[OpenItem], payments: list[Payment], rules: Rules, chunk: int) -> None:
    assert matched(items, payments, rules, chunk=chunk) == matched(items, payments, rules)


@QUICK
@having(open_items(), st.lists(PAYMENTS, max_size=10), RULES)
def test_it_does_not_matter_who_keeps_the_items(items: list[OpenItem], payments: list[Payment], rules: Rules) -> None:
    elsewhere = Reconciler(Elsewhere(items), rules)
    found = elsewhere.match(payments)
    for number, match in elsewhere.finish():
        found[number] = match
    assert found == matched(items, payments, rules)


PLAIN = st.builds(
    Payment, st.sampled_from([Decimal(10)] * 3 + [Decimal(7)]), st.sampled_from(["SEK"] * 4 + ["EUR"]),
    st.sampled_from([Kind.PAYMENT] * 8 + [Kind.RETURN, Kind.DETAIL]), st.sampled_from([Status.BOOKED] * 8 + [*Status]),
    references=st.lists(st.builds(
        Reference, st.sampled_from([RefKind.OCR, RefKind.OCR, RefKind.END_TO_END]),
        st.sampled_from(["1001", "01001", "1002", "INV-1003"]), st.none()), max_size=2).map(tuple),
    reference=st.sampled_from(["", "1002"]), text=st.sampled_from(["", "1001", "1002 1003"]),
    identity=st.sampled_from(["", "", "a", "b"]))


@QUICK
@having(st.lists(PLAIN, max_size=6), st.lists(PLAIN, max_size=6), st.integers(1, 4), st.booleans())
def test_the_short_way_says_what_all_rules_say(first: list[Payment], more: list[Payment], chunk: int, ignored: bool
                                               ) -> None:
    items = [item(name, "10") for name in ("1001", "1002", "INV-1003")]
    rules = Rules(ignore=frozenset({Kind.PAYMENT})) if ignored else Rules()
    before = matched(items, first)
    long = Reconciler(Elsewhere(items), rules, Before(before))      # which knows no short way
    found = long.match(more)
    for number, match in long.finish():
        found[number] = match
    assert matched(items, more, rules, Before(before), chunk) == found


@QUICK
@having(open_items(), st.lists(PAYMENTS, max_size=8), st.lists(PAYMENTS, max_size=8))
def test_a_second_delivery_matches_nothing_again(items: list[OpenItem], first: list[Payment], more: list[Payment]
                                                 ) -> None:
    first = [replace(one, identity=f"{at}") for at, one in enumerate(first)]
    more = [replace(one, identity=f"more {at}") for at, one in enumerate(more)]
    before = matched(items, first)
    again = matched(items, first + more, memory=Before(before))
    for old, new in zip(before, again, strict=False):
        assert new.state is (MatchState.IGNORED if old.state is MatchState.IGNORED else MatchState.DUPLICATE)


@QUICK
@having(open_items(), st.lists(PAYMENTS, max_size=10), RULES)
def test_changes_say_what_was_before(items: list[OpenItem], payments: list[Payment], rules: Rules) -> None:
    reconciler, proof = Reconciler(Index(items), rules), Proof()
    found = reconciler.match(payments, range(100, 100 + len(payments)))
    for match in found:
        proof.add(match)
    for number, before, after in reconciler.changes():
        assert found[number - 100] == before
        found[number - 100] = after
        proof.change(before, after)
    assert proof.money() == money(found)


@QUICK
@having(st.permutations([(f"{1000 + at}", f"{10 + at}") for at in range(8)]))
def test_with_numbers_of_their_own_the_order_does_not_matter(order: list[tuple[str, str]]) -> None:
    items = [item(f"{1000 + at}", f"{11 + at if at % 2 else 10 + at}") for at in range(8)]
    found = {match.payment.references: match for match in matched(items, [paid(much, name) for name, much in order])}
    plain = {match.payment.references: match for match in matched(items, [paid(much, name)
                                                                         for name, much in sorted(order)])}
    assert found == plain


@having(st.lists(st.integers(-9, 9).map(Decimal), max_size=9), st.integers(-20, 20).map(Decimal))
def test_sums_of_some(amounts: list[Decimal], total: Decimal) -> None:
    def chosen(mask: int) -> tuple[int, ...]:
        return tuple(at for at in range(len(amounts)) if mask >> at & 1)

    some = map(chosen, range(1, 1 << len(amounts)))
    every = {places for places in some if sum(amounts[at] for at in places) == total}
    found = subsets(amounts, total, 1000)
    assert set(found) == every and len(found) == len(every)
    assert [len(places) for places in found] == sorted(len(places) for places in found)


def test_a_chunk_asks_a_few_times_however_long_it_is() -> None:
    items = Elsewhere(item(f"{1000 + at}", "10") for at in range(500))
    payments = [paid("10", f"{1000 + at}") for at in range(300)] + [paid("9", text=f"nr {at}") for at in range(300)]
    Reconciler(items).match(payments)
    assert items.calls == ["lookup", "lookup", "candidates"]


def test_items_that_fall_by_themselves_have_nothing_taken_off() -> None:
    before = Before(matched([item("A", "100")], [paid("60", "A")]))
    live = Reconciler(Elsewhere([item("A", "40", due="100")], is_live=True), memory=before)
    first, again = live.match([paid("40", "A"), paid("40", "A")])
    assert (first.state, again.why) == (MatchState.MATCHED, Why.ALREADY_PAID)


def test_the_report() -> None:
    items = [item("A", "100"), item("B", "50"), item("E", "9", currency="EUR")]
    found = matched(items, [paid("60", "A", identity="x"), paid("60", "A", identity="x"), paid("70", "B"),
                            paid("9", "E", currency="EUR"), paid("5"), paid("1", what=Kind.BATCH)])
    proof = Proof()
    for match in found:
        proof.add(match)
    assert proof.money() == {
        "SEK": Money(*map(Decimal, ("196", "110", "25", "60", "1"))), "EUR": Money(Decimal(9), Decimal(9))}
    report = proof.report()
    assert json.loads(json.dumps(report)) == report
    assert report["states"] == {"duplicate": 1, "ignored": 1, "matched": 3, "unmatched": 1}
    assert report["rules"] == {"overpaid": 1, "partial": 1, "reference": 1}
    assert report["reasons"] == {"no_reference": 1}
    assert (report["partial"], report["overpaid"], report["match_rate"]) == (1, 1, 0.5)


def test_a_change_moves_money_and_counts() -> None:
    match = matched([item("A", "100")], [paid("100", "A")])[0]
    gone = replace(match, state=MatchState.UNMATCHED, allocations=(), rest=match.payment.amount)
    proof = Proof()
    proof.add(match)
    proof.change(match, gone)
    assert proof.money() == {"SEK": Money(Decimal(100), unmatched=Decimal(100))}
    assert proof.report()["rules"] == {}
    with pytest.raises(Permanent, match="a bug"):
        proof.change(gone, replace(gone, payment=paid("99")))


def test_what_does_not_add_up_is_told() -> None:
    payment = paid("100", line=7)
    for match in (Match(payment, MatchState.MATCHED, (Allocation("A", Decimal(99)),)),
                  Match(payment, MatchState.UNMATCHED, (Allocation("A", Decimal(100)),)),
                  Match(payment, MatchState.UNMATCHED)):
        with pytest.raises(Permanent, match=r"a bug of haulier.*line 7"):
            Proof().add(match)
