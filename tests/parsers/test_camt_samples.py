"""Real account reports: every value that is known of them."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.model.payment import Payment
from haulier.model.record import Batch, Check, Row
from haulier.parsers.camt import Camt, CamtSpec
from parsers.conftest import expected, sample

EXPECTED = expected("camt")
REPORTS = sorted(name for name, known in EXPECTED.items() if "statements" in known)
BAD = sorted(name for name, known in EXPECTED.items() if "statements" not in known)


def read(name: str) -> list[Batch]:
    return list(Camt().parse(BytesContent(sample("camt", name), name)))


def firsts(rows: list[Row]) -> list[Row]:
    """The first row of each entry."""
    return [row for before, row in zip([None, *rows], rows, strict=False)
            if before is None or before["entry"] != row["entry"]]


@pytest.mark.parametrize("name", REPORTS)
def test_all_that_is_known_of_a_report_is_found(name: str) -> None:
    batches, known = read(name), EXPECTED[name]
    facts: dict[str, Any] = {key: batches[-1].facts[key] for key in ("message", "namespace", "message_id")}
    assert facts == {"message": known["message"], "namespace": known["namespace"] or "", "message_id": known["msg_id"]}
    found = [statement for batch in batches for statement in batch.facts["statements"]]
    assert len(found) == len(known["statements"])
    rows = [row for batch in batches for row in batch.rows]
    checks = [check for batch in batches for check in batch.checks]
    assert not any(batch.rejects for batch in batches)
    for one, said in zip(found, known["statements"], strict=True):
        about(one, said)
        money([row for row in rows if row["statement"] == said["id"]], said)
        balance([check for check in checks if f"statement {said['id']}," in check.where], said["balance_check"])


def about(one: dict[str, Any], said: dict[str, Any]) -> None:
    assert (one["id"], one["account"]) == (said["id"], said["account"])
    assert one["currency"] == (said["currency"] or "")
    assert one["balances"] == said["balances"]
    assert (one["entries"], one["transactions"]) == (said["entries"], said["transactions"])
    assert (one["texts"], one["reversals"]) == (said["unstructured"], said["reversal_entries"])
    assert one["statuses"] == {"" if status == "None" else status: n for status, n in said["status"].items()}
    if not said["bank_tx_codes"] or said["bank_tx_codes"] != ["PAYM-0001-0003"]:    # .01 has its batch elsewhere
        assert one["batches"] == said["batch_entries"]
    for name, key in (("sums", "sum_by_ccy"), ("booked", "booked_sum_by_ccy")):
        assert {unit: Decimal(text) for unit, text in one[name].items()} == {
            unit: Decimal(text) for unit, text in said[key].items()}


def money(rows: list[Row], said: dict[str, Any]) -> None:
    entries = firsts(rows)
    assert [str(row["entry_amount"]) for row in entries] == said["entry_amounts"]
    assert [row["code"] or None for row in entries] == said["bank_tx_codes"]
    for unit, amount in said["sum_by_ccy"].items():
        assert sum(row["amount"] for row in rows if row["currency"] == unit) == Decimal(amount)
    for unit in {row["currency"] for row in rows if row["status"] == "booked"}:
        assert sum(row["amount"] for row in rows if row["currency"] == unit and row["status"] == "booked") == Decimal(
            said["booked_sum_by_ccy"][unit])
    references = [(kind, text) for row in rows for kind, text, _ in row["references"]]
    wanted = [text for text in said["end_to_end_ids"] if text != "NOTPROVIDED"]
    assert [text for kind, text in references if kind == "end_to_end"] == wanted
    assert [text for kind, text in references if kind in ("structured", "rf", "qrr", "kid", "ocr")] == [
        *said["structured_refs"]]
    returned = [row["reason"] or None for row in rows if row["nature"] == "return"]
    assert [reason for reason in returned if reason] == [reason for reason in said["return_reasons"] if reason]
    assert len(returned) >= len(said["return_reasons"])
    for row in rows:
        assert Payment.of(row).amount == row["amount"]


def balance(checks: list[Check], said: str) -> None:
    closing = [check for check in checks if check.name == "closing balance"]
    if said == "ok":
        assert closing and all(check.holds for check in closing)
    elif said == "not possible":
        assert not closing
    else:
        assert [check.holds for check in closing] == [False]
        assert said.endswith(f"!= close {closing[0].said}")
        opened, booked = (Decimal(word) for word in said.split()[2:6:3])
        assert closing[0].found == opened + booked


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_report_is_refused_with_its_name(name: str) -> None:
    kind = "pain.00" if "pain" in name else "Document is empty"
    with pytest.raises(Malformed, match=kind):
        read(name)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_known_by_its_beginning(name: str) -> None:
    guess = CamtSpec.guess(name, sample("camt", name)[:4096])
    assert guess and guess.score > 0.9


def test_a_batch_in_the_order_of_its_transactions() -> None:
    rows = [row for batch in read("vf_054_valid_example.xml") for row in batch.rows]
    assert [(row["amount"], row["payer_name"], row["nature"], row["kind"]) for row in rows] == [
        (Decimal("15.00"), "Rutschmann Pia", "payment", "detail"),
        (Decimal("9.00"), "Bernasconi Maria", "payment", "detail"),
        (Decimal("56.56"), "Bernasconi Maria", "payment", "detail"),
        (Decimal("-6.00"), "Bernasconi Maria", "return", "detail"),
        (Decimal("-15.53"), "Rutschmann Pia", "return", "detail")]
    assert [row["charges"] for row in rows] == [None, None, None, Decimal("0.70"), Decimal("0.70")]
    assert rows[0]["payer_account"] == "CH4409000000495962779"
    assert rows[0]["payer_address"] == "Marktgasse 28 9400 Rorschach CH"
    assert "Lastschrift-Widerspruch" in rows[3]["text"] and rows[3]["reason"] == "MD06"


def test_money_of_another_currency_keeps_what_it_was() -> None:
    row = next(row for batch in read("fi_camt052.xml") for row in batch.rows)
    assert (row["original_amount"], row["original_currency"], row["rate"]) == (
        Decimal("3200.00"), "USD", Decimal("0.666667"))
    assert (row["amount"], row["status"], row["kind"]) == (Decimal("2120.00"), "pending", "detail")
