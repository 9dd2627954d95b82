"""BgMax: every control, each broken by itself; and where a file ends too early or is none."""
from __future__ import annotations

from decimal import Decimal

import pytest

from haulier.core.content import BytesContent
from haulier.model.record import Check
from haulier.parsers.bgmax import BgMax
from haulier.testing.banks import Deposit, Paid, bgmax, bgmax_file, check_digit
from haulier.testing.parsers import taken

PAYER = check_digit("378351")
GOOD = bgmax([Paid(Decimal(100), check_digit("12345"), payer=PAYER, extra=[("A", Decimal(0))]),
              Paid(Decimal(-30), "kredit", payer=PAYER)])
DEPOSIT, END = 5, 6


def with_line(number: int, start: int, new: str) -> bytes:
    """The good file with other characters in one line (from 0)."""
    lines = GOOD.decode().split("\r\n")
    lines[number] = lines[number][:start] + new + lines[number][start + len(new):]
    return "\r\n".join(lines).encode()


CONTROLS = [
    ("section amount", with_line(DEPOSIT, 50, f"{7001:018}")),
    ("section count", with_line(DEPOSIT, 71, "00000003")),
    ("section currency", with_line(DEPOSIT, 68, "EUR")),
    ("file payments", with_line(END, 2, "00000002")),
    ("file deductions", with_line(END, 10, "00000000")),
    ("file references", with_line(END, 18, "00000002")),
    ("file deposits", with_line(END, 26, "00000000")),
    ("deposit record", b"".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(b"15"))),
    ("end record", b"".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(b"70"))),
    ("start record", b"".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(b"01"))),
]


@pytest.mark.parametrize(("name", "data"), CONTROLS)
def test_nothing_comes_of_a_file_whose_totals_do_not_hold(name: str, data: bytes) -> None:
    found = taken(BgMax(), data)
    assert f"({name.replace(' ', '_')})" in found.error and not found.rows


@pytest.mark.parametrize(("name", "data"), CONTROLS)
def test_or_it_comes_and_they_are_told(name: str, data: bytes) -> None:
    found = taken(BgMax(strict=False), data)
    assert not found.error
    assert name in [check.name for check in found.checks if not check.holds]
    assert len(found.rows) + len(found.rejects) == 2


@pytest.mark.parametrize(("name", "data"), CONTROLS)
def test_the_proof_finds_the_same(name: str, data: bytes) -> None:
    proved = [found for found in BgMax().checks(BytesContent(data)) if isinstance(found, Check)]
    assert proved == taken(BgMax(strict=False), data).checks


@pytest.mark.parametrize("size", [-1, 1])
def test_an_amount_off_by_one_is_found(size: int) -> None:
    assert "(section_amount)" in taken(BgMax(), with_line(2, 37, f"{10000 + size:018}")).error


@pytest.mark.parametrize(("code", "data"), [
    ("layout", with_line(0, 2, "BGMIN")),
    ("version", with_line(0, 22, "02")),
    ("test_file", with_line(0, 44, "T")),
    ("currency", with_line(1, 22, "   ")),
    ("deposit_date", with_line(DEPOSIT, 37, "20250231")),
    ("deposit_totals", with_line(DEPOSIT, 50, "x")),
    ("file_totals", with_line(END, 2, "x")),
    ("tab", with_line(DEPOSIT, 4, "\t")),
    ("tab", with_line(1, 14, "\t")),
    ("long_line", with_line(END, 80, " 1")),
    ("start_record", b""),
    ("start_record", b"\r\n\r\n\x1a"),
    ("start_record", b"a;b;c\r\n1;2;3\r\n"),
    ("outside", GOOD.replace(b"050009912346", b"990009912346")),
])
@pytest.mark.parametrize("strict", [True, False])
def test_what_leaves_all_unsure_is_refused_always(code: str, data: bytes, *, strict: bool) -> None:
    assert f"({code})" in taken(BgMax(strict=strict), data).error


def test_two_files_in_one_are_refused() -> None:
    assert "(end_record)" in taken(BgMax(), GOOD + GOOD).error
    assert "(start_record)" in taken(BgMax(strict=False), GOOD + GOOD).error


def test_a_test_file_is_read_if_that_is_wanted() -> None:
    assert len(taken(BgMax(test=True), with_line(0, 44, "T")).rows) == 2


def test_a_line_without_end_is_no_file_of_lines() -> None:
    assert "longer than" in taken(BgMax(), b"01BGMAX" + b" " * (1 << 20)).error


def test_a_truncated_upload_gives_nothing() -> None:
    for end in range(0, len(GOOD) - 60, 7):
        found = taken(BgMax(), GOOD[:end])
        assert found.error and not found.rows


def test_each_section_has_its_own_currency_and_totals() -> None:
    found = taken(BgMax(), bgmax_file([(Deposit(), [Paid(Decimal(1), payer=PAYER)]), (Deposit(), []),
                                       (Deposit(currency="EUR", serial=3), [Paid(Decimal(2), payer=PAYER)])]))
    assert [(row["amount"], row["currency"], row["section"], row["deposit_serial"]) for row in found.rows] == [
        (Decimal("1.00"), "SEK", 1, "00001"), (Decimal("2.00"), "EUR", 3, "00003")]
    assert [check.said for check in found.checks if check.name == "section amount"] == [1, 0, 2]


def test_a_section_without_a_deposit_does_not_take_that_of_the_next() -> None:
    lines = bgmax_file([(Deposit(serial=number), [Paid(Decimal(number), payer=PAYER)]) for number in (1, 2, 3)])
    data = b"".join(line for line in lines.splitlines(keepends=True) if line[45:50] != b"00002" or line[:2] != b"15")
    found = taken(BgMax(strict=False), data)
    assert [(row["amount"], row["deposit_serial"]) for row in found.rows] == [(1, "00001"), (3, "00003")]
    assert [reject.number for reject in found.rejects] == [2]


def test_a_payment_that_cannot_be_read_counts_in_no_total() -> None:
    data = with_line(2, 40, "x")
    assert "(section_amount)" in taken(BgMax(), data).error
    found = taken(BgMax(strict=False), data)
    assert len(found.rejects) == 1
    assert [check.name for check in found.checks if not check.holds] == ["section amount", "section count",
                                                                         "file payments"]


def test_our_own_numbers_have_check_digits_too() -> None:
    for start, new, found in ((2, "0009912347", "bankgiro '9912347'"), (12, "0000000012", "plusgiro '12'")):
        texts = [notice.text for batch in BgMax().parse(BytesContent(with_line(1, start, new)))
                 for notice in batch.notices if notice.code == "receiver_check_digit"]
        assert texts == [f"{found} has a wrong check digit"]
