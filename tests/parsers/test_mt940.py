"""MT940 and MT942: the suite, and what their fields mean."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from haulier.core.content import BytesContent
from haulier.model.errors import Invalid, Malformed
from haulier.model.payment import Kind, Payment, RefKind, Status
from haulier.model.record import RAW, Check, Notice
from haulier.parsers.mt940 import Mt940, Mt940Spec
from haulier.ports import Parser
from haulier.settings.registry import parser as parser_named
from haulier.settings.spec import Env
from haulier.testing.parsers import MIB, ParserSuite, taken

HEAD = ":20:STMT1\n:25:DE001/123\n:28C:7/1\n:60F:C231229EUR100,00\n"
TWO = (f"{HEAD}:61:2312291229C50,NTRFNONREF//B1\n:86:first\n"
       ":61:2401021229D20,5NTRFNONREF//B2\n:86:second\n:62F:C231229EUR129,50\n-\n")


def read(text: str | bytes, parser: Mt940 | None = None) -> Any:
    return taken(parser or Mt940(), text if isinstance(text, bytes) else text.encode())


def one(entry: str, head: str = HEAD) -> dict[str, Any]:
    """The row of a statement with this entry only."""
    found = read(f"{head}{entry}\n")
    assert len(found.rows) == 1, found
    return found.rows[0]


def notices(text: str) -> list[Notice]:
    return [notice for batch in Mt940().parse(BytesContent(text.encode())) for notice in batch.notices]


class TestMt940(ParserSuite):
    good = (TWO.encode() + TWO.replace("7/1", "8/1").replace("C231229EUR100,00", "C231229EUR129,50")
            .replace("62F:C231229EUR129,50", "62F:C231229EUR159,").encode(), 4)

    memory = 10 * MIB

    @pytest.fixture
    def parser(self) -> Parser:
        return Mt940Spec().build(Env())

    def long(self) -> Iterator[bytes]:
        texts = "\n".join([":86:"] + ["a long text " * 60] * 3)
        statement = TWO.replace(":86:first", texts).replace(":86:second", texts).encode()
        return (statement * 20 for _ in range(50))


def test_many_blanks_are_read_at_once() -> None:
    found = read(f"{HEAD}:61:231229{' ' * 60_000}X\n")     # would take minutes if each was looked at from each
    assert [reject.faults[0].code for reject in found.rejects] == ["bad_entry"]
    assert Mt940Spec.guess("file", b"\n" * 60_000) is None


def test_entries_have_what_their_fields_say() -> None:
    first, second = read(TWO).rows
    assert (first["amount"], first["currency"], first["account"]) == (Decimal("50"), "EUR", "DE001/123")
    assert (first["bank_reference"], first["text"], first["type"]) == ("B1", "first", "NTRF")
    assert (first["format"], first["statement"], first["number"]) == ("mt940", "STMT1", "7/1")
    assert second["amount"] == Decimal("-20.5")
    assert Payment.of(second).status is Status.BOOKED


def test_the_entry_date_is_of_the_year_that_is_near() -> None:
    second = read(TWO).rows[1]
    assert (second["valued"], second["booked"]) == (date(2024, 1, 2), date(2023, 12, 29))
    assert one(":61:2312300102D1,NTRFNONREF")["booked"] == date(2024, 1, 2)
    assert one(":61:231230D1,NTRFNONREF")["booked"] == date(2023, 12, 30)


@pytest.mark.parametrize(("mark", "amount", "kind"), [
    ("C", 5, "payment"), ("D", -5, "payment"), ("RC", -5, "reversal"), ("RD", 5, "reversal"),
    ("CR", 5, "payment"), ("DR", -5, "payment"), ("RCR", -5, "reversal"), ("RDR", 5, "reversal"),
    ("DD", -5, "payment"), ("CN", 5, "payment"), ("CK", 5, "payment")])
def test_marks_say_which_way_money_goes(mark: str, amount: int, kind: str) -> None:
    row = one(f":61:231229{mark}5,NTRFNONREF")
    assert (row["amount"], row["kind"]) == (Decimal(amount), kind)


@pytest.mark.parametrize(("text", "amount"), [
    ("9,", "9"), ("3236,28", "3236.28"), ("000000000025,00", "25"), ("0,00", "0"), (",50", "0.5"), ("12.34", "12.34")])
def test_amounts_are_exact(text: str, amount: str) -> None:
    found = one(f":61:231229C{text}NTRFNONREF")["amount"]
    assert isinstance(found, Decimal)
    assert found == Decimal(amount)


@pytest.mark.parametrize("text", ["1,2,3", "1.000,00", ",", "1,123456", "1234567890123456789"])
def test_what_is_no_amount_is_no_row(text: str) -> None:
    found = read(f"{HEAD}:61:231229C{text}NTRFNONREF\n:61:231229C1,NTRFNONREF\n:62F:C231229EUR101,\n")
    assert [fault.code for reject in found.rejects for fault in reject.faults] == ["bad_amount"]
    assert found.numbers == [2]


def test_a_bad_line_is_a_reject_and_the_rest_is_read() -> None:
    found = read(TWO.replace("2312291229C50,", "2313451229C50,") + TWO)
    reject = found.rejects[0]
    assert (reject.number, reject.line, reject.faults[0].code) == (1, 5, "bad_date")
    assert ":61:2313451229C50,NTRFNONREF//B1\n:86:first" in reject.raw
    assert found.numbers == [2, 3, 4]
    assert [check.holds for check in found.checks] == [False, True]


def test_a_corrected_entry_is_read_with_the_head_of_its_statement() -> None:
    reject = read(TWO.replace("2312291229C50,", "2313451229C50,")).rejects[0]
    row = Mt940().reread(reject.raw.replace("231345", "231229"), {})
    assert row == {**read(TWO).rows[0]}
    with pytest.raises(Malformed, match="no date"):
        Mt940().reread(reject.raw, {})
    with pytest.raises(Malformed, match="one entry"):
        Mt940().reread(TWO, {})


def test_the_raw_text_of_a_row_can_be_read_again() -> None:
    batch = next(iter(Mt940().parse(BytesContent(TWO.encode()))))
    assert len(batch.raw(0)) <= RAW
    assert Mt940().reread(batch.raw(1), {})["identity"] == batch.rows[1]["identity"]


def test_days_that_there_are_not_are_the_last_of_their_month() -> None:
    text = f"{HEAD}:61:2302300301D6,NMSCNONREF\n"
    assert read(text).rows[0]["valued"] == date(2023, 2, 28)
    assert [notice.code for notice in notices(text)] == ["no_such_day"]


def test_a_statement_that_ends_early_does_not_hold() -> None:
    found = read(TWO[:TWO.index(":62F")])
    assert found.checks == [Check("closing balance", None, Decimal("129.5"), 1, "DE001/123 7/1 EUR")]


def test_balances_are_checked_statement_by_statement() -> None:
    found = read(TWO + TWO.replace("EUR129,50", "EUR129,51"))
    assert [(check.said, check.found, check.holds) for check in found.checks] == [
        (Decimal("129.50"), Decimal("129.50"), True), (Decimal("129.51"), Decimal("129.50"), False)]
    assert found.checks[1].line == 19


def test_pages_go_on_where_the_one_before_ended() -> None:
    first, second = TWO.replace("62F", "62M"), TWO.replace("60F", "60M").replace("7/1", "7/2")
    good = first + second.replace("100,00", "129,50").replace("62F:C231229EUR129,50", "62F:C231229EUR159,")
    assert [check.holds for check in read(good).checks] == [True] * 3
    assert [(check.name, check.holds) for check in read(first + second).checks] == [
        ("closing balance", True), ("closing balance", True), ("opening balance of a page", False)]


def test_a_statement_that_is_missing_is_noticed() -> None:
    assert [notice.code for notice in notices(TWO + TWO.replace("7/1", "9/1"))] == ["balance_gap"]


def test_a_balance_that_cannot_be_read_costs_no_entry() -> None:
    found = read(TWO.replace("C231229EUR100,00", "C231229EURxx"))
    assert len(found.rows) == 2
    assert [check.holds for check in found.checks] == [False]


def test_without_a_currency_there_is_no_payment() -> None:
    text = ":20:A\n:25:1\n:61:231229C5,NTRFNONREF\n"
    assert read(text).rejects[0].faults[0].code == "no_currency"
    assert read(text, Mt940(currency="SEK")).rows[0]["currency"] == "SEK"


def test_mt942_is_pending_and_says_its_sums() -> None:
    text = (":20:X\n:25:DE1\n:28C:1/1\n:34F:EURD0,\n:34F:EURC0,\n:13D:2312291730+0100\n:61:231229D2,NTRFNONREF\n"
            ":61:231229EC3,NTRFNONREF\n:61:231229C4,NTRFNONREF\n:90D:1EUR2,\n:90C:2EUR7,01\n-\n")
    found = read(text)
    assert [row["status"] for row in found.rows] == ["pending"] * 3
    assert {row["format"] for row in found.rows} == {"mt942"}
    assert [(check.name, check.holds) for check in found.checks] == [
        ("number of debits", True), ("sum of debits", True), ("number of credits", True), ("sum of credits", False)]
    booked = read(text, Mt940(interim=Status.BOOKED))
    assert [row["status"] for row in booked.rows] == ["booked", "pending", "booked"]    # expected ones are no money


def test_swift_blocks_are_taken_off() -> None:
    block = "{1:F01AAAAAAAAXXXX}{2:I940BBBBBBBBXXXXN}{4:\n" + TWO.removesuffix("-\n") + "-}"
    assert read(block + block).rows == read(TWO + TWO).rows or len(read(block + block).rows) == 4
    assert len(read("{1:F01A}{2:O942B}{4:" + TWO.removesuffix("-\n") + "-}{5:{CHK:1}}").rows) == 2


def test_what_stands_around_messages_is_left_out() -> None:
    found = read(f"A bank's own head\n\n:940:\n{TWO}\x03\nABNANL2A\n940\nABNANL2A\n{TWO}")
    assert [row["text"] for row in found.rows] == ["first", "second"] * 2


def test_fields_behind_a_closing_balance_are_not_of_an_entry() -> None:
    assert read(TWO.replace("\n-\n", "\n:86:of the statement\n-\n")).rows[1]["text"] == "second"


def test_an_entry_behind_a_dash_is_not_lost() -> None:
    found = read(TWO.replace("first\n", "first\n-\n"))
    assert len(found.rows) == 2
    assert all(check.holds for check in found.checks)


def test_an_entry_before_any_statement_is_refused() -> None:
    found = read(":61:231229C5,NTRFNONREF\n" + TWO)
    assert found.rejects[0].faults[0].code == "outside_statement"
    assert len(found.rows) == 2


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n"])
def test_line_ends_do_not_matter(end: str) -> None:
    rows = [{**row, "line": 0} for row in read(TWO.replace("\n", end)).rows]
    assert rows == [{**row, "line": 0} for row in read(TWO).rows]


def test_encodings_are_seen() -> None:
    text = TWO.replace("first", "Förste é")
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("latin-1")):
        assert read(data).rows[0]["text"] == "Förste é"
    euro = TWO.replace("first", "5 €").encode("cp1252")
    assert read(euro, Mt940Spec(encoding="cp1252").build(Env())).rows[0]["text"] == "5 €"
    with pytest.raises(Invalid, match="encoding"):
        Mt940Spec(encoding="utf-16").build(Env())
    with pytest.raises(Invalid, match="encoding"):
        Mt940Spec(encoding="hex").build(Env())


def test_equal_entries_are_two_and_the_same_in_every_delivery() -> None:
    twice = f"{HEAD}:61:231229C5,NMSCNONREF\n:86:coffee\n:61:231229C5,NMSCNONREF\n:86:coffee\n"
    first, second = (row["identity"] for row in read(twice).rows)
    assert first != second
    grown = read(f"{HEAD}:61:231229C7,NMSCNONREF\n:86:new\n{twice.removeprefix(HEAD)}")
    assert [row["identity"] for row in grown.rows][1:] == [first, second]
    next_one = read(twice.replace("7/1", "8/1"))
    assert not {first, second} & {row["identity"] for row in next_one.rows}


def test_statements_without_entries_come_in_batches_too() -> None:
    empty = HEAD + ":62F:C231229EUR100,00\n-\n"
    batches = list(Mt940().parse(BytesContent(empty.encode() * 1200)))
    assert [len(batch.facts.get("statements", [])) for batch in batches] == [500, 500, 200]


@pytest.mark.parametrize("bad", [b"", b"hello\n", b"<xml/>", b":61:231229C5,NTRFNONREF\n", bytes(range(256))])
def test_what_is_no_statement_is_said(bad: bytes) -> None:
    assert ":20:" in read(bad).error


def test_an_endless_line_is_no_statement() -> None:
    assert "longer than" in read(HEAD.encode() + b"x" * 70_000).error


def test_guesses_its_own(tmp_path: Path) -> None:
    guess = Mt940Spec.guess("x.sta", TWO.encode())
    assert guess and guess.score > 0.9
    assert Mt940Spec.guess("x.csv", b"a;b\n1;2\n") is None
    assert parser_named("mt940") is Mt940Spec
    assert Mt940Spec.money


def test_an_account_where_a_reference_belongs_is_an_account() -> None:
    row = one(":61:2001010101D65,00NOVBNL47INGB9999999999\nhr gjlm paulissen\n:86:text")
    assert (row["payer_account"], row["payer_name"]) == ("NL47INGB9999999999", "hr gjlm paulissen")
    assert row["references"] == [["free", "text", None]]


def test_marks_may_be_small_letters() -> None:
    """As in examples that ABN AMRO has published."""
    assert one(":61:1205120514d1,01N946NONREF")["amount"] == Decimal("-1.01")
    row = one(":61:1205120514rd1,01N946NONREF", HEAD.replace(":60F:C", ":60F:c"))
    assert (row["amount"], row["kind"], row["mark"]) == (Decimal("1.01"), Kind.REVERSAL, "RD")


def test_kinds() -> None:
    assert one(":61:231229D5,NRTINONREF")["kind"] == Kind.RETURN
    assert one(":61:231229D5,NCHGNONREF")["kind"] == Kind.FEE
    assert one(":61:231229D5,NTRFNONREF\n:86:191?00SAMMLER?20KREF+M1")["kind"] == Kind.BATCH
    notice, = notices(f"{HEAD}:61:231229D5,NTRFNONREF\n:86:191?00SAMMLER?20KREF+M1\n")
    assert notice.code == "batch" and notice.text.startswith("-5 EUR are of several payments")
    assert {kind.value for kind in RefKind} >= {ref[0] for ref in read(TWO).rows[0]["references"]}


def test_balances_are_read_as_banks_leave_them() -> None:
    plain = ":62F:C231229EUR129,50\n-\n"
    for end in (":62F:C231229129,50\n-\n", ":62F:C231229EUR129,50\n -\n", ":62F:C231229EUR129,50\n-\u00e5\n",
                ":62F:C231229EUR129,50\n-+@17@\n"):
        found = read(TWO.replace(plain, end))
        assert [check.holds for check in found.checks] == [True], end
        assert not notices(TWO.replace(plain, end)), end


def test_a_floor_and_sums_without_a_number_are_read() -> None:
    text = (":20:X\n:25:DE1\n:28C:0\n:34F:EUR 999999999,99\n:13:2312291730\n:61:231229D0,07NMSCNONREF\n"
            ":90D:1EUR,07\n:90C:EUR,00\n")
    found = read(text)
    assert [row["currency"] for row in found.rows] == ["EUR"]
    assert [(check.name, check.holds) for check in found.checks] == [
        ("number of debits", True), ("sum of debits", True), ("sum of credits", True)]


def test_who_stands_where_a_reference_belongs() -> None:
    row = one(":61:231229D000000000012,30N0440456123789      A.B. Klaassen\n:86:text")
    assert (row["payer_account"], row["payer_name"], row["customer_reference"]) == ("0456123789", "A.B. Klaassen", "")
    row = one(":61:231229D000000000012,30N044NONREF          Bakker & Zn\n:86:text")
    assert (row["payer_account"], row["payer_name"], row["references"]) == ("", "Bakker & Zn", [["free", "text", None]])
    row = one(":61:231229D20,00NIOB0987654399\nklaassen ab\n:86:0987654399 klaassen ab\nhuur mei")
    assert (row["payer_account"], row["payer_name"], row["reference"]) == ("0987654399", "klaassen ab", "")
    row = one(":61:231229C1,41NOV EV77411REP170555\n:86:text")
    assert (row["payer_account"], row["reference"]) == ("", "EV77411REP170555"), "16 characters are a reference"


def test_national_fields_are_taken_apart() -> None:
    row = one(":61:231229C5,S051NONREF\n:NS:01Rechnung 4711\n02vom Mai\n15Erika Muster\n17GUTSCHRIFT\n1812345\n"
              "3337010099\n341234509876\n")
    assert row["text"] == "Rechnung 4711 vom Mai\nGUTSCHRIFT"
    assert (row["payer_name"], row["payer_account"]) == ("Erika Muster", "1234509876")


def test_blanks_before_each_line_do_not_matter() -> None:
    text = "{1:BANK}{2:940SI}{4:\n" + TWO.replace("\n-\n", "\n-}\n")
    indented = "".join(f"        {line}\n" for line in text.splitlines())
    assert read(indented).rows == read(text).rows
    guess = Mt940Spec.guess("statement", indented.encode())
    assert guess and guess.score > 0.9


def test_lines_that_hbci_joined() -> None:
    joined = "@@" + TWO.replace("\n", "@@")
    assert [row | {"line": 0} for row in read(joined).rows] == [row | {"line": 0} for row in read(TWO).rows]
    guess = Mt940Spec.guess("statement", joined.encode())
    assert guess and guess.score > 0.9
    assert one(":61:231229C5,NTRFNONREF\n:86:a@@b").get("text") == "a@@b"


def test_an_entry_has_no_end_of_fields_and_a_statement_no_end_of_totals() -> None:
    text = f"{HEAD}:61:231229C50,NTRFREF\n" + ":86:x\n" * 1000 + ":90C:1EUR50,\n" * 1000
    batches = list(Mt940().parse(BytesContent(text.encode())))
    (row,) = [row for batch in batches for row in batch.rows]
    assert row["text"].count("x") == 99 and sum(len(batch.checks) for batch in batches) == 21
    assert "long_entry" in {notice.code for batch in batches for notice in batch.notices}


def test_accounts_of_several_currencies_have_balances_of_their_own() -> None:
    assert not notices(TWO + TWO.replace("EUR", "USD"))
    assert [one.code for one in notices(TWO + TWO)] == ["balance_gap"]
