"""Each rule of reconciliation, and each reason code."""
from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from haulier.core.reconcile.policy import Mode, Rules
from haulier.model.match import Gap, MatchState, Why
from haulier.model.payment import Kind, Payment, Reference, RefKind, Status

from .reconciling import Before, given, item, matched, one, paid, shown


def test_the_reference_and_the_amount_are_an_items() -> None:
    match = one([item("A", "100.00", "146048"), item("B", "100.00", "146049")], paid("100", "0146 048"))
    assert (match.state, match.rule, given(match), match.rest, match.gap) == (
        MatchState.MATCHED, "reference", {"A": "100"}, 0, Gap.NONE)
    assert match.invoice_id == "A" and match.reason == "" and match.reasons


def test_an_items_reference_is_known_with_and_without_its_prefix() -> None:
    items = [item("A", "100", "INV-1001"), item("B", "100", "539007547034"), item("C", "100", "2002")]
    assert given(one(items, paid("100", "1001"))) == {"A": "100"}
    assert given(one(items, paid("100", "RF18 5390 0754 7034", kind=RefKind.RF))) == {"B": "100"}
    assert given(one(items, paid("100", "Faktura2002"))) == {"C": "100"}
    assert one(items, paid("100", "CRE-1001")).why is Why.UNKNOWN_REFERENCE


def test_our_own_end_to_end_number_is_as_good_if_the_amount_is_exact() -> None:
    items = [item("A", "100", "E2E-77")]
    assert one(items, paid("100", "E2E-77", kind=RefKind.END_TO_END)).state is MatchState.MATCHED
    assert one(items, paid("60", "E2E-77", kind=RefKind.END_TO_END)).state is MatchState.SUGGESTED
    assert one(items, paid("100", "NOTPROVIDED", kind=RefKind.END_TO_END)).why is Why.NO_REFERENCE


def test_a_small_difference_is_allowed_and_named() -> None:
    rules = Rules(tolerance=Decimal("0.50"), tolerance_percent=Decimal(1), tolerance_is=Gap.DISCOUNT)
    less, more, percent, too_much = matched(
        [item("A", "100"), item("B", "10"), item("C", "1000"), item("D", "1000")],
        [paid("99.60", "A"), paid("10.40", "B"), paid("990", "C"), paid("989", "D")], rules)
    assert (given(less), less.rest, less.gap, less.rule) == ({"A": "99.60"}, 0, Gap.DISCOUNT, "tolerance")
    assert (given(more), more.rest, more.gap) == ({"B": "10"}, Decimal("0.40"), Gap.DISCOUNT)
    assert percent.gap is Gap.DISCOUNT
    assert too_much.gap is Gap.UNDERPAID


def test_what_is_nearly_paid_is_paid() -> None:
    first, second = matched([item("A", "100")], [paid("99.60", "A"), paid("0.40", "A")], Rules(tolerance=Decimal(1)))
    assert first.state is MatchState.MATCHED
    assert second.why is Why.ALREADY_PAID


def test_what_the_bank_keeps_is_a_fee() -> None:
    match = one([item("A", "100")], paid("97", "A", charges=Decimal(3)))
    assert (match.state, given(match), match.gap) == (MatchState.MATCHED, {"A": "97"}, Gap.FEE)


def test_a_part_is_paid_and_then_the_rest() -> None:
    first, rest, again = matched([item("A", "100")], [paid("60", "A"), paid("40", "A"), paid("1", "A")])
    assert (given(first), first.gap, first.rule) == ({"A": "60"}, Gap.UNDERPAID, "partial")
    assert (given(rest), rest.rule) == ({"A": "40"}, "reference")
    assert (again.state, again.why, again.rest, shown(again)) == (
        MatchState.UNMATCHED, Why.ALREADY_PAID, 1, [{"A": "1"}])


def test_the_oldest_of_several_with_one_reference_is_paid_first() -> None:
    items = [item("new", "70", "9001", date=date(2026, 3, 1)), item("old", "50", "9001", date=date(2026, 1, 1)),
             item("first", "5", "9001", date=date(2026, 6, 1), priority=1)]
    assert given(one(items, paid("60", "9001"))) == {"first": "5", "old": "50", "new": "5"}
    assert given(one(items, paid("70", "9001"))) == {"new": "70"}
    assert given(one(items, paid("125", "9001"))) == {"new": "70", "old": "50", "first": "5"}


def test_equal_ones_with_one_reference() -> None:
    rents = [item(f"R{month}", "700", "9001", date=date(2026, month, 1)) for month in (3, 1, 2)]
    assert [given(match) for match in matched(rents, [paid("700", "9001")] * 3)] == [
        {"R1": "700"}, {"R2": "700"}, {"R3": "700"}]
    twins = [item("A", "700", "9001"), item("B", "700", "9001")]
    match = one(twins, paid("700", "9001"))
    assert (match.state, match.why, shown(match)) == (
        MatchState.AMBIGUOUS, Why.AMBIGUOUS, [{"A": "700"}, {"B": "700"}])


def test_too_much_leaves_a_rest() -> None:
    match = one([item("A", "100")], paid("130", "A"))
    assert (match.state, given(match), match.rest, match.gap) == (MatchState.MATCHED, {"A": "100"}, 30, Gap.OVERPAID)
    match = one([item("A", "100")], paid("130", "A"), Rules(rest_to_item=True))
    assert (given(match), match.rest) == ({"A": "130"}, 0)
    match = one([item("A", "100")], paid("130", "A"), Rules(overpaid=Mode.SUGGEST))
    assert (match.state, match.rest, match.candidates[0].gap) == (MatchState.SUGGESTED, 130, 30)


def test_an_item_may_ask_for_anything_between_two_amounts() -> None:
    asked = item("A", "100", lower=Decimal(90), upper=Decimal(120))
    for amount in ("90", "100", "120"):
        first, again = matched([asked], [paid(amount, "A"), paid("5", "A")])
        assert (given(first), first.rest, first.rule) == ({"A": amount}, 0, "reference")
        assert again.why is Why.ALREADY_PAID
    assert one([asked], paid("121", "A")).gap is Gap.OVERPAID


@pytest.mark.parametrize("rules", [Rules(partial=Mode.SUGGEST), Rules(partial=Mode.OFF)])
def test_a_rule_that_may_not_decide_suggests(rules: Rules) -> None:
    match = one([item("A", "100")], paid("60", "A"), rules)
    assert (match.state, match.why, match.rest, match.allocations) == (
        MatchState.SUGGESTED, Why.AMOUNT_DIFFERS, 60, ())
    assert shown(match) == [{"A": "60"}]


def test_the_payer_says_how_much_is_for_what() -> None:
    payment = Payment(Decimal(80), "SEK", references=(
        Reference(RefKind.OCR, "A", Decimal(100)), Reference(RefKind.OCR, "K", Decimal(-20))))
    match = one([item("A", "150"), item("K", "-20")], payment)
    assert (match.rule, given(match), match.gap) == ("split", {"A": "100", "K": "-20"}, Gap.UNDERPAID)
    assert one([item("A", "90"), item("K", "-20")], payment).rule != "split"    # more than is open


# Several items, and numbers in texts

REAL = [item("F", "500", "146048"), item("G", "200", "146509"), item("H", "300", "144997"), item("I", "50", "145354"),
        item("K", "70", "K10093"), item("L", "30", "145928"), item("M", "40", "40147")]


@pytest.mark.parametrize(("amount", "text", "expected"), [
    ("500", "faktura 146048 kund nr 88", {"F": "500"}),
    ("100", "K10093 f145928", {"K": "70", "L": "30"}),
    ("200", "146509/1727", {"G": "200"}),
    ("350", "144997+145354", {"H": "300", "I": "50"}),
    ("40", "Minerva 00040147", {"M": "40"}),
    ("700", "EREF+NOTPROVIDED SVWZ+RE 146048 146509", {"F": "500", "G": "200"}),
])
def test_numbers_in_texts_of_real_files(amount: str, text: str, expected: dict[str, str]) -> None:
    for payment in (paid(amount, text=text), paid(amount, text, kind=RefKind.FREE)):
        match = one(REAL, payment)
        assert (match.state, match.rule, given(match)) == (MatchState.MATCHED, "message", expected)


def test_a_field_with_two_numbers_is_an_invoice_and_a_customer() -> None:
    items = [item("A", "500", "100252", "1000014"), item("B", "500", "100253", "1000014"), item("C", "500", "77", "88")]
    match = one(items, paid("500", "100252            1000014", kind=RefKind.OCR))
    assert (match.state, given(match)) == (MatchState.MATCHED, {"A": "500"})


def test_a_number_that_is_only_near_in_the_text_does_not_bypass_the_amount() -> None:
    match = one(REAL, paid("499", text="faktura 146048"))
    assert (match.state, match.why, shown(match)) == (MatchState.SUGGESTED, Why.AMOUNT_DIFFERS, [{"F": "499"}])


def test_references_of_one_payment_together() -> None:
    items = [item("A", "100"), item("B", "200"), item("K", "-50")]
    match = one(items, paid("250", "A", "B", "K"))
    assert (match.state, given(match)) == (MatchState.MATCHED, {"A": "100", "B": "200", "K": "-50"})


def test_some_of_those_that_are_named_are_only_suggested() -> None:
    items = [item("A", "100"), item("B", "200"), item("C", "400")]
    match = one(items, paid("500", "A", "B", "C"))
    assert (match.state, match.rule, shown(match)) == (MatchState.SUGGESTED, "sums", [{"A": "100", "C": "400"}])
    items.append(item("D", "100"))
    match = one(items, paid("500", "A", "B", "C", "D"))
    assert (match.state, match.why, shown(match)) == (MatchState.AMBIGUOUS, Why.AMBIGUOUS, [
        {"A": "100", "C": "400"}, {"C": "400", "D": "100"}])
    match = one(items, paid("450", "A", "B"))
    assert (match.state, match.why, match.candidates[0].gap) == (MatchState.SUGGESTED, Why.AMOUNT_DIFFERS, 150)


def test_one_paid_item_among_those_named_wants_a_person() -> None:
    items = [item("A", "0", due="100"), item("B", "200")]
    match = one(items, paid("200", "A", "B"))
    assert (match.state, match.why) == (MatchState.SUGGESTED, Why.ALREADY_PAID)


# Several payments

def test_payments_with_one_number_in_their_texts_make_one_item() -> None:
    first, other, second = matched([item("A", "100", "146048")], [
        paid("60", text="delbetalning 146048"), paid("7", "B"), paid("40", text="rest 146048")])
    assert (first.state, first.rule, given(first)) == (MatchState.MATCHED, "together", {"A": "60"})
    assert (second.rule, given(second)) == ("together", {"A": "40"})
    assert other.why is Why.UNKNOWN_REFERENCE


def test_of_several_payers_those_who_make_the_amount() -> None:
    match = matched([item("A", "100", "146048")], [
        paid("60", text="146048", payer_account="1"), paid("30", text="146048", payer_account="2"),
        paid("40", text="146048", payer_account="1")])
    assert [one.state for one in match] == [MatchState.MATCHED, MatchState.SUGGESTED, MatchState.MATCHED]


def test_a_deduction_from_the_same_item_makes_it_whole() -> None:
    for order in (1, -1):
        payments = [paid("1000", "146048"), paid("-200", "146048", what=Kind.DEDUCTION)][::order]
        found = matched([item("A", "800", "146048")], payments)
        assert sorted(given(match)["A"] for match in found) == ["-200", "1000"]
        assert {match.rule for match in found} == {"together"}


def test_a_credit_note_is_deducted() -> None:
    found = matched([item("A", "1000"), item("K", "-200")], [paid("1000", "A"), paid("-200", "K", what=Kind.DEDUCTION)])
    assert [given(match) for match in found] == [{"A": "1000"}, {"K": "-200"}]


def test_a_group_is_suggested_where_that_is_the_rule() -> None:
    found = matched([item("A", "100", "146048")], [paid("60", text="146048"), paid("40", text="146048")],
                    Rules(together=Mode.SUGGEST))
    assert [(match.state, shown(match)) for match in found] == [
        (MatchState.SUGGESTED, [{"A": "60"}]), (MatchState.SUGGESTED, [{"A": "40"}])]


# Who pays

def test_the_payers_account_and_the_amount() -> None:
    items = [item("A", "100", accounts=("SE35 5000 0000 0549 1000 0003",), date=date(2026, 5, 1)),
             item("B", "100", date=date(2026, 5, 1)), item("C", "100", accounts=("5560360793",))]
    match = one(items, paid("100", payer_account="SE3550000000054910000003", booked=date(2026, 5, 20)))
    assert (match.state, match.rule, given(match)) == (MatchState.MATCHED, "party", {"A": "100"})
    assert given(one(items, paid("100", payer_org="005560360793"))) == {"C": "100"}


def test_the_payers_account_with_an_old_item_or_two() -> None:
    old = item("A", "100", accounts=("1",), date=date(2025, 1, 1))
    match = one([old], paid("100", payer_account="1", booked=date(2026, 5, 20)))
    assert (match.state, match.why, shown(match)) == (MatchState.UNMATCHED, Why.OUTSIDE_WINDOW, [{"A": "100"}])
    match = one([item("A", "100", accounts=("1",)), item("B", "100", accounts=("1",))], paid("100", payer_account="1"))
    assert (match.state, match.why, shown(match)) == (
        MatchState.AMBIGUOUS, Why.AMBIGUOUS, [{"A": "100"}, {"B": "100"}])


def test_the_only_item_of_that_amount_with_a_name_that_is_alike() -> None:
    items = [item("A", "123.45", names=("Kalles Plåt AB",)), item("B", "1", names=("Olles Färg",))]
    match = one(items, paid("123.45", payer_name="PLAT KALLES"))
    assert (match.state, match.rule, match.why, shown(match)) == (
        MatchState.SUGGESTED, "amount", Why.NO_REFERENCE, [{"A": "123.45"}])
    match = one(items, paid("123.45", payer_name="Svensson"))
    assert (match.state, match.why, shown(match)) == (MatchState.UNMATCHED, Why.NO_REFERENCE, [{"A": "123.45"}])
    items.append(item("C", "123.45", names=("Kalles Plåt AB",)))
    assert one(items, paid("123.45", payer_name="Kalles Plåt")).state is MatchState.UNMATCHED


def test_a_known_number_is_stronger_than_the_account() -> None:
    items = [item("A", "0", "146048", due="100"), item("B", "100", "146049", accounts=("1",))]
    match = one(items, paid("100", "146048", payer_account="1"))
    assert (match.state, match.why) == (MatchState.UNMATCHED, Why.ALREADY_PAID)


# Check digits

def test_a_wrong_check_digit_is_suggested_never_matched() -> None:
    items = [item("A", "100", "9912346", accounts=("1",)), item("B", "100", "79927398713")]
    wrong = one(items, paid("100", "9912347", kind=RefKind.OCR, payer_account="1"))
    assert (wrong.state, wrong.why, wrong.rule, shown(wrong)) == (
        MatchState.SUGGESTED, Why.BAD_CHECK_DIGIT, "misspelt", [{"A": "100"}])
    swapped = one(items, paid("70", "9912364", kind=RefKind.OCR))
    assert (swapped.why, shown(swapped), swapped.candidates[0].gap) == (Why.BAD_CHECK_DIGIT, [{"A": "70"}], 0)
    lost = one(items, paid("5", "1111112", kind=RefKind.OCR))
    assert (lost.state, lost.why) == (MatchState.UNMATCHED, Why.BAD_CHECK_DIGIT)
    by_account = one(items, paid("100", "5555555", kind=RefKind.OCR, payer_account="1"))
    assert (by_account.state, by_account.rule) == (MatchState.SUGGESTED, "party")


def test_a_number_that_the_bank_takes_for_a_text_may_be_mistyped_too() -> None:
    """BgMax has OCR numbers with a wrong check digit as free references (code 3 and 5)."""
    items = [item("A", "100", "9912346", accounts=("1",)), item("B", "100", "79927398713")]
    for wrong in ("9912347", "9912364"):
        match = one(items, paid("100", wrong, kind=RefKind.FREE))
        assert (match.state, match.why, match.rule, shown(match)) == (
            MatchState.SUGGESTED, Why.BAD_CHECK_DIGIT, "misspelt", [{"A": "100"}])
    other = paid("70", "9912347", kind=RefKind.FREE)
    assert one(items, other).why is Why.UNKNOWN_REFERENCE
    assert shown(one(items, other, Rules(scheme="luhn"))) == [{"A": "70"}]
    for text in ("kund 9912347", "9912353", "99123"):
        assert one(items, paid("100", text, kind=RefKind.FREE)).why is Why.UNKNOWN_REFERENCE
    sure = one(items, paid("100", "9912347", kind=RefKind.FREE, payer_account="1"))
    assert (sure.state, sure.rule) == (MatchState.MATCHED, "party")


def test_an_items_own_number_may_have_no_check_digit_but_then_the_amount_must_be_exact() -> None:
    items = [item("A", "100", "12345")]
    assert one(items, paid("100", "12345", kind=RefKind.OCR)).state is MatchState.MATCHED
    match = one(items, paid("60", "12345", kind=RefKind.OCR))
    assert (match.state, match.why) == (MatchState.SUGGESTED, Why.BAD_CHECK_DIGIT)


def test_rf_with_a_slip_of_the_pen() -> None:
    match = one([item("A", "9", "RF18539007547034")], paid("9", "RF18 5390 0754 7043", kind=RefKind.STRUCTURED))
    assert (match.state, match.why, shown(match)) == (MatchState.SUGGESTED, Why.BAD_CHECK_DIGIT, [{"A": "9"}])


# Currencies

def exchanged(amount: str, original: str, rate: str | None = "11.20") -> Payment:
    return paid(amount, "A", original_amount=Decimal(original), original_currency="EUR",
                rate=Decimal(rate) if rate else None)


def test_another_currency_only_with_the_rate_of_the_file() -> None:
    items = [item("A", "10.00", currency="EUR")]
    assert one(items, paid("10", "A")).why is Why.CURRENCY_DIFFERS
    assert one(items, exchanged("112", "10", rate=None)).why is Why.CURRENCY_DIFFERS
    match = one(items, exchanged("112", "10"))
    assert (match.state, given(match), match.rest) == (MatchState.MATCHED, {"A": "112"}, 0)
    assert one(items, exchanged("100.80", "9")).why is Why.AMOUNT_DIFFERS
    match = one(items, exchanged("111.44", "9.95"), Rules(tolerance=Decimal("0.10")))
    assert (match.state, match.rule, match.gap) == (MatchState.MATCHED, "foreign", Gap.FX)
    _, again = matched(items, [exchanged("112", "10"), exchanged("112", "10")])
    assert again.why is Why.ALREADY_PAID


def test_equal_amounts_of_other_currencies_are_no_candidates() -> None:
    match = one([item("A", "100", accounts=("1",), currency="EUR")], paid("100", payer_account="1"))
    assert (match.why, match.candidates) == (Why.NO_REFERENCE, ())


# What is no money in

@pytest.mark.parametrize(("payment", "why"), [
    (paid("100", "A", status=Status.PENDING), Why.PENDING),
    (paid("100", "A", status=Status.INFO), None),
    (paid("100", "A", what=Kind.BATCH), None),
    (paid("100", "A", what=Kind.DETAIL), None),
    (paid("0", "A"), None),
])
def test_what_is_put_aside(payment: Payment, why: Why | None) -> None:
    match = one([item("A", "100")], payment)
    assert (match.state, match.why, match.rest) == (MatchState.IGNORED, why, payment.amount)
    assert match.reasons and not match.allocations


@pytest.mark.parametrize("kind", [Kind.FEE, Kind.DIFFERENCE])
def test_fees_and_differences_are_for_nobody(kind: Kind) -> None:
    payment = paid("-5", "A", what=kind)
    assert one([item("A", "-5")], payment).why is Why.NO_REFERENCE
    assert one([item("A", "-5")], payment, Rules(ignore=frozenset({kind}))).state is MatchState.IGNORED


def test_details_are_matched_where_nothing_else_is_the_money() -> None:
    assert one([item("A", "5")], paid("5", "A", what=Kind.DETAIL), Rules(ignore=frozenset())).rule == "reference"


# Duplicates

def test_the_same_booking_twice_and_two_equal_payments() -> None:
    items = [item("A", "100", "9001", date=date(2026, 1, 1)), item("B", "100", "9001", date=date(2026, 2, 1))]
    twice = [paid("100", "9001", identity="x"), paid("100", "9001", identity="x")]
    first, again = matched(items, twice)
    assert (first.state, again.state, again.original) == (MatchState.MATCHED, MatchState.DUPLICATE, "x")
    for identities in (("", ""), ("x", "y")):
        found = matched(items, [paid("100", "9001", identity=one) for one in identities])
        assert [given(match) for match in found] == [{"A": "100"}, {"B": "100"}]


def test_a_booking_of_an_earlier_file_and_one_that_was_pending_then() -> None:
    items = [item("A", "100")]
    booked, pending = paid("100", "A", identity="x"), paid("100", "A", identity="x", status=Status.PENDING)
    for before, state in ((booked, MatchState.DUPLICATE), (pending, MatchState.MATCHED)):
        assert one(items, booked, memory=Before(matched(items, [before]))).state is state
    first, second = matched(items, [pending, booked])
    assert (first.state, second.state) == (MatchState.IGNORED, MatchState.MATCHED)


def test_what_earlier_files_paid_is_taken_off() -> None:
    items = [item("A", "100")]
    memory = Before(matched(items, [paid("60", "A")]))
    assert one(items, paid("60", "A"), memory=memory).gap is Gap.OVERPAID
    assert given(one(items, paid("40", "A"), memory=memory)) == {"A": "40"}
    memory = Before(matched(items, [paid("100", "A")]))
    assert one(items, paid("100", "A"), memory=memory).why is Why.ALREADY_PAID
