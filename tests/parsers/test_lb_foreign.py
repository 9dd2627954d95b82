"""LB: orders of foreign payments, and the report of those that came about."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest

from haulier.core.content import BytesContent
from haulier.model.payment import Kind, Payment, Status
from haulier.parsers.lb import Lb, LbSpec
from haulier.ports import Parser
from haulier.testing.parsers import ParserSuite, taken

from .test_lb import GOOD as DOMESTIC
from .test_lb import file, opening


def digits(value: int, width: int) -> str:
    """Hundredths as such files have them: what is less than nothing ends in - or a letter."""
    text = f"{abs(value):0{width}}"
    return text if value >= 0 else text[:-1] + "-JKLMNOPQR"[int(text[-1])]


def begun(pays: str = "", layout: str = "2") -> str:
    return f"009912346250314{'FIRMAN AB':22}{'STORGATAN 1 11122 STOCKHOLM':35}{pays:6}{layout}"


def receiver(number: int, name: str, account: str, *, debits: str = "0") -> list[str]:
    return [f"2{number:07}{name}", f"3{number:07}{'RUE DE LA PAIX 5':30}{'75001 PARIS':35}{debits}FR 2 0",
            f"4{number:07}{'BNPAFRPP':12}{account:30}{'BNP PARIBAS'}"]


def ordered(code: str, number: int, reference: str, sek: int, minor: int, when: str = "250401") -> list[str]:
    return [f"{code}{number:07}{reference:25}{digits(sek, 11)}{'':10}EUR{when}  {digits(minor, 13)}",
            f"7{number:07}101"]


def closed(sek: int, minor: int) -> str:
    return f"909912346{digits(sek, 12)}{'':10}{2:012}{12:012}{'':8}{digits(minor, 15)}"


LONG = "SOCIETE DES CHEMINS DE FER DU MIDI"         # goes on in the second field
ORDERS = (begun(), *receiver(1, LONG, "FR7630006000011234567890189"), *ordered("6", 1, "FAKTURA 17", 114250, 10000),
          *receiver(2, "ATELIER", "FR7630004000031234567890143", debits="1"),
          *ordered("5", 2, "CREDIT 3", -11411, -1001), *ordered("6", 2, "FAKTURA 9", 22850, 2000),
          closed(125689, 10999))


def paid(*payments: tuple[int, int, int], sums: tuple[int, int, int] | None = None, records: int = 0) -> bytes:
    """A report: payments in the currency, in SEK by our rate, and in SEK by that of the bank."""
    lines = [f"0{9912346:011}250402250401SESISU{'FIRMAN':12}".ljust(80, "0"), "112345678901250402".ljust(80, "0")]
    for at, (minor, sek, bank) in enumerate(payments):
        lines += [f"20000007{'ABO OY':65}EUR0000", f"3{4711 + at:07}10{'BYVAGEN 12':30}{'20100 ABO':35}FI 00",
                  f"50000007{f'F {at}':25}{digits(sek, 11)}{digits(bank, 11)}{'':0>8}{digits(minor, 13)}9000"]
    total = sums or tuple(sum(one[place] for one in payments) for place in range(3))
    lines.append(f"6{digits(total[1], 12)}{digits(total[2], 12)}{digits(total[0], 15)}{0:012}{1:012}"
                 f"{records or len(lines) + 1:012}0000")
    return file(*lines)


class TestOrders(ParserSuite):
    good = (file(*ORDERS), 3)

    @pytest.fixture
    def parser(self) -> Parser:
        return Lb()


class TestReports(ParserSuite):
    good = (paid((431000, 4020426, 4699648), (10000, 114250, 114300)), 2)
    memory = 5 << 20
    fuzzes = 20

    @pytest.fixture
    def parser(self) -> Parser:
        return Lb(strict=False, encoding="latin-1")

    def long(self) -> Iterator[bytes]:
        *lines, last = paid(*[(at, 10 * at, 10 * at) for at in range(500)]).splitlines(keepends=True)
        yield b"".join(lines)
        for _ in range(8):
            yield b"".join(lines[2:])
        yield last


def test_orders_go_out_in_their_currency() -> None:
    found = taken(Lb(), file(*ORDERS))
    assert not found.error and not found.rejects
    payments = [Payment.of(row) for row in found.rows]
    assert [(one.amount, one.currency, one.kind) for one in payments] == [
        (Decimal("-100.00"), "EUR", Kind.PAYMENT), (Decimal("10.01"), "EUR", Kind.DEDUCTION),
        (Decimal("-20.00"), "EUR", Kind.PAYMENT)]
    assert {(one.status, one.account, one.valued, one.booked) for one in payments} == {
        (Status.PENDING, "9912346", date(2025, 4, 1), None)}
    assert [row["counter_amount"] for row in found.rows] == [Decimal("-1142.50"), Decimal("114.11"), Decimal("-228.50")]
    assert [(check.name, check.said) for check in found.checks] == [
        ("section amount", Decimal("109.99")), ("section counter value", Decimal("1256.89"))]


def test_an_order_says_who_is_paid_and_how() -> None:
    first, second, third = taken(Lb(), file(*ORDERS)).rows
    assert (first["receiver_name"], first["receiver_address"], first["receiver_country"]) == (
        LONG, "RUE DE LA PAIX 5 75001 PARIS", "FR")
    assert (first["receiver_bank"], first["receiver_account"], first["receiver_bank_name"]) == (
        "BNPAFRPP", "FR7630006000011234567890189", "BNP PARIBAS")
    assert (first["charges_code"], first["priority_code"], first["purpose_code"]) == ("2", "0", "101")
    assert [row["currency_account"] for row in (first, second, third)] == [False, True, True]
    assert [row["receiver_number"] for row in (first, second, third)] == ["1", "2", "2"]
    assert (third["reference"], third["references"]) == ("FAKTURA 9", [["free", "FAKTURA 9", None]])


def test_one_day_for_all_orders_and_no_value_in_kronor() -> None:
    data = file(begun("250411"), *receiver(1, "A", "FR76"), ordered("6", 1, "F", 0, 100, "000000")[0].replace(
        f"{0:011}{'':10}EUR", f"{'':21}EUR"), closed(0, 100))
    found = taken(Lb(), data)
    assert not found.error and found.rows[0]["valued"] == date(2025, 4, 11)
    assert found.rows[0]["counter_amount"] is None


def test_a_payment_has_nothing_of_another_receiver() -> None:
    data = file(begun(), *receiver(1, "A", "FR76"), *ordered("6", 2, "F", 0, 100), closed(0, 100))
    row = taken(Lb(), data).rows[0]
    assert (row["receiver_number"], row["receiver_name"], row["receiver_account"]) == ("2", "", "")


def test_reports_are_of_money_that_went() -> None:
    found = taken(Lb(), paid((431000, 4020426, 4699648), (-17330, -180000, -189000)))
    assert not found.error and all(check.holds for check in found.checks)
    first, credit = map(Payment.of, found.rows)
    assert (first.amount, first.currency, first.kind, first.status) == (
        Decimal("-4310.00"), "EUR", Kind.PAYMENT, Status.BOOKED)
    assert (first.booked, first.account, first.bank_reference) == (date(2025, 4, 2), "9912346", "0004711")
    assert (credit.amount, credit.kind) == (Decimal("173.30"), Kind.DEDUCTION)
    row = found.rows[0]
    assert (row["counter_amount"], row["bank_amount"]) == (Decimal("-40204.26"), Decimal("-46996.48"))
    assert (row["receiver_name"], row["receiver_address"], row["receiver_country"], row["debited_account"]) == (
        "ABO OY", "BYVAGEN 12 20100 ABO", "FI", "12345678901")


def test_minus_nothing_as_a_machine_of_ebcdic_writes_it_and_a_credit_without_a_sign() -> None:
    data = paid((-17330, -180000, 189000), sums=(-17330, -180000, -189000)).replace(b"001733-", b"001733\xe5")
    found = taken(Lb(), data)
    assert not found.error and found.rows[0]["bank_amount"] == Decimal("1890.00")
    assert found.rows[0]["amount"] == Decimal("173.30")


@pytest.mark.parametrize(("data", "name"), [
    (file(*ORDERS[:-1], closed(125689, 10998)), "section amount"),
    (file(*ORDERS[:-1], closed(125688, 10999)), "section counter value"),
    (file(*ORDERS[:-1], closed(125689, -10999)), "section amount"),
    (file(*ORDERS[:-1]), "section end"), (file(*ORDERS[:-1], *ORDERS), "section end"),
    (file(*ORDERS[:-1]) + DOMESTIC, "section end"), (file(opening(), *ORDERS), "section end"),
    (paid((100, 10, 10), sums=(101, 10, 10)), "section amount"),
    (paid((100, 10, 10), sums=(100, 11, 10)), "section counter value"),
    (paid((100, 10, 10), sums=(100, 10, 11)), "section counter value of the bank")])
def test_totals_are_proved(data: bytes, name: str) -> None:
    strict, lenient = taken(Lb(), data), taken(Lb(strict=False), data)
    assert f"{name.replace(' ', '_')})" in strict.error and not strict.rows
    assert lenient.rows and [check.name for check in lenient.checks if not check.holds] == [name]


def test_another_number_of_records_is_told() -> None:
    batches = list(Lb().parse(BytesContent(paid((100, 10, 10), records=99))))
    assert [notice.code for batch in batches for notice in batch.notices] == ["records"]


def test_a_file_may_have_all_of_them() -> None:
    seals = file("00250314HMAC"), file("800000017001"), file("99250314")
    orders = file(*ORDERS[:-1]) + seals[1] + file(ORDERS[-1])
    found = taken(Lb(), seals[0] + DOMESTIC + orders + paid((100, 10, 10)) + orders + seals[2])
    assert not found.error and [row["section"] for row in found.rows] == [1] * 4 + [2] * 3 + [3] + [4] * 3
    assert all(check.holds for check in found.checks)
    assert all(batch.notices == [] for batch in Lb().parse(BytesContent(orders)))


@pytest.mark.parametrize("change", [
    lambda line: line.replace("0000000010000", "000000001000x"),
    lambda line: line.replace("00000114250", " 0000114250"),
    lambda line: line[:60] + "\t" + line[61:], lambda line: line.ljust(80) + "x"])
def test_a_payment_that_cannot_be_read_is_a_reject(change: Callable[[str], str]) -> None:
    lines = [change(line) if line[0] == "6" and "FAKTURA 17" in line else line for line in ORDERS]
    found = taken(Lb(strict=False), file(*lines))
    assert (found.rejects[0].number, found.rejects[0].line, found.numbers) == (1, 5, [2, 3])
    assert taken(Lb(), file(*lines)).error


def test_nothing_is_paid_to_an_account_in_a_line_that_an_editor_changed() -> None:
    lines = [line[:25] + "\t" + line[25:] if line.startswith("40000001") else line for line in ORDERS]
    found = taken(Lb(strict=False), file(*lines))
    assert [reject.faults[0].code for reject in found.rejects] == ["changed_line"] and found.numbers == [2, 3]


@pytest.mark.parametrize("bank", [f"{'FR7630006000011234567890189':59}BNPAFRPPXXXBP", f"{'123456789012':59}BNPAFRPP"])
def test_orders_as_handelsbanken_has_them_are_refused_by_name(bank: str) -> None:
    data = file(begun(), *receiver(1, "A", "")[:2], f"40000001{bank}", *ordered("6", 1, "F", 0, 100), closed(0, 100))
    assert "UTLI" in taken(Lb(), data).error and "UTLI" in taken(Lb(strict=False), data).error


@pytest.mark.parametrize("layout", ["1", ""])
def test_other_layouts_are_refused_by_name(layout: str) -> None:
    found = taken(Lb(strict=False), file(begun(layout=layout), *ORDERS[1:]))
    assert f"foreign payments of layout '{layout}' are not read" in found.error
    assert not found.rows


def test_unknown_records_are_told() -> None:
    batches = list(Lb().parse(BytesContent(file(*ORDERS[:-1], "X", ORDERS[-1]))))
    assert [notice.code for batch in batches for notice in batch.notices] == ["unknown_record"]


def test_they_are_guessed() -> None:
    for data in (file(*ORDERS), paid((100, 10, 10))):
        guess = LbSpec.guess("x", data)
        assert guess is not None and guess.score >= 0.9
    assert LbSpec.guess("x", file("000991234250314", "9")) is None
