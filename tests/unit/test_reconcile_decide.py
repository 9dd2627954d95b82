"""What a person decides about a payment."""
from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given as having
from hypothesis import strategies as st

from haulier.core.reconcile import decide
from haulier.core.reconcile.proof import money
from haulier.model.errors import Invalid
from haulier.model.match import Allocation, Gap, Match, MatchState, Why
from haulier.model.payment import Kind, Status

from .reconciling import given, item, matched, one, paid, shown

ITEMS = [item("A", "100", "146048"), item("B", "50", "146049"), item("K", "-20", "77777")]


def suggested() -> Match:
    match = one(ITEMS, paid("60", text="faktura 146048"))
    assert match.state is MatchState.SUGGESTED
    return match


def left(match: Match) -> dict[str, Decimal]:
    return decide.left_for(match.payment, ITEMS, {})


def parts(**amounts: str) -> list[Allocation]:
    return [Allocation(name, Decimal(amount)) for name, amount in amounts.items()]


def test_a_candidate_is_confirmed() -> None:
    match = suggested()
    done = decide.confirm(match, 0, left(match))
    assert (done.state, given(done), done.rest, done.gap, done.rule, done.why) == (
        MatchState.MATCHED, {"A": "60"}, 0, Gap.UNDERPAID, "person", None)
    assert money([done])["SEK"].matched == 60
    for at in (1, -1):
        with pytest.raises(Invalid, match="no candidate"):
            decide.confirm(match, at)


def test_a_payment_is_split_over_items() -> None:
    match = one(ITEMS, paid("130"))
    done = decide.split(match, parts(A="100", B="50", K="-20"), left(match))
    assert (given(done), done.rest, done.gap) == ({"A": "100", "B": "50", "K": "-20"}, 0, Gap.NONE)
    done = decide.split(match, parts(A="100"), left(match))
    assert (done.rest, done.gap) == (30, Gap.OVERPAID)


@pytest.mark.parametrize(("amounts", "reason"), [
    ({}, "for which items"),
    ({"A": "61"}, "the payment is 60"),
    ({"A": "-1"}, "the payment is 60"),
    ({"A": "0"}, "no amount"),
    ({"A": "NaN"}, "no amount"),
    ({"X": "5"}, "there is no item X"),
    ({"B": "51"}, "50 that are open"),
    ({"K": "20"}, "-20 that are open"),
    ({"A": "70", "K": "-21"}, "-20 that are open"),
])
def test_what_cannot_be(amounts: dict[str, str], reason: str) -> None:
    match = suggested()
    with pytest.raises(Invalid, match=reason):
        decide.split(match, parts(**amounts), left(match))


def test_an_item_twice_cannot_be() -> None:
    with pytest.raises(Invalid, match="twice"):
        decide.split(suggested(), [*parts(A="1"), *parts(A="2")])


def test_more_than_is_open_only_if_that_is_meant() -> None:
    match = one(ITEMS, paid("60"))
    done = decide.split(match, parts(B="60"), left(match), overpay=True)
    assert (given(done), done.rest, done.gap) == ({"B": "60"}, 0, Gap.OVERPAID)


def test_what_others_took_is_not_open() -> None:
    match = suggested()
    with pytest.raises(Invalid, match="40 that are open"):
        decide.confirm(match, 0, decide.left_for(match.payment, ITEMS, {"A": Decimal(60)}))


def test_a_return_is_confirmed_though_its_item_is_paid() -> None:
    match = one([item("A", "100", "146048")], paid("-100", "146048", what=Kind.RETURN))
    done = decide.confirm(match, 0, {"A": Decimal(0)})
    assert (done.state, given(done)) == (MatchState.MATCHED, {"A": "-100"})


def test_another_currency_needs_a_rate() -> None:
    euros = [item("E", "10", currency="EUR")]
    with pytest.raises(Invalid, match="no rate"):
        decide.left_for(paid("100"), euros, {})
    payment = paid("112.00", original_amount=Decimal(10), original_currency="EUR", rate=Decimal("11.2"))
    assert decide.left_for(payment, euros, {"E": Decimal(5)}) == {"E": Decimal(56)}


def test_rejected_parked_and_ignored() -> None:
    match = suggested()
    gone = decide.reject(match, "another invoice")
    assert (gone.state, gone.rest, gone.reasons, gone.why) == (
        MatchState.UNMATCHED, 60, ("another invoice",), Why.AMOUNT_DIFFERS)
    assert shown(gone) == shown(match)
    assert decide.park(match).state is MatchState.PARKED
    ignored = decide.ignore(decide.confirm(match), "our own money")
    assert (ignored.state, ignored.allocations, ignored.rest) == (MatchState.IGNORED, (), 60)
    assert money([ignored])["SEK"].ignored == 60


def test_un_matched_and_matched_again() -> None:
    match = one(ITEMS, paid("100", "146048"))
    gone = decide.unmatch(match, "wrong customer")
    assert (gone.state, gone.rest, gone.allocations, shown(gone)) == (
        MatchState.UNMATCHED, 100, (), [{"A": "100"}])
    assert given(decide.confirm(gone)) == {"A": "100"}
    with pytest.raises(Invalid, match="not matched"):
        decide.unmatch(gone)


def test_a_duplicate_that_is_none_and_a_pending_one() -> None:
    copy = matched(ITEMS, [paid("100", "146048", identity="x")] * 2)[1]
    assert decide.unmatch(copy).state is MatchState.UNMATCHED
    with pytest.raises(Invalid, match="not booked"):
        decide.unmatch(one(ITEMS, paid("5", status=Status.PENDING)))


@pytest.mark.parametrize("words", [
    lambda match: decide.split(match, [Allocation(ITEMS[0].id, match.payment.amount)]), decide.reject, decide.park,
    decide.ignore, decide.unmatch])
def test_a_payment_that_is_not_booked_yet_is_left_alone(words: Callable[[Match], Match]) -> None:
    with pytest.raises(Invalid, match="not booked yet"):
        words(one(ITEMS, paid("5", status=Status.PENDING)))


@having(st.integers(-200, 200).filter(bool), st.dictionaries(st.sampled_from("ABK"), st.integers(-200, 200)))
def test_whatever_is_decided_adds_up(amount: int, wanted: dict[str, int]) -> None:
    match = one(ITEMS, paid(str(amount)))
    try:
        done = decide.split(match, [Allocation(name, Decimal(much)) for name, much in wanted.items()], left(match))
    except Invalid:
        return
    assert money([done])["SEK"].total == amount
    assert all(abs(much) <= abs(left(match)[name]) for name, much in done.allocations)
    assert money([decide.unmatch(done)])["SEK"].unmatched == amount
