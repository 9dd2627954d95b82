"""Money that comes back twice, money in other currencies, and payers who pay in parts with a number nobody knows."""
from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from haulier.core.reconcile.decide import exchanged, left_for, split
from haulier.core.reconcile.policy import Mode, Rules
from haulier.model.match import Allocation, Gap, Match, MatchState, Why
from haulier.model.payment import Kind, Payment, RefKind

from .reconciling import Before, given, item, matched, one, paid, shown

ITEMS = [item("A", "100")]
PAID = replace(paid("100", "A", identity="p"), references=(*paid("100", "A").references,
                                                           *paid("100", "B1", kind=RefKind.BANK).references))
BACK = paid("-100", "B1", kind=RefKind.BANK, what=Kind.RETURN, identity="r")
EUR = [item("E", "100", currency="EUR")]


def back(identity: str, amount: str = "-100", **more: str) -> Payment:
    return replace(BACK, identity=identity, amount=Decimal(amount), **more)


def abroad(amount: str, original: str, reference: str = "E", **more: str) -> Payment:
    return replace(paid(amount, reference, **more), original_amount=Decimal(original), original_currency="EUR",
                   rate=Decimal("10"))


def is_noticed(match: Match) -> bool:
    return (match.state, match.why, match.allocations) == (MatchState.SUGGESTED, Why.NO_ORIGINAL, ()) and (
        "has come back before" in match.reasons[0])


def test_a_payment_comes_back_once() -> None:
    first, again = matched(ITEMS, [PAID, back("r1"), back("r2")])[1:]
    assert given(first) == {"A": "-100"}
    assert is_noticed(again) and shown(again) == [{"A": "-100"}] and again.original == "p"


def test_nor_does_it_from_file_to_file() -> None:
    before = matched(ITEMS, [PAID])
    first = matched(ITEMS, [back("r1")], memory=Before(before))
    assert given(first[0]) == {"A": "-100"}
    assert is_noticed(one(ITEMS, back("r2"), memory=Before([*before, *first])))
    both = matched(ITEMS, [back("r1"), back("r2")], memory=Before(before), chunk=1)
    assert given(both[0]) == {"A": "-100"} and is_noticed(both[1])


def test_it_may_come_back_in_parts() -> None:
    found = matched(ITEMS, [PAID, back("r1", "-60"), back("r2", "-40"), back("r3", "-1")])
    assert [given(match) for match in found[1:3]] == [{"A": "-60"}, {"A": "-40"}]
    assert is_noticed(found[3])


def test_of_two_payments_with_one_number_each_may_come_back() -> None:
    items, number = [item("A", "100"), item("B", "100")], "E2E-77"
    both = [replace(paid(amount, name, identity=name), references=(
        *paid(amount, name).references, *paid(amount, number, kind=RefKind.END_TO_END).references))
        for name, amount in (("A", "100"), ("B", "100"))]
    returns = [paid("-100", number, kind=RefKind.END_TO_END, what=Kind.RETURN, identity=f"r{at}") for at in range(3)]
    first, second, third = [match for match in matched(items, returns, memory=Before(matched(items, both)))]
    assert {**given(first), **given(second)} == {"A": "-100", "B": "-100"}
    assert is_noticed(third)


def test_what_is_taken_off_an_item_is_in_its_own_currency() -> None:
    found = matched(EUR, [abroad("990.50", "100", identity="x")])
    assert (found[0].allocations, found[0].taken) == ((Allocation("E", Decimal("990.50")),),
                                                      (Allocation("E", Decimal(100)),))
    later = one(EUR, abroad("990.50", "100", identity="y"), memory=Before(found))
    assert later.why is Why.ALREADY_PAID


def test_what_comes_back_is_open_again_in_its_own_currency() -> None:
    payments = [abroad("990.50", "100", identity="x", bank_reference="B1"), back("r1", "-990.50"),
                abroad("1000", "100", identity="y")]
    found = matched(EUR, payments)
    assert found[1].taken == (Allocation("E", Decimal(-100)),)
    assert (found[2].state, found[2].taken) == (MatchState.MATCHED, (Allocation("E", Decimal(100)),))
    assert one(EUR, payments[2], memory=Before(found[:2])) == found[2]


def test_persons_see_and_give_what_is_left_in_the_payments_currency() -> None:
    payment = abroad("500", "50")
    left = left_for(payment, EUR, {"E": Decimal(60)})       # of 100 EUR 40 are left: 400 SEK
    assert left == {"E": Decimal(400)}
    match = Match(payment, MatchState.UNMATCHED, rest=payment.amount, why=Why.AMOUNT_DIFFERS)
    said = exchanged(split(match, [Allocation("E", Decimal(400))], left), EUR)
    assert said.taken == (Allocation("E", Decimal(40)),) and said.gap is Gap.OVERPAID
    assert exchanged(split(match, [Allocation("A", Decimal(100))]), ITEMS).exchanged == ()


def parts(*amounts: str, account: str = "SE1", reference: str = "ORDER 7788") -> list[Payment]:
    return [paid(amount, reference, payer_account=account, identity=f"{account} {reference} {amount}")
            for amount in amounts]


OWED = [item("A", "100", accounts=("SE 1",)), item("B", "60", accounts=("SE 1",)), item("C", "100", accounts=("SE2",))]


@pytest.mark.parametrize("chunk", [1, 100])
def test_parts_with_a_number_that_nobody_knows_are_the_payers_item(chunk: int) -> None:
    found = matched(OWED, [*parts("70", "30"), *parts("5", account="SE2")], chunk=chunk)
    assert [given(match) for match in found] == [{"A": "70"}, {"A": "30"}, {}]
    assert [match.rule for match in found[:2]] == ["together", "together"]


def test_they_are_shown_to_a_person_if_a_rule_asks_for_that() -> None:
    found = matched(OWED, parts("70", "30"), Rules(party=Mode.SUGGEST))
    assert [match.state for match in found] == [MatchState.SUGGESTED] * 2
    assert [shown(match) for match in found] == [[{"A": "70"}], [{"A": "30"}]]
    for rules in (Rules(party=Mode.OFF), Rules(together=Mode.OFF)):
        assert {match.state for match in matched(OWED, parts("70", "30"), rules)} == {MatchState.UNMATCHED}


def test_other_numbers_other_payers_and_two_such_items_are_no_whole() -> None:
    mixed = [*parts("70"), *parts("30", reference="ORDER 9"), *parts("30", account="SE2")]
    two = [*OWED, item("D", "100", accounts=("SE1",))]
    for items, payments in ((OWED, mixed), (two, parts("70", "30")), (OWED, parts("70", "20"))):
        assert {match.state for match in matched(items, payments)} == {MatchState.UNMATCHED}
