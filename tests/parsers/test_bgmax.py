"""BgMax: what rows are, and what is done with lines that are not as they should be."""
from __future__ import annotations

import tracemalloc
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from haulier.core.content import BytesContent, FileContent
from haulier.model.payment import Kind, Payment, RefKind
from haulier.model.record import Batch, Notice
from haulier.parsers.bgmax import BgMax, BgMaxSpec
from haulier.parsers.bgmax_controls import FIRST
from haulier.ports import Parser
from haulier.testing.banks import Deposit, Paid, bgmax, bgmax_file, bgmax_lines, check_digit
from haulier.testing.parsers import ParserSuite, Taken, taken

OCR = check_digit("12345")
KRONOR = Decimal("100.00")
PAYER = check_digit("378351")


def paid(amount: Any = KRONOR, reference: str = OCR, **more: Any) -> Paid:
    return Paid(Decimal(amount), reference, payer=more.pop("payer", PAYER), **more)


def changed(data: bytes, old: str, new: str, count: int = 1) -> bytes:
    before, after = old.encode("latin-1"), new.encode("latin-1")
    assert before in data
    return data.replace(before, after, count)


def notices(data: bytes, parser: BgMax | None = None) -> list[Notice]:
    batches: list[Batch] = list((parser or BgMax()).parse(BytesContent(data)))
    return [notice for batch in batches for notice in batch.notices]


def one(data: bytes, parser: BgMax | None = None) -> dict[str, Any]:
    found = taken(parser or BgMax(), data)
    assert not found.error and len(found.rows) == 1, found
    return found.rows[0]


class TestBgMax(ParserSuite):
    good = (bgmax_file([
        (Deposit(), [paid(name="Åsa", street="Gatan 1", postal_code="12345", city="Storåker", org="5560360793"),
                     paid("-30", "kredit 7"), paid(reference="", extra=[(OCR, Decimal(0))], texts=["ett", " två"])]),
        (Deposit(serial=2, currency="EUR"), [paid("7.01", extra=[("A1", Decimal("9.01")), ("A2", Decimal(-2))])])]), 4)

    @pytest.fixture
    def parser(self) -> Parser:
        return BgMax()


class TestLenient(ParserSuite):
    """What is delivered although totals do not hold must be as sound."""

    good = TestBgMax.good
    fuzzes = 40

    @pytest.fixture
    def parser(self) -> Parser:
        return BgMax(strict=False)


def test_memory_does_not_grow_with_a_section(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    payments = (paid(100 + at % 7, str(at), name=f"Nr {at}") for at in range(8_000))
    with path.open("w", encoding="latin-1", newline="") as file:
        file.writelines(line + "\r\n" for line in bgmax_lines([(Deposit(), payments)]))
    tracemalloc.start()
    try:
        count = sum(len(batch.rows) for batch in BgMax().parse(FileContent(path, "long")))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 8_000
    assert peak < 6 << 20   # all of its rows would take some 12 MiB


def test_a_file_may_have_more_deposits_than_are_kept() -> None:
    data = bgmax_file((Deposit(serial=at), [paid()]) for at in range(1, FIRST + 3))
    for parser in (BgMax(), BgMax(strict=False)):
        found = taken(parser, data)
        assert not found.error
        assert [int(row["deposit_serial"]) for row in found.rows] == list(range(1, FIRST + 3))


def test_a_row_is_a_payment() -> None:
    row = one(bgmax([paid("1800", name="Kalles Plåt AB", street="Storgatan 2", postal_code="12345", city="Storåker",
                          org="5560000521", texts=["Faktura", " 665869"], extra=[("A7", Decimal(0))])],
                    Deposit(deposited=date(2024, 5, 25), serial=56)))
    payment = Payment.of(row)
    assert (payment.amount, payment.currency, payment.kind) == (Decimal("1800.00"), "SEK", Kind.PAYMENT)
    assert (payment.booked, payment.account, payment.payer_account) == (date(2024, 5, 25), "9912346", PAYER)
    assert payment.payer_name == "Kalles Plåt AB"
    assert payment.payer_address == "Storgatan 2, 12345 Storåker"
    assert payment.payer_org == "005560000521"
    assert payment.text == "Faktura\n 665869"
    assert [(one.kind, one.text, one.amount) for one in payment.references] == [
        (RefKind.OCR, OCR, None), (RefKind.FREE, "A7", None)]
    assert payment.identity == f"bgmax:9912346:2024-05-25:00056:20:000000000001:{OCR}"
    assert payment.more["deposit_serial"] == "00056"
    assert payment.more["deposit_account"] == "5841000001009823"


def test_a_deduction_is_negative() -> None:
    found = taken(BgMax(), bgmax([paid("100"), paid("-30", "kredit")]))
    assert [row["amount"] for row in found.rows] == [Decimal("100.00"), Decimal("-30.00")]
    assert [row["kind"] for row in found.rows] == ["payment", "deduction"]
    assert ":21:" in found.rows[1]["identity"]


def test_further_references_are_never_money() -> None:
    row = one(bgmax([paid("100", "", extra=[("A", Decimal("130")), ("B", Decimal("-30"))])]))
    assert row["amount"] == KRONOR
    assert row["references"] == [["free", "A", "130.00"], ["free", "B", "-30.00"]]
    assert row["reference"] == "A"


def test_parts_that_do_not_sum_up_are_noticed() -> None:
    data = bgmax([paid("100", "", extra=[("A", Decimal("130")), ("B", Decimal("-31"))])])
    assert [notice.code for notice in notices(data)] == ["split"]


def test_blanks_inside_a_reference_are_kept() -> None:
    assert one(bgmax([paid(reference="100252            1000014")]))["reference"] == "100252            1000014"


def test_an_organisation_number_keeps_its_zeros() -> None:
    assert one(bgmax([paid(org="0160001234")]))["payer_org"] == "000160001234"


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r", "\r\n\r\n"])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_line_ends_and_letters_do_not_matter(newline: str, encoding: str) -> None:
    data = bgmax([paid(name="Åsa Öqvist"), paid(reference="räkning 5")], newline=newline, encoding=encoding)
    found = taken(BgMax(), data)
    assert not found.error
    assert found.rows[0]["payer_name"] == "Åsa Öqvist"
    assert found.rows[1]["amount"] == KRONOR


def test_mixed_line_ends_and_what_dos_put_at_the_end() -> None:
    lines = bgmax([paid(name="A"), paid(name="B")]).decode().split("\r\n")
    data = "\r\n".join(lines[:3]) + "\n" + "\r".join(lines[3:]) + "\r\n\r\n\x1a"
    found = taken(BgMax(), data.encode())
    assert not found.error and len(found.rows) == 2


def test_code_page_850_is_said() -> None:
    assert one(bgmax([paid(name="Åsa")], encoding="cp850"), BgMax(encoding="cp850"))["payer_name"] == "Åsa"


@pytest.mark.parametrize("declared", ["latin-1", "cp850", "utf-8", "auto"])
def test_a_mark_of_byte_order_counts_more_than_what_is_declared(declared: str) -> None:
    data = bgmax([paid(name="Åsa")], encoding="utf-8-sig")
    assert one(data, BgMax(encoding=declared))["payer_name"] == "Åsa"
    assert taken(BgMax(encoding=declared), data, chunk=1).rows == taken(BgMax(), data).rows


def test_bytes_that_are_not_the_declared_letters_are_told_with_their_line() -> None:
    found = taken(BgMax(encoding="utf-8"), bgmax([paid(name="Åsa")]))
    assert "line 4 is not utf-8" in found.error and not found.rows


def test_trimmed_lines_are_whole() -> None:
    data = b"\r\n".join(line.rstrip() for line in bgmax([paid(name="A"), paid()]).split(b"\r\n"))
    assert taken(BgMax(), data).rows == taken(BgMax(), bgmax([paid(name="A"), paid()])).rows


def test_two_equal_payments_are_two() -> None:
    rows = taken(BgMax(), bgmax([paid(), paid()])).rows
    assert len(rows) == 2 and rows[0]["identity"] != rows[1]["identity"]


def test_without_a_serial_number_there_is_no_identity() -> None:
    data = changed(bgmax([paid(reference="x")]), "31000000000001", "31" + " " * 12)
    assert one(data)["identity"] == "" and one(data)["bank_reference"] == ""


def test_an_unknown_record_is_noticed_and_ends_no_payment() -> None:
    data = changed(bgmax([paid(name="A")]), "26A", "24new".ljust(80) + "\r\n26A")
    assert one(data)["payer_name"] == "A"
    assert [(notice.code, notice.line) for notice in notices(data)] == [("unknown_record", 4)]


@pytest.mark.parametrize(("place", "value", "code"), [
    (55, "7", "reserved_reference_code"), (56, "8", "reserved_channel"),
    (69, "2", "reserved_image")])
def test_reserved_codes_are_kept_and_noticed(place: int, value: str, code: str) -> None:
    lines = bgmax([paid()]).decode().split("\r\n")
    lines[2] = lines[2][:place] + value + lines[2][place + 1:]
    data = "\r\n".join(lines).encode()
    assert one(data)[code.removeprefix("reserved_")] == value
    assert [notice.code for notice in notices(data)] == [code]


@pytest.mark.parametrize(("data", "code"), [
    (bgmax([paid(0)]), "zero_amount"),
    (bgmax([paid()], Deposit(deposited=date(2999, 1, 1))), "future_date"),
    (bgmax([paid(payer="3783512")]), "payer_check_digit"),
    (bgmax([paid(org=check_digit("55600005") + "0")]), "org_check_digit"),
    (bgmax([paid(reference="123456", code="2")]), "ocr_check_digit"),
    (bgmax([paid(), paid("-1", payer=check_digit("555555"))]), "lone_deduction"),
    (changed(bgmax([]), "15000", "26Nobody".ljust(80) + "\r\n15000"), "lone_record"),
])
def test_what_is_odd_is_noticed(data: bytes, code: str) -> None:
    assert code in [notice.code for notice in notices(data, BgMax(strict=False))]


def test_references_without_their_length_are_noticed_if_asked_for() -> None:
    right, wrong = check_digit("12346"), check_digit("12341")
    data = bgmax([paid(reference=right), paid(reference=wrong)])
    assert [notice.line for notice in notices(data, BgMax(length_digit=True))] == [4]
    assert notices(data) == []


def test_many_notices_are_counted_and_few_are_told() -> None:
    data = bgmax([paid(0) for _ in range(300)])
    batches = list(BgMax().parse(BytesContent(data)))
    assert batches[-1].facts["notices"] == {"zero_amount": 300}
    assert sum(len(batch.notices) for batch in batches) == 20


def test_wrong_check_digits_of_the_last_payments_are_counted_too() -> None:
    wrong = str(int(PAYER) ^ 1)
    last = list(BgMax().parse(BytesContent(bgmax([paid(payer=wrong), paid(payer=wrong)]))))[-1]
    assert last.facts["notices"] == {"payer_check_digit": 2}


def refused(data: bytes) -> Taken:
    """Of a file that is read although its totals do not hold."""
    found = taken(BgMax(strict=False), data)
    assert not found.error
    return found


@pytest.mark.parametrize(("old", "new", "code"), [
    ("00000000000001000021", "0000000000\t001000021", "changed_line"),
    ("00000000000001000021", "00000000000001000021" + " " * 30 + "x", "changed_line"),
    ("000000000000010000", "0000000000000l0000", "amount"),
    ("200003783511", "20000378351x", "payer"),
])
def test_a_payment_that_cannot_be_read_is_a_reject(old: str, new: str, code: str) -> None:
    payer = "3783511"
    data = changed(bgmax([paid(payer=payer, name="A"), paid(payer=payer, name="B")]), old, new)
    found = refused(data)
    assert [reject.faults[0].code for reject in found.rejects] == [code]
    assert (found.rejects[0].number, found.rejects[0].line) == (1, 3)
    assert found.rejects[0].raw.splitlines()[1].startswith("26A")
    assert [row["payer_name"] for row in found.rows] == ["B"] and found.numbers == [2]


@pytest.mark.parametrize(("old", "new", "column", "said"), [
    ("000000000000010000", "0000000000000l0000", "amount", None),
    ("0003783511", "000378351x", "payer_account", "378351x"),
])
def test_what_else_such_a_reject_says_is_kept_so_that_one_value_can_be_put_right(old: str, new: str, column: str,
                                                                                 said: str | None) -> None:
    data = bgmax([paid(name="A", payer="3783511", extra=[("F1", KRONOR)], texts=["faktura 1"]), paid("5")])
    reject, = taken(BgMax(strict=False), changed(data, old, new, 1 if column == "amount" else 2)).rejects
    good = taken(BgMax(), data).rows[0]
    assert reject.row == good | {column: said} and [one.column for one in reject.faults] == [column]


@pytest.mark.parametrize(("field", "payer"), [("003783511 ", "3783511"), ("   3783511", "3783511"), (" " * 10, "")])
def test_a_payer_may_have_blanks_around_it(field: str, payer: str) -> None:
    data = bgmax([paid(payer="3783511", extra=[("A", Decimal(0))]), paid()]).replace(b"0003783511", field.encode())
    found = taken(BgMax(), data)
    assert not found.error and not found.rejects
    assert (found.rows[0]["payer_account"], found.rows[0]["amount"]) == (payer, KRONOR)


@pytest.mark.parametrize(("line", "old", "new", "code"), [
    (3, "220003783511", "220003783512", "other_payer"), (3, "000000000001", "000000000002", "other_serial"),
    (3, "0" * 18, "x" * 18, "reference_amount")])
def test_references_of_another_payment_make_it_a_reject(line: int, old: str, new: str, code: str) -> None:
    lines = bgmax([paid(payer="3783511", extra=[("A", Decimal(0))]), paid()]).decode().split("\r\n")
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new)
    found = taken(BgMax(), "\r\n".join(lines).encode())
    assert [fault.code for fault in found.rejects[0].faults] == [code]
    assert found.rejects[0].row is not None and found.rejects[0].row["amount"] == KRONOR
    assert len(found.rows) == 1


def test_payments_without_a_deposit_are_rejects() -> None:
    data = bgmax([paid(), paid()])
    found = refused(data[:data.index(b"15000")])
    assert [reject.faults[0].code for reject in found.rejects] == ["no_deposit"] * 2 and not found.rows
    assert all(reject.row and reject.row["identity"] == "" for reject in found.rejects)


def test_rows_and_rejects_are_numbered_across_batches() -> None:
    data = bgmax([paid(reference=str(at), extra=[("A", Decimal(0))]) for at in range(3000)])
    lines = data.decode().split("\r\n")
    for at in range(3, len(lines) - 4, 500):    # a reference of another payer
        lines[at] = lines[at][:2] + "9999999999" + lines[at][12:]
    found = taken(BgMax(), "\r\n".join(lines).encode())
    assert sorted([*found.numbers, *[reject.number for reject in found.rejects]]) == list(range(1, 3001))
    assert len(found.rejects) == 12 and len(found.marks) > 1
    assert all(row["reference"] == str(number - 1) for row, number in zip(found.rows, found.numbers, strict=True))


def test_the_text_of_a_row_is_all_of_its_records() -> None:
    batch = next(iter(BgMax().parse(BytesContent(bgmax([paid(name="A", texts=["x"]), paid(name="B")])))))
    assert [line[:2] for line in batch.raw(0).splitlines()] == ["20", "25", "26"]
    assert batch.raw(1).splitlines()[1].strip() == "26B"


def test_a_payment_may_have_ninety_texts_and_no_more() -> None:
    data = bgmax([paid(texts=[str(at) for at in range(95)])])
    assert one(data)["text"].split("\n") == [str(at) for at in range(90)]
    assert [notice.code for notice in notices(data)] == ["too_many_texts"] * 5


def test_a_payment_without_end_is_refused() -> None:
    lines = bgmax([paid(texts=["x"])]).decode().split("\r\n")
    data = "\n".join([*lines[:3], *[lines[3].rstrip()] * 130_000, *lines[4:]]).encode()
    assert "(too_many_records)" in taken(BgMax(), data).error


def test_what_the_file_says_is_told() -> None:
    last = list(BgMax().parse(BytesContent(bgmax([paid()]))))[-1]
    assert last.facts["written_at"] == "2025-03-14T17:30:35.010331"
    assert last.facts["test"] is False
    assert last.facts["deposits"] == [{"account": "5841000001009823", "date": "2025-03-14", "serial": "00001",
                                       "amount": "100.00", "currency": "SEK", "count": 1}]


def test_it_is_guessed() -> None:
    guess = BgMaxSpec.guess("x.txt", bgmax([paid()]))
    assert guess is not None and guess.score > 0.9 and not guess.settings
    test = BgMaxSpec.guess("x", b"\xef\xbb\xbf" + bgmax_file([(Deposit(), [paid()])], mark="T"))
    assert test is not None and test.settings == {"test": True}
    assert BgMaxSpec.guess("bgmax.txt", b"a;b\n1;2\n") is None
