"""Autogiro: payments, refusals and mandates, in new and old layouts."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from haulier.model.payment import Kind, Payment, Status
from haulier.parsers.autogiro import Autogiro, AutogiroSpec
from haulier.ports import Parser
from haulier.testing.parsers import ParserSuite, taken

from .conftest import sample


def opening(content: str) -> str:
    return f"01{'AUTOGIRO':<22}20250314{'':12}{content:<20}4711170009912346"


def old(content: str = "", to: str = "9900") -> str:
    return f"0120250314AUTOGIRO{to:4}{content:<20}{'':20}4711170009912346"


def section(code: str, minor: int, count: int) -> str:
    return f"{code}{'89010032':0>35}2025031400001{minor:018}   {count:08}"


def paid(code: str, minor: int, result: str = "0", payer: int = 101, when: str = "20250314") -> str:
    return f"{code}{when:8}0    {payer:016}{minor:012}0009912346{'FAKTURA 1':<16}{'':10}{result}"


def refund(minor: int) -> str:
    return f"77202503030    {101:016}{minor:012}0009912346{'FAKTURA 1':<16}2025031402"


def ended(*numbers: int) -> str:
    return "09202503149900" + "".join(f"{number:0{6 + 6 * (at % 2)}}" for at, number in enumerate(numbers))


def file(*lines: str, newline: str = "\r\n") -> bytes:
    return "".join(line + newline for line in lines).encode("latin-1")


SPECIFICATION = (opening("BET. SPEC & STOPP TK"), section("15", 50000, 2), paid("82", 20000), paid("82", 30000),
                 paid("82", 99900, "1"), section("16", 100, 1), paid("32", 100), section("17", 5000, 1), refund(5000),
                 ended(1, 3, 1, 1, 1, 1))
GOOD = file(*SPECIFICATION)


class TestAutogiro(ParserSuite):
    good = (GOOD, 5)

    @pytest.fixture
    def parser(self) -> Parser:
        return Autogiro()


class TestLong(ParserSuite):
    good = (GOOD, 5)
    memory = 5 << 20
    fuzzes = 20

    @pytest.fixture
    def parser(self) -> Parser:
        return Autogiro(strict=False, encoding="latin-1")

    def long(self) -> Iterator[bytes]:
        yield file(opening("BET. SPEC & STOPP TK"), section("15", 2_500, 2_500))
        for _ in range(10):
            yield file(*[paid("82", 1)] * 250)
        yield file(ended(1, 2_500, 0, 0, 0, 0))


def test_only_what_came_about_is_booked() -> None:
    rows = taken(Autogiro(), GOOD).rows
    payments = [Payment.of(row) for row in rows]
    assert [(one.amount, one.status) for one in payments] == [
        (Decimal("200.00"), Status.BOOKED), (Decimal("300.00"), Status.BOOKED), (Decimal("999.00"), Status.INFO),
        (Decimal("-1.00"), Status.BOOKED), (Decimal("-50.00"), Status.BOOKED)]
    assert payments[2].reason == "1" and rows[2]["result_text"] == "not covered" and payments[2].booked is None
    assert payments[4].kind is Kind.RETURN and payments[4].reason == "02"
    assert rows[4]["refunded"] == date(2025, 3, 14)
    assert payments[0].batch == "9912346:20250314:00001"
    assert [(one.kind, one.text) for one in payments[0].references] == [("free", "FAKTURA 1"), ("mandate", "101")]


@pytest.mark.parametrize(("at", "line", "name"), [
    (1, section("15", 50001, 2), "section amount"), (1, section("15", 50000, 3), "section count"),
    (5, section("16", 99, 1), "section amount"), (7, section("17", 5000, 0), "section count"),
    (9, ended(2, 3, 1, 1, 1, 1), "file sections 15"), (9, ended(1, 1, 1, 1, 1, 1), "file count 82"),
    (9, ended(1, 3, 0, 1, 1, 1), "file sections 16"), (9, ended(1, 3, 1, 2, 1, 1), "file count 32"),
    (9, ended(1, 3, 1, 1, 2, 1), "file sections 17"), (9, ended(1, 3, 1, 1, 1, 2), "file count 77"),
    (9, "", "end record")])
def test_totals_are_proved(at: int, line: str, name: str) -> None:
    data = file(*[line if at == number else other for number, other in enumerate(SPECIFICATION)])
    strict, lenient = taken(Autogiro(), data), taken(Autogiro(strict=False), data)
    assert name.replace(" ", "_") in strict.error and not strict.rows
    assert [check.name for check in lenient.checks if not check.holds] == [name] and len(lenient.rows) == 5


def test_refusals_in_both_layouts() -> None:
    refused = [f"{code}202503140   {101:016}{minor:012}{'FAKTURA 1':<16}04"
               for code, minor in (("82", 700), ("32", 50))]
    for first in (opening("AVVISADE BET UPPDR"), old("FELLISTA REG.KONTRL")):
        found = taken(Autogiro(), file(first, *refused, ended(1, 50, 1, 700)))
        assert [(row["amount"], row["reason"], row["status"]) for row in found.rows] == [
            (Decimal("7.00"), "04", "info"), (Decimal("-0.50"), "04", "info")]
        assert "file_amount_82" in taken(Autogiro(), file(first, *refused, ended(1, 50, 1, 701))).error


def test_a_specification_in_the_old_layout() -> None:
    end = f"09202503149900{'':14}{100:012}{1:06}{2:06}0000{500:012}"
    found = taken(Autogiro(), file(old(), paid("82", 200), paid("82", 300, "2"), paid("32", 100), end))
    assert [(row["amount"], row["status"]) for row in found.rows] == [
        (Decimal("2.00"), "booked"), (Decimal("3.00"), "info"), (Decimal("-1.00"), "booked")]


def test_orders_have_no_end_and_several_beginnings() -> None:
    found = taken(Autogiro(), file(old(to=""), paid("82", 200, " "), paid("32", 100, " ", when="GENAST  "), old(to=""),
                                   f"040009912346{101:016}{5001:016}{'005560360793'}"))
    assert not found.error
    assert [row["status"] for row in found.rows[:2]] == ["pending"] * 2 and found.rows[1]["at_once"]
    assert found.rows[2] == {"record": "04", "format": "autogiro", "line": 5, "bankgiro": "0009912346", "payer": "101",
                             "account": "0000000000005001", "org": "005560360793", "refused": ""}


def test_seals_are_no_records() -> None:
    key, seal = "00250314HMAC", f"99250314{'0123456789ABCDEF' * 2}"
    orders = (old(to=""), paid("82", 200, " "), f"08{'AB' * 16}")
    found = taken(Autogiro(), file(key, *orders, seal))
    assert len(found.rows) == 1 and not found.error
    found = taken(Autogiro(), file(key, *SPECIFICATION, seal))
    assert len(found.rows) == 5 and not found.error
    guess = AutogiroSpec.guess("x", b"\xef\xbb\xbf" + file(key, *orders, seal))
    assert guess is not None and guess.score > 0.9


def test_an_order_that_moves_a_mandate_has_both_numbers() -> None:
    row = taken(Autogiro(), file(old(to=""), f"050009912346{101:016}0009912353{202:016}")).rows[0]
    assert (row["payer"], row["new_bankgiro"], row["new_payer"]) == ("101", "0009912353", f"{202:016}")


def test_payments_are_counted_all_or_only_those_that_came_about() -> None:
    for count in (3, 2):
        assert not taken(Autogiro(), file(*SPECIFICATION[:-1], ended(1, count, 1, 1, 1, 1))).error


def test_tabs_behind_a_record_are_none_of_it() -> None:
    data = file(*[f"{line}\t \t" for line in SPECIFICATION])
    assert taken(Autogiro(), data).rows == taken(Autogiro(), GOOD).rows


@pytest.mark.parametrize(("line", "date_", "changed", "account"), [
    (f"0009912346196803050000{101:016}108199901012008013{'1':<1}2      8901003232323232", date(1999, 1, 1),
     date(2008, 1, 31), "8901003232323232"),
    (f"0009912346196803050000{101:016}10820080611        2", date(2008, 6, 11), None, ""),
    (f"0009912346196803050000{101:016}1819990101000000002 " [:56] + "20     8901003232323232", date(1999, 1, 1),
     None, "8901003232323232")])
def test_an_extract_of_the_register_has_mandates_only(line: str, date_: date, changed: date | None,
                                                      account: str) -> None:
    found = taken(Autogiro(), file(line, "no mandate", line))
    assert not found.error and [reject.faults[0].code for reject in found.rejects] == ["no_mandate"]
    row = found.rows[0]
    assert (row["bankgiro"], row["payer"], row["org"], row["set_up_by"]) == (
        "0009912346", "101", "196803050000", "receiver")
    assert (row["date"], row["changed"], row["account"]) == (date_, changed, account)
    assert (row["result"], row["result_text"]) == ("2", "being asked for")
    guess = AutogiroSpec.guess("x", file(line))
    assert guess is not None and guess.score > 0.9


def test_amendments_are_summed_up_if_they_came_about() -> None:
    rows = [f"2520250314{101:016}{way}{minor:012}{'':16}{'FAKTURA 1':<16}{result}"
            for way, minor, result in (("82", 700, "12"), ("82", 50, "13"), ("32", 90, "14"))]
    for minor, error in ((700, ""), (750, "file_amount_82")):
        end = f"09202503149900{'':14}{90:012}{1:06}{1:06}0000{minor:012}"
        found = taken(Autogiro(), file(opening("MAKULERING/ÄNDRING"), *rows, end))
        assert error in found.error and bool(found.error) == bool(error)
    found = taken(Autogiro(strict=False), file(opening("MAKULERING/ÄNDRING"), *rows))
    assert [row["result_text"] for row in found.rows] == ["cancelled", "no such payment", "date changed"]


def test_an_advice_says_what_its_codes_mean() -> None:
    data = file(opening("AG-MEDAVI"), f"730009912346{101:016}{5001:016}005560360793     420420250314",
                "09202503149900" + "0000001")
    row = taken(Autogiro(), data).rows[0]
    assert (row["info"], row["info_text"]) == ("42", "answer of the bank about a new payer")
    assert (row["result"], row["result_text"]) == ("04", "no such mandate")


def test_electronic_mandates_with_their_texts() -> None:
    data = file("51202503149900" + "0009912346" + "AG-EMEDGIV", f"520009912346{101:016}{5001:016}005560360793     0",
                "53Medlem 5", f"54{'Eva Ek':<36}c/o Bo Ek", "5612345Storåker", "592025031499000000004")
    row = taken(Autogiro(), data).rows[0]
    assert (row["record"], row["payer"], row["text"]) == ("52", "101", "Medlem 5\nEva Ek\nc/o Bo Ek\n12345 Storåker")


@pytest.mark.parametrize(("old_text", "new", "code"), [
    ("000000020000", "0000000x0000", "amount"), ("FAKTURA 1", "FAKTURA\t1", "changed_line"),
    ("8220250314", "8220250231", "date")])
def test_a_payment_that_cannot_be_read_is_a_reject(old_text: str, new: str, code: str) -> None:
    found = taken(Autogiro(strict=False), GOOD.replace(old_text.encode(), new.encode(), 1))
    assert [(reject.number, reject.line, reject.faults[0].code) for reject in found.rejects] == [(1, 3, code)]
    assert found.numbers == [2, 3, 4, 5]
    (reject,) = found.rejects
    assert reject.row and (reject.row["amount"] is None) == (code != "date")


@pytest.mark.parametrize("data", [
    b"", b"a;b\n1;2\n", b"01BGMAX", file(opening("NYTT")), file(SPECIFICATION[0], paid("82", 1)),
    file(SPECIFICATION[0], SPECIFICATION[1].replace("20250314", "20250231")), file("01\t" + SPECIFICATION[0][2:])])
@pytest.mark.parametrize("strict", [True, False])
def test_what_is_no_such_file_is_refused(data: bytes, *, strict: bool) -> None:
    found = taken(Autogiro(strict=strict), data)
    assert found.error and not found.rows


def test_it_is_guessed() -> None:
    for first in (SPECIFICATION[0], old("FELLISTA REG.KONTRL"), "51202503149900" + "0009912346" + "AG-EMEDGIV"):
        guess = AutogiroSpec.guess("x", file(first))
        assert guess is not None and guess.score > 0.9
    assert AutogiroSpec.guess("autogiro.txt", b"01BGMAX") is None


def test_the_published_specification() -> None:
    found = taken(Autogiro(), sample("autogiro", "betalningsspecifikation.txt"))
    assert len(found.rows) == 14 and not found.rejects and all(check.holds for check in found.checks)
    booked = [row for row in found.rows if row["status"] == "booked"]
    sums = {code: sum(row["amount"] for row in booked if row["record"] == code) for code in ("82", "32", "77")}
    assert sums == {"82": Decimal("15000.00"), "32": Decimal("-3000.00"), "77": Decimal("-700.00")}


def test_the_published_refusals() -> None:
    found = taken(Autogiro(), sample("autogiro", "avvisade-betalningsuppdrag.txt"))
    assert len(found.rows) == 12 and not found.rejects
    sums = {code: sum(row["amount"] for row in found.rows if row["record"] == code) for code in ("82", "32")}
    assert sums == {"82": Decimal("1925.51"), "32": Decimal("-1727.00")}
    assert found.rows[0]["reason"] == "04" and found.rows[6]["reference"] == "RIDLEKTION ÅTERB"


def test_the_published_advice_of_mandates() -> None:
    found = taken(Autogiro(), sample("autogiro", "medgivandeavisering.txt"))
    assert len(found.rows) == 10 and {row["record"] for row in found.rows} == {"73"}
    assert (found.rows[0]["payer"], found.rows[0]["result"], found.rows[0]["date"]) == ("103", "32", date(2008, 6, 11))
