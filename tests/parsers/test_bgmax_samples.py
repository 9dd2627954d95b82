"""BgMax: real files, each with all that is known of it."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from haulier.parsers.bgmax import BgMax
from haulier.testing.parsers import taken

from .conftest import expected, sample

NAMES = ["BgMaxfil4.txt", "BgMaxfil4_broken.txt", "autogiro_bgmax_trimmed.txt", "exempelfil_ocr_checksiffra_langd.txt",
         "isolated_deposit.txt", "minimal.txt", "multipayment_utf8_lf.txt"]
# A record 22 of this file was spoilt by an editor (TABs); expected.json has it as read without putting it right.
MENDED = {("exempelfil_ocr_checksiffra_langd.txt", "6579650000000000"): ["ocr", "657965", None]}


def money(minor: int) -> Decimal:
    return Decimal(minor) / 100


@pytest.mark.parametrize("name", NAMES)
def test_all_values_are_as_expected(name: str) -> None:
    found = taken(BgMax(strict=False), sample("bgmax", name))
    assert not found.error and not found.rejects
    sections = expected("bgmax")[name]["sections"]
    wanted = [(section, payment) for section in sections for payment in section["payments"]]
    assert len(found.rows) == len(wanted)
    for row, (section, payment) in zip(found.rows, wanted, strict=True):
        check_payment(name, row, payment)
        check_section(row, section)


def check_payment(name: str, row: dict[str, Any], wanted: dict[str, Any]) -> None:
    sign = -1 if wanted["tk"] == "21" else 1
    assert row["amount"] == sign * money(wanted["amount_minor"])
    assert row["kind"] == ("deduction" if sign < 0 else "payment")
    assert (row["line"], row["payer_account"], row["bank_reference"], row["reference_code"], row["channel"],
            row["image"]) == (wanted["line"], wanted["from"], wanted["serial"], wanted["ref_code"], wanted["channel"],
                              wanted["image"].strip())
    own = [[kind(wanted["ref_code"]), wanted["reference"], None]] if wanted["reference"] else []
    assert row["references"] == own + [reference(name, extra) for extra in wanted["extra"]]
    assert row["text"] == "\n".join(wanted["info"])
    assert row["deduction_code"] == wanted.get("deduction_code", "")
    for column, field in (("payer_name", "name"), ("extra_name", "extra_name"), ("street", "street"),
                          ("postal_code", "zip"), ("city", "city"), ("country", "country"),
                          ("country_code", "country_code"), ("payer_org", "org_no")):
        assert row[column] == wanted.get(field, ""), column


def reference(name: str, extra: dict[str, Any]) -> list[Any]:
    if mended := MENDED.get((name, extra["reference"])):
        return mended
    sign = -1 if extra["tk"] == "23" else 1
    part = f"{sign * money(extra['amount_minor']):.2f}" if extra["amount_minor"] else None
    return [kind(extra["ref_code"]), extra["reference"], part]


def kind(code: str) -> str:
    return {"2": "ocr", "4": "structured"}.get(code, "free")


def check_section(row: dict[str, Any], section: dict[str, Any]) -> None:
    deposit = section["deposit"]
    assert row["account"] == section["bankgiro"]
    assert row["receiver_plusgiro"] == section["plusgiro"]
    assert row["currency"] == section["currency"] == deposit["currency"]
    assert (row["deposit_account"], row["deposit_serial"], row["deposit_type"]) == (
        deposit["account"], deposit["deposit_no"], deposit["type"])
    assert row["booked"].strftime("%Y%m%d") == deposit["date"]


@pytest.mark.parametrize("name", NAMES)
def test_all_totals_are_as_expected(name: str) -> None:
    found = taken(BgMax(strict=False), sample("bgmax", name))
    wanted = expected("bgmax")[name]
    sums: dict[str, Decimal] = {}
    for row in found.rows:
        sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + row["amount"]
    assert sums == {currency: money(minor) for currency, minor in wanted["totals_minor_by_currency"].items()}
    said = {check.name: check.said for check in found.checks}
    for key, name_of in (("payments", "payments"), ("deductions", "deductions"), ("extra_refs", "references"),
                         ("deposits", "deposits")):
        if "trailer" in wanted:
            assert said[f"file {name_of}"] == wanted["trailer"][key]
            assert [check.found for check in found.checks if check.name == f"file {name_of}"] == [wanted["counts"][key]]


@pytest.mark.parametrize("name", [*NAMES, "unknown_codes_bom.txt"])
def test_only_valid_files_are_delivered(name: str) -> None:
    found = taken(BgMax(), sample("bgmax", name))
    assert bool(found.error) is not expected("bgmax")[name]["valid"]
    assert bool(found.rows) is expected("bgmax")[name]["valid"]


def test_the_published_example_has_its_totals() -> None:
    found = taken(BgMax(), sample("bgmax", "exempelfil_ocr_checksiffra_langd.txt"))
    amounts = [check.said for check in found.checks if check.name == "section amount"]
    assert amounts == [Decimal("1900.00"), Decimal("8000.00")]
    assert sum(row["amount"] for row in found.rows) == Decimal("9900.00")
    assert [row["amount"] for row in found.rows if row["kind"] == "deduction"] == [Decimal("-500.00")]


def test_a_file_of_nonsense_is_refused_with_its_line() -> None:
    found = taken(BgMax(strict=False), sample("bgmax", "unknown_codes_bom.txt"))
    assert "line 2" in found.error and not found.rows


def test_a_broken_file_says_which_total() -> None:
    found = taken(BgMax(), sample("bgmax", "BgMaxfil4_broken.txt"))
    assert "the file says 8, found is 9" in found.error
