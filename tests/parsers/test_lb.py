"""LB: orders of supplier payments, and what Bankgirot reports of them."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from haulier.core.content import BytesContent
from haulier.model.payment import Kind, Payment, Status
from haulier.parsers.lb import Lb, LbSpec
from haulier.ports import Parser
from haulier.testing.parsers import ParserSuite, taken

from .conftest import sample


def opening(report: str = "", pays: str = "", currency: str = "") -> str:
    return f"110009912346250314LEVERANTÖRSBETALNINGAR{pays:6}{report:1}{'':12}{currency}"


def payment(code: str, receiver: str, minor: int, reference: str = "", when: str = "250401", info: str = "") -> str:
    return f"{code}{receiver:<10}{reference:<25}{minor:012}{when:<11}{info}"


def total(count: int, minor: int | None = None) -> str:
    return f"290009912346{count:08}" + ("" if minor is None else f"{abs(minor):012}{'-' if minor < 0 else ''}")


def file(*lines: str, newline: str = "\r\n") -> bytes:
    return "".join(line.ljust(80) + newline for line in lines).encode("latin-1")


ORDERS = (opening(), "13REFERENS".ljust(30),
          payment("14", "0003783511", 98000, "56897456986", info="VERIF 12"),
          payment("16", "0003783511", 8000, "KREDIT 1"),
          "260000990010JOHANNA ÅKESSON", "270000990010STRÅVÄGEN 5                        95334HAPARANDA",
          "400000990010" "5000" "000012345678" "LÖN MARS    " "L", payment("14", "0000990010", 50000, "LÖN", "GENAST"),
          "250000990010TACK", payment("54", "0000412345", 100, "PG"), "650000412345FAKTURA 5",
          total(4, 140100))
GOOD = file(*ORDERS)


class TestLb(ParserSuite):
    good = (GOOD, 4)

    @pytest.fixture
    def parser(self) -> Parser:
        return Lb()


class TestLong(ParserSuite):
    good = (GOOD, 4)
    memory = 5 << 20
    fuzzes = 20

    @pytest.fixture
    def parser(self) -> Parser:
        return Lb(strict=False, encoding="latin-1")

    def long(self) -> Iterator[bytes]:
        yield file(opening())
        for at in range(10):
            yield file(*[payment("14", "0003783511", at, f"nr {at}")] * 250)
        yield file(total(2_500))


def test_orders_are_payments_that_are_to_go_out() -> None:
    rows = taken(Lb(), GOOD).rows
    payments = [Payment.of(row) for row in rows]
    assert [str(one.amount) for one in payments] == ["-980.00", "80.00", "-500.00", "-1.00"]
    assert [one.kind for one in payments] == [Kind.PAYMENT, Kind.DEDUCTION, Kind.PAYMENT, Kind.PAYMENT]
    assert {one.status for one in payments} == {Status.PENDING}
    assert payments[0].valued == date(2025, 4, 1) and payments[0].booked is None
    assert payments[0].account == "9912346" and rows[0]["receiver_account"] == "3783511"
    assert rows[0]["sender_text"] == "VERIF 12"


def test_a_payment_to_an_account_has_its_receiver() -> None:
    row = taken(Lb(), GOOD).rows[2]
    assert (row["receiver_name"], row["receiver_address"]) == ("JOHANNA ÅKESSON", "STRÅVÄGEN 5, 95334 HAPARANDA")
    assert (row["receiver_account"], row["salary"], row["at_once"]) == ("5000000012345678", True, True)
    assert row["text"] == "TACK"
    assert taken(Lb(), GOOD).rows[3]["text"] == "FAKTURA 5"


@pytest.mark.parametrize(("last", "name"), [
    (total(3, 140100), "section count"), (total(5, 140100), "section count"), (total(4, 140101), "section amount"),
    (total(4, 140099), "section amount"), (total(4, -140100), "section amount"), ("12", "section end")])
def test_totals_are_proved(last: str, name: str) -> None:
    data = file(*ORDERS[:-1], last)
    strict, lenient = taken(Lb(), data), taken(Lb(strict=False), data)
    assert name.replace(" ", "_") in strict.error and not strict.rows
    assert len(lenient.rows) == 4 and [check.name for check in lenient.checks if not check.holds] == [name]
    assert [check.name for check in Lb(strict=False).checks(BytesContent(data)) if hasattr(check, "said")
            and not check.holds] == [name]


def test_a_total_below_zero() -> None:
    data = file(opening(), payment("16", "0003783511", 500), total(1, -500))
    assert taken(Lb(), data).rows[0]["amount"] == Decimal("5.00")


def test_a_specification_is_of_money_that_went() -> None:
    data = file(opening("1", "250330", "EUR"), payment("14", "0003783511", 500, when="C0000000000"), total(1, 500))
    row = taken(Lb(), data).rows[0]
    assert (row["status"], row["booked"], row["currency"]) == ("booked", date(2025, 3, 30), "EUR")


def test_a_payment_that_came_about_has_its_type_and_what_is_left_of_a_credit_invoice() -> None:
    data = file(opening("1", "250330"), payment("14", "0003783511", 500, when="C0009912353"),
                payment("16", "0003783511", 100, "KREDIT 1", when="2503301"), f"200003783511250301{900:012}{400:012}",
                total(2, 400))
    found = taken(Lb(), data)
    assert not found.error
    assert (found.rows[0]["payment_type"], found.rows[0]["referred_bankgiro"]) == ("C", "0009912353")
    assert (found.rows[1]["credit_amount"], found.rows[1]["credit_left"]) == (Decimal("9.00"), Decimal("4.00"))
    changed = taken(Lb(strict=False), data.replace(b"200003783511", b"200003783511\t"))
    assert [reject.faults[0].code for reject in changed.rejects] == ["changed_line"] and changed.numbers == [1]


def watched(*days: tuple[str, int, int], left: int, count: int) -> bytes:
    return file(opening("2", "250330"), f"40{700:013} {0:013}-{0:013} {0:013}-",
                f"41{200:013} {0:013}-{0:013} {0:013}-", f"42{0:013} {0:013}-{left:013} {30:013}-",
                *[f"43{day}000000{paid:013} {taken_off:013}-00" for day, paid, taken_off in days],
                f"290009912346{count:08}")


def test_what_is_watched_is_summed_up_by_day() -> None:
    days = [("250401", 300, 0), ("250402", 200, 30)]
    found = taken(Lb(), watched(*days, left=500, count=5))
    assert not found.error
    assert [(row["record"], row["meaning"], row["payments"]) for row in found.rows[:3]] == [
        ("40", "before", Decimal("7.00")), ("41", "paid or cancelled since", Decimal("2.00")),
        ("42", "left", Decimal("5.00"))]
    assert [(row["date"], row["payments"], row["taken_off"]) for row in found.rows[3:]] == [
        (date(2025, 4, 1), Decimal("3.00"), 0), (date(2025, 4, 2), Decimal("2.00"), Decimal("-0.30"))]
    assert "section_amount" in taken(Lb(), watched(*days, left=501, count=5)).error
    assert "section_count" in taken(Lb(), watched(*days, left=500, count=6)).error
    bad = taken(Lb(strict=False), watched(*days, left=500, count=5).replace(b"250402000000", b"250402000000x"))
    assert [reject.faults[0].code for reject in bad.rejects] == ["amount"]
    bad = taken(Lb(strict=False), watched(*days, left=500, count=5).replace(b"43250402", b"43250402\t").rstrip())
    assert len(bad.rejects) == 1


def test_amendments_of_orders_are_noticed() -> None:
    data = file(opening(), "LB0100991234600037835112504012504", payment("14", "0003783511", 5), total(1, 5))
    batches = list(Lb().parse(BytesContent(data)))
    assert [notice.code for batch in batches for notice in batch.notices] == ["amendment"]


def test_returned_cash_payments_are_refused_by_name() -> None:
    assert "returned cash payments" in taken(Lb(), file("12503142503150009912346")).error


def test_nothing_is_paid_to_an_account_in_a_line_that_an_editor_changed() -> None:
    found = taken(Lb(strict=False), GOOD.replace(b"4000009900105000", b"400000990010\t5000"))
    assert [reject.faults[0].code for reject in found.rejects] == ["changed_line"] and found.numbers == [1, 2, 4]


def test_nuls_are_blanks() -> None:
    data = GOOD.replace(b"56897456986", b"5689745698\0").replace(b"290009912346", b"29\0009912346")
    found = taken(Lb(strict=False), data)
    assert found.rows[0]["reference"] == "5689745698" and "\0" not in str([found.rows, found.checks])
    assert len(found.rows) == 4


def test_what_is_odd_is_counted_however_often() -> None:
    data = file(*ORDERS[:-1], *["77"] * 30, ORDERS[-1])
    assert [notice.code for batch in Lb().parse(BytesContent(data)) for notice in batch.notices] == [
        "unknown_record"] * 30


@pytest.mark.parametrize(("when", "day"), [
    ("240229", date(2024, 2, 29)), ("250229", None), ("690101", date(1969, 1, 1)), ("680101", date(2068, 1, 1)),
    ("2504 1", None), ("25040x", None), ("000000", None), ("GENAST", None)])
def test_days_are_those_of_the_calendar(when: str, day: date | None) -> None:
    data = file(opening(), payment("14", "0003783511", 5, when=when), total(1, 5))
    assert taken(Lb(), data).rows[0]["valued"] == day


def test_a_title_before_it_is_no_amendment() -> None:
    found = taken(Lb(), file("LBut-Specifikation", *ORDERS))
    assert not found.error and found.rows[0]["amount"] == Decimal("-980.00")


@pytest.mark.parametrize("line", [payment("14", "0003783511", 1).replace("000000000001", "00000000000x"),
                                  payment("14", "0003783511", 1) + "\tx", payment("14", "0003783511", 1) + "x" * 60])
def test_a_payment_that_cannot_be_read_is_a_reject(line: str) -> None:
    found = taken(Lb(strict=False), file(opening(), line, payment("14", "0003783511", 5), total(2, 6)))
    assert (found.rejects[0].number, found.rejects[0].line, found.numbers) == (1, 2, [2])
    assert found.rejects[0].row and found.rejects[0].row["amount"] is None     # its digits may be another's
    assert taken(Lb(), file(opening(), line, payment("14", "0003783511", 5), total(2, 6))).error


@pytest.mark.parametrize("data", [
    b"", b"a;b\n1;2\n", file(payment("14", "0003783511", 1)), file(total(1)),
    file("000991234250314FIRMAN AB"),
    file(opening().replace("LEVERANT", "NAGOTNYT")), file(opening()[:9] + "\t" + opening()[9:])])
@pytest.mark.parametrize("strict", [True, False])
def test_what_is_no_such_file_is_refused(data: bytes, *, strict: bool) -> None:
    found = taken(Lb(strict=strict), data)
    assert found.error and not found.rows


def test_trimmed_lines_any_line_ends_and_utf_8() -> None:
    lines = [line.rstrip() for line in GOOD.decode("latin-1").split("\r\n")]
    for newline in ("\n", "\r", "\r\n"):
        assert taken(Lb(), newline.join(lines).encode("utf-8-sig")).rows == taken(Lb(), GOOD).rows


def test_it_is_guessed() -> None:
    assert LbSpec.guess("x", b"\xef\xbb\xbf" + GOOD.decode("latin-1").encode()) is not None
    guess = LbSpec.guess("x", b"\r\n\r\n" + GOOD)
    assert guess is not None and guess.score > 0.9
    assert LbSpec.guess("lb.txt", b"01BGMAX") is None and LbSpec.guess("lb.txt", b"") is None


def test_the_published_orders() -> None:
    found = taken(Lb(), sample("bankgirot_lb", "lb_exempel1.txt"))
    assert len(found.rows) == 18 and not found.rejects
    assert [(check.name, check.said) for check in found.checks] == [
        ("section count", 18), ("section amount", Decimal("40417.00"))]
    assert sum(row["amount"] for row in found.rows) == Decimal("-40417.00")
    last = found.rows[-1]
    assert (last["receiver_name"], last["receiver_address"], last["sender_text"]) == (
        "ENSKILDA FIRMAN", "JÄRNVÄGSGATAN 84, 64554 HALLSBERG", "VERIF 30")
    assert [row["record"] for row in found.rows].count("16") == 3


def test_the_published_refusals_have_their_reasons() -> None:
    found = taken(Lb(), sample("bankgirot_lb", "lb_avvisade.txt"))
    assert [(row["amount"], row["reason"], row["status"]) for row in found.rows] == [
        (Decimal("-55000.00"), "0013", "info"), (Decimal("5000.00"), "0013", "info"),
        (Decimal("-2000.00"), "0042", "info"), (Decimal("-15000.00"), "0110", "info"),
        (Decimal("-10000.00"), "0064", "info")]
    assert found.rows[0]["reason_text"] == "MOTTAGARENS BANKKONTO ÄR FELAKTIGT"
    assert found.rows[0]["text"] == "SKADEUTBETALNING"
