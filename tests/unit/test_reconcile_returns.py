"""Payments that came back reopen what they were for."""
from __future__ import annotations

from decimal import Decimal

from haulier.core.reconcile.policy import Mode, Rules
from haulier.model.match import Gap, MatchState, Why
from haulier.model.payment import Kind, Payment, RefKind

from .reconciling import Before, given, item, matched, one, paid, shown

ITEMS = [item("A", "100", "E1"), item("B", "30", "E2")]


def debit(amount: str = "100", reference: str = "E1", **more: object) -> Payment:
    return paid(amount, reference, kind=RefKind.END_TO_END, identity=f"in {reference}", **more)


def back(amount: str = "-100", reference: str = "E1", kind: RefKind = RefKind.END_TO_END, **more: object) -> Payment:
    what = more.pop("what", Kind.RETURN)
    return paid(amount, reference, kind=kind, what=what, reason="MD06", identity=f"back {reference}", **more)


def test_a_returned_direct_debit_reopens_the_invoice() -> None:
    first, returned, again = matched(ITEMS, [debit(), back(), paid("100", "E1")])
    assert given(first) == {"A": "100"}
    assert (returned.state, returned.rule, given(returned), returned.rest, returned.original) == (
        MatchState.MATCHED, "return", {"A": "-100"}, 0, "in E1")
    assert "MD06" in returned.reasons[0]
    assert (again.state, given(again)) == (MatchState.MATCHED, {"A": "100"})


def test_of_an_earlier_file() -> None:
    memory = Before(matched(ITEMS, [debit()]))
    returned, again = matched(ITEMS, [back(), paid("100", "E1")], memory=memory)
    assert (given(returned), returned.original) == ({"A": "-100"}, "in E1")
    assert given(again) == {"A": "100"}


def test_a_return_before_its_payment() -> None:
    returned, first, again = matched(ITEMS, [back(), debit(), paid("5", "B")])
    assert (returned.state, given(returned)) == (MatchState.MATCHED, {"A": "-100"})
    assert (given(first), again.why) == ({"A": "100"}, Why.UNKNOWN_REFERENCE)


def test_with_what_the_bank_took_for_it() -> None:
    told = matched(ITEMS, [debit(), back("-103", charges=Decimal(3))])[1]
    assert (told.state, given(told), told.rest, told.gap) == (MatchState.MATCHED, {"A": "-100"}, -3, Gap.FEE)
    untold = matched(ITEMS, [debit(), back("-103")])[1]
    assert (untold.state, shown(untold), untold.rest) == (MatchState.SUGGESTED, [{"A": "-100"}], -103)


def test_a_part_of_one() -> None:
    items = [item("A", "100", "7001"), item("B", "30", "7002")]
    first = paid("130", "7001", "7002", "X9")
    first = Payment(first.amount, "SEK", references=(*first.references[:2], *debit().references), identity="two")
    matches = matched(items, [first, back("-50")])
    assert given(matches[0]) == {"A": "100", "B": "30"}
    assert given(matches[1]) == {"A": "-20", "B": "-30"}


def test_by_the_banks_number_or_the_mandate() -> None:
    for kind in (RefKind.BANK, RefKind.MANDATE):
        first = paid("100", "A1", bank_reference="N1") if kind is RefKind.BANK else None
        first = first or Payment(Decimal(100), "SEK", references=(
            *paid("1", "A1").references, *paid("1", "N1", kind=RefKind.MANDATE).references))
        returned = matched([item("A", "100", "A1")], [first, back("-100", "N1", kind)])[1]
        assert given(returned) == {"A": "-100"}
    # Many payments have one mandate: only one of that amount is meant.
    returned = matched([item("A", "100", "A1")], [first, back("-99", "N1", RefKind.MANDATE)])[1]
    assert returned.why is Why.NO_ORIGINAL


def test_of_a_payment_that_nobody_knows() -> None:
    lost = one(ITEMS, back("-100", "E9"))
    assert (lost.state, lost.why, lost.rest) == (MatchState.UNMATCHED, Why.NO_ORIGINAL, -100)
    known = one(ITEMS, back("-100", "E1"))
    assert (known.state, known.why, shown(known)) == (MatchState.SUGGESTED, Why.NO_ORIGINAL, [{"A": "-100"}])


def test_of_a_payment_that_was_for_nothing() -> None:
    returned = matched(ITEMS, [debit(reference="E9"), back(reference="E9")])[1]
    assert (returned.state, returned.why, returned.original) == (
        MatchState.UNMATCHED, Why.UNKNOWN_REFERENCE, "in E9")


def test_only_suggested_where_that_is_the_rule() -> None:
    returned = matched(ITEMS, [debit(), back()], Rules(returned=Mode.SUGGEST))[1]
    assert (returned.state, shown(returned)) == (MatchState.SUGGESTED, [{"A": "-100"}])


def test_another_currency_and_the_same_direction_are_no_return() -> None:
    assert matched(ITEMS, [debit(), back(currency="EUR")])[1].why is Why.NO_ORIGINAL
    assert matched(ITEMS, [debit(), back("100")])[1].why is Why.NO_ORIGINAL


def test_the_details_of_a_return_are_one_where_details_are_the_money() -> None:
    detail = back(what=Kind.DETAIL)
    assert one(ITEMS, detail).state is MatchState.IGNORED
    assert given(matched(ITEMS, [debit(), detail], Rules(ignore=frozenset()))[1]) == {"A": "-100"}
