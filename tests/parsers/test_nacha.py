"""ACH files: the suite, returns and changes, every total, and real files."""
from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.model.payment import Payment
from haulier.parsers.nacha import Nacha, NachaSpec
from haulier.ports import Parser
from haulier.settings.spec import Env
from haulier.testing.parsers import MIB, ParserSuite, Taken, taken
from parsers.conftest import expected, sample

KNOWN = expected("ach")
FILE = "101 03130001202313801041908161055A094101Federal Reserve Bank   My Bank Name           12345678"
BATCH = "5200ACME Inc                            1231380104PPDPAYROLL         190816   1031300010000001"


def entry(code: str = "22", cents: int = 12345, trace: int = 1, addenda: bool = False) -> str:
    return (f"6{code}231380104987654321        {cents:010d}INV-{trace:<11}Jane Doe                {int(addenda)}"
            f"03130001{trace:07d}")


def addendum(kind: str, text: str) -> str:
    return f"7{kind}{text:<84}0000001"


def made(*entries: str, padding: bool = True, hashed: int = 0, end: str = "\n") -> bytes:
    """A file of one batch with these entries (6) and addenda (7), and its controls as they must be."""
    sixes = [one for one in entries if one[0] == "6"]
    debits = sum(int(one[29:39]) for one in sixes if one[2] in "56789")
    credit = sum(int(one[29:39]) for one in sixes if one[2] in "01234")
    bank = hashed or sum(int(one[3:11]) for one in sixes) % 10**10
    sums = f"{bank:010d}{debits:012d}{credit:012d}"
    lines = [FILE, BATCH, *entries, f"8200{len(entries):06d}{sums}1231380104{'':25}031300010000001"]
    blocks = -(-(len(lines) + 1) // 10)
    lines.append(f"9000001{blocks:06d}{len(entries):08d}{sums}{'':39}")
    lines += ["9" * 94] * (-len(lines) % 10 if padding else 0)
    return (end.join(lines) + end).encode()


def read(data: bytes, parser: Nacha | None = None) -> Taken:
    return taken(parser or Nacha(), data)


def wrong(found: Taken) -> list[str]:
    return [check.name for check in found.checks if not check.holds]


class TestNacha(ParserSuite):
    good = (made(entry(trace=1), entry("27", 500, 2, addenda=True), addendum("05", "Invoice 77"), entry(trace=3)), 3)
    memory = 8 * MIB

    @pytest.fixture
    def parser(self) -> Parser:
        return NachaSpec().build(Env())

    def long(self) -> Iterator[bytes]:
        yield f"{FILE}\n{BATCH}\n".encode()
        body = "".join(f"{entry(trace=one)}\n{addendum('05', 'some text')}\n" for one in range(50)).encode()
        for _ in range(70):
            yield body


def test_an_entry_has_what_its_positions_say() -> None:
    row = read(made(entry())).rows[0]
    assert (row["amount"], row["currency"], row["account"]) == (Decimal("123.45"), "USD", "987654321")
    assert (row["payer_name"], row["payer_account"]) == ("ACME Inc", "1231380104")
    assert (row["name"], row["bank_reference"], row["reference"]) == ("Jane Doe", "031300010000001", "INV-1")
    assert (row["booked"].isoformat(), row["batch"], row["line"]) == ("2019-08-16", "0000001", 3)
    assert Payment.of(row).format == "nacha"


@pytest.mark.parametrize(("code", "side", "sign"), [
    ("22", "receiver", 1), ("27", "receiver", -1), ("32", "receiver", 1), ("37", "receiver", -1),
    ("22", "originator", -1), ("27", "originator", 1), ("52", "receiver", 1), ("55", "receiver", -1)])
def test_the_side_says_which_way_money_goes(code: str, side: Any, sign: int) -> None:
    row = read(made(entry(code)), NachaSpec(side=side).build(Env())).rows[0]
    assert row["amount"] == sign * Decimal("123.45")
    assert row["account"] == ("987654321" if side == "receiver" else "1231380104")


@pytest.mark.parametrize("side", ["receiver", "originator"])
def test_a_debit_that_comes_back_goes_out(side: Any) -> None:
    data = made(entry("26", addenda=True), addendum("99", f"R01{'091012980000088':<15}{'':6}09101298insufficient"))
    row = read(data, NachaSpec(side=side).build(Env())).rows[0]
    assert (row["kind"], row["reason"], row["amount"]) == ("return", "R01", Decimal("-123.45"))
    assert row["original_trace"] == "091012980000088"
    assert ["bank", "091012980000088", None] in row["references"]
    assert (row["payer_name"], row["account"]) == ("Jane Doe", "1231380104")


def test_a_change_is_no_money() -> None:
    data = made(entry("21", 0, addenda=True), addendum("98", f"C01{'091012980000088':<15}{'':6}091012981918171614"))
    row = read(data).rows[0]
    assert (row["kind"], row["status"], row["reason"]) == ("detail", "info", "C01")
    assert (row["corrected"], row["amount"]) == ("1918171614", 0)


def test_prenotes_are_no_money() -> None:
    row = read(made(entry("23", 0))).rows[0]
    assert (row["kind"], row["status"]) == ("detail", "info")


def test_years_of_the_last_century() -> None:
    assert str(read(made(entry()).replace(b"190816   1", b"980816   1")).rows[0]["booked"]) == "1998-08-16"


def test_entries_that_only_tell_are_no_money() -> None:
    assert [row["status"] for row in read(made(entry("24", 0), entry("24", 5, 2))).rows] == ["info", "booked"]


@pytest.mark.parametrize(("kind", "place", "name", "reference"), [
    ("CIE", f"{'Eva Ek':<15}{'CUSTOMER 7':<22}", "Eva Ek", "CUSTOMER 7"),
    ("ATX", f"{'INV-7':<15}0002{'Receiver Co':<18}", "Receiver Co", "INV-7"),
    ("ENR", f"{'':<15}{'Agency':<22}", "Agency", "031300010000001"),
    ("POP", f"{'123456789PHILPA':<15}{'Eva Ek':<22}", "Eva Ek", "123456789"),
    ("SHR", f"{'072212345678910':<15}{'0001234567891123456789':<22}", "", "12345678910"),
    ("TRC", f"{'CHECK 7':<15}{'CHECK1':<6}{'ITEM 1':<16}", "", "CHECK 7")])
def test_where_names_and_references_stand_depends_on_the_class(kind: str, place: str, name: str,
                                                               reference: str) -> None:
    one = entry()
    row = read(made(one[:39] + place + one[76:]).replace(b"PPDPAY", f"{kind}PAY".encode())).rows[0]
    assert (row["name"], row["reference"]) == (name, reference)


def test_where_a_card_was_used_is_a_text() -> None:
    used = f"{'':32}{'Target Store 0049':<27}{'PHILADELPHIA':<15}PA"
    assert read(made(entry("27", addenda=True), addendum("02", used))).rows[0]["text"] == (
        "PAYROLL\nTarget Store 0049 PHILADELPHIA PA")


def test_advices_of_the_banks_own_accounting_are_no_money() -> None:
    entries = [f"6{code}231380104744-5678-99    {cents:012}121042882FILE1{' '}{'Some Bank':<22}  0011000010500001"
               for code, cents in (("81", 700), ("82", 50))]
    sums = f"{2 * 23138010:010}{50:020}{700:020}"
    data = "\n".join([FILE, BATCH.replace("PPD", "ADV"), *entries, f"8280{2:06}{sums}{'':19}031300010000001",
                      f"9{1:06}{1:06}{2:08}{sums}{'':23}"]).encode()
    found = read(data)
    assert not wrong(found) and not found.rejects
    assert [(row["amount"], row["kind"], row["status"], row["account"], row["name"]) for row in found.rows] == [
        (Decimal("7.00"), "detail", "info", "744-5678-99", "Some Bank"),
        (Decimal("-0.50"), "detail", "info", "744-5678-99", "Some Bank")]
    assert wrong(read(data.replace(f"{700:020}".encode(), f"{701:020}".encode(), 1))) == ["credits of the batch"]


def test_remittances_name_their_invoices() -> None:
    data = made(entry(addenda=True), addendum("05", "RMR*IV*0123456789**99.50*100.00\\RMR*IV*77**23.95\\"))
    row = read(data).rows[0]
    assert row["references"][:2] == [["invoice", "0123456789", "99.50"], ["invoice", "77", "23.95"]]
    assert Payment.of(row).references[0].amount == Decimal("99.50")


def test_every_total_is_checked() -> None:
    data = made(entry(), entry("27", 500, 2)).decode()
    assert wrong(read(data.encode())) == []
    lines = data.split("\n")
    for line, first, last, name in [
            (4, 5, 10, "entries and addenda of the batch"), (4, 11, 20, "entry hash of the batch"),
            (4, 21, 32, "debits of the batch"), (4, 33, 44, "credits of the batch"), (5, 2, 7, "batches in the file"),
            (5, 8, 13, "blocks of the file"), (5, 14, 21, "entries and addenda of the file"),
            (5, 22, 31, "entry hash of the file"), (5, 32, 43, "debits of the file"),
            (5, 44, 55, "credits of the file")]:
        width = last - first + 1
        for other in (f"{int(lines[line][first - 1:last]) + 1:0{width}d}", "x" * width):
            bad = lines[line][:first - 1] + other + lines[line][last:]
            assert wrong(read("\n".join([*lines[:line], bad, *lines[line + 1:]]).encode())) == [name]


def test_a_file_that_ends_early_does_not_hold() -> None:
    lines = made(entry(), entry(trace=2)).split(b"\n")
    assert wrong(read(b"\n".join(lines[:4]))) == ["batch control", "file control"]
    assert wrong(read(b"\n".join(lines[:5]))) == ["file control"]


@pytest.mark.parametrize(("line", "code"), [
    (entry().replace("0000012345", "00000x2345"), "bad_amount"),
    (entry().replace("0000012345", "          "), "bad_amount"),
    (entry("99"), "bad_code"), (entry()[:70], "short_record"), (entry() + "0", "long_record")])
def test_a_bad_entry_is_a_reject_and_the_rest_is_read(line: str, code: str) -> None:
    lines = made(entry(), entry(trace=2)).decode().split("\n")
    found = read("\n".join([*lines[:2], line, *lines[3:]]).encode())
    assert [(one.number, one.line, one.faults[0].code) for one in found.rejects] == [(1, 3, code)]
    assert found.numbers == [2]


def test_a_corrected_entry_is_read_below_its_headers() -> None:
    lines = made(entry(), entry(trace=2)).decode().split("\n")
    raw = read("\n".join([*lines[:2], lines[2].replace("12345", "x2345"), *lines[3:]]).encode()).rejects[0].raw
    with pytest.raises(Malformed, match="no number"):
        Nacha().reread(raw, {})
    assert Nacha().reread(raw.replace("x2345", "12345"), {}) == read(made(entry(), entry(trace=2))).rows[0]
    with pytest.raises(Malformed, match="one entry"):
        Nacha().reread(made(entry(), entry(trace=2)).decode(), {})


def test_blocks_of_ten_records_may_have_line_ends() -> None:
    data = made(*[entry(trace=one) for one in range(1, 12)], end="")
    blocks = b"\r\n".join(data[at:at + 940] for at in range(0, len(data), 940))
    assert read(blocks).rows == read(data).rows and len(read(blocks).rows) == 11 and wrong(read(blocks)) == []
    guess = NachaSpec.guess("x", b"\n" + made(entry()))
    assert guess is not None and guess.score > 0.9


@pytest.mark.parametrize("end", ["\r\n", "\r", ""])
def test_line_ends_do_not_matter(end: str) -> None:
    found = read(made(entry(), entry(trace=2), end=end))
    assert [row["bank_reference"] for row in found.rows] == ["031300010000001", "031300010000002"]
    assert wrong(found) == []


def test_lines_without_their_blanks_and_padding_are_fine() -> None:
    data = made(entry(), padding=False)
    found = read(b"\n".join(line.rstrip() for line in data.split(b"\n")))
    assert len(found.rows) == 1
    assert wrong(found) == []


def test_a_second_file_behind_the_first_is_read_too() -> None:
    found = read(made(entry(), padding=False) + made(entry(trace=9)))
    assert len(found.rows) == 2
    assert wrong(found) == []
    assert len(found.checks) == 20


def test_what_belongs_nowhere_is_noticed() -> None:
    lines = made(entry()).decode().split("\n")
    strange = "\n".join([lines[0], addendum("05", "stray"), "X what", lines[3], *lines[1:]]).encode()
    batches = list(Nacha().parse(BytesContent(strange)))
    assert [one.code for batch in batches for one in batch.notices] == [
        "stray_addendum", "unknown_record", "stray_control"]
    outside = read("\n".join([lines[0], lines[2], *lines[1:]]).encode())
    assert outside.rejects[0].faults[0].code == "no_batch"


def test_the_same_entry_is_the_same_in_every_delivery() -> None:
    first = read(made(entry())).rows[0]["identity"]
    grown = read(made(entry(), entry(trace=2)).replace(b"1055A", b"1130B"))
    assert grown.rows[0]["identity"] == first != grown.rows[1]["identity"]


@pytest.mark.parametrize("bad", [b"", b"\n\n", b"hello\n", entry().encode(), b"\x00" * 500])
def test_what_is_no_ach_file_is_said(bad: bytes) -> None:
    assert "file header" in read(bad).error


@pytest.mark.parametrize("name", KNOWN)
def test_all_is_as_is_known(name: str) -> None:
    known, data = KNOWN[name], sample("ach", name)
    found = read(data)
    control = known["file_control"]
    assert not found.rejects
    assert wrong(found) == []
    assert len(found.rows) == known["entries"]
    assert [abs(row["amount"]) * 100 for row in found.rows] == known["amounts_minor"]
    said = {check.name: check.said for check in found.checks if check.name.endswith("file")}
    assert said["batches in the file"] == control["batches"] == known["batches"]
    assert said["entries and addenda of the file"] == control["entry_addenda"]
    assert said["entries and addenda of the file"] == known["entries"] + known["addenda"]
    assert said["entry hash of the file"] == int(control["hash"])
    assert said["debits of the file"] * 100 == control["debit_minor"]
    assert said["credits of the file"] * 100 == control["credit_minor"]
    guess = NachaSpec.guess(name, data[:4096])
    assert guess and guess.score > 0.9


def test_names_abroad_are_in_addenda() -> None:
    rows = read(sample("ach", "iat-mixedCreditDebit.ach")).rows
    assert [(row["name"], row["payer_name"]) for row in rows] == [
        ("BEK Enterprises", "BEK Solutions"), ("ADCAF Enterprises", "ADCAF Solutions")]
    assert rows[0]["currency"] == "USD"
    assert rows[0]["text"].endswith("This is an international payment")


def test_what_arrives_abroad_has_its_own_amount() -> None:
    head = f"5200{'':16}FV3{'':15}MX1231380104IATPAYROLL   USDMXN190816   1031300010000001"
    data = made(entry(), addendum("10", f"SAL{250075:018}{'':22}Eva Ek")).replace(BATCH.encode(), head.encode())
    row = read(data, Nacha(True)).rows[0]
    assert (row["amount"], row["currency"], row["name"]) == (Decimal("-123.45"), "USD", "Eva Ek")
    assert (row["original_amount"], row["original_currency"]) == (Decimal("-2500.75"), "MXN")
    row = read(data.replace(b"USDMXN", b"MXNUSD")).rows[0]
    assert (row["original_amount"], row["original_currency"]) == (None, "")


def test_other_files_are_not_guessed() -> None:
    assert NachaSpec.guess("a.csv", b"1;2;3\n") is None
    assert NachaSpec.guess("a.txt", b"10 lines\n of text") is None


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_character_that_only_machines_see_moves_no_amount(end: str) -> None:
    data = made(entry(), end=end)
    at = data.index(b"987654321") + 9
    for odd in b"\0\x7f\x1a":
        found = read(data[:at] + bytes([odd]) + data[at + 1:])
        assert [row["amount"] for row in found.rows] == [Decimal("123.45")] and all(one.holds for one in found.checks)


def test_an_entry_that_an_editor_changed_is_refused() -> None:
    found = read(made(entry()).replace(b"Jane Doe ", b"Jane Doe\t"))
    assert [reject.faults[0].code for reject in found.rejects] == ["changed_line"] and not found.rows


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_mark_of_byte_order_is_no_record(end: str) -> None:
    assert len(read(b"\xef\xbb\xbf" + made(entry(), end=end)).rows) == 1
