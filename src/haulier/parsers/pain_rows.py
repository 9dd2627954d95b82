"""Rows of payment orders, and of what became of them."""
from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from ..model.record import Row
from .iso_cells import currency, day, given, joined, number, structured
from .xml_paths import Values


class Order(NamedTuple):
    """What a transaction stands in."""

    format: str
    out: bool           # it takes money from our account
    message: str
    batch: Values       # of its PmtInf


def ordered(values: Values, order: Order) -> Row:
    """One order; Bad if it cannot be taken. No money has moved yet, so its kind is `detail`."""
    amount = number(values.get("Amt", ""), "amount")
    ours, other = ("Dbtr", "Cdtr") if order.out else ("Cdtr", "Dbtr")
    row = _row(order.format, values, -amount if order.out else amount, currency(values.get("Ccy", "")))
    row["status"], row["nature"] = "pending", "order"
    row["account"] = order.batch.get(ours + "Acct") or values.get(ours + "Acct", "")
    row["valued"] = day(order.batch.get("Date"), "valued")
    row["batch"], row["message"] = order.batch.get("PmtInfId", ""), order.message
    _other(row, values, other)
    if row["batch"]:
        row["references"].append(["batch", row["batch"], None])
    key = given(row["end_to_end"]) or row["instruction"] or row["uetr"]
    if key and order.message:
        row["identity"] = "|".join((order.format, order.message, row["batch"], key, f"{amount:f}", row["currency"]))
    return row


def reported(values: Values, level: str, group: Values, batch: Values) -> Row:
    """What became of an order, a batch or a whole message (`level`). Its amount is None if it is not said."""
    amount = number(values["Amt"], "amount") if "Amt" in values else None
    row = _row("pain.002", values, amount, currency(values["Ccy"]) if "Ccy" in values else "")
    reasons = values.get("StsRsnInf", ())
    row["status"], row["nature"], row["level"] = "info", "status", level
    row["status_code"] = values.get("Status", "")
    row["reason"] = next((each["Reason"] for each in reasons if "Reason" in each), "")
    row["text"] = "\n".join(filter(None, (row["text"], *(joined(each["Said"]) for each in reasons if "Said" in each))))
    row["batch"] = values.get("Batch") or batch.get("Batch", "")
    row["message"], row["message_kind"] = group.get("Message", ""), group.get("Kind", "")
    row["bank_reference"] = values.get("AcctSvcrRef", "")
    is_collection = "pain.008" in row["message_kind"].lower() or (not row["message_kind"] and "MndtId" in values)
    _other(row, values, "Dbtr" if is_collection else "Cdtr")
    if row["batch"]:
        row["references"].append(["batch", row["batch"], None])
    key = "|".join(filter(None, (row["message"], row["batch"], given(row["end_to_end"]), row["instruction"])))
    if key:
        row["identity"] = "|".join(("pain.002", level, values.get("Id", ""), key, row["status_code"], row["reason"]))
    return row


def _row(format: str, values: Values, amount: Decimal | None, unit: str) -> Row:
    references: list[list[Any]] = []
    for remittance in values.get("RmtInf/Strd", ()):
        references += structured(remittance)
    for kind, key in (("end_to_end", "EndToEndId"), ("mandate", "MndtId")):
        if text := given(values.get(key)):
            references.append([kind, text, None])
    text = joined(values["Texts"]) if "Texts" in values else ""
    if text:
        references.append(["free", text, None])
    return {
        "amount": amount, "currency": unit, "kind": "detail", "status": "info", "format": format, "account": "",
        "booked": None, "valued": day(values.get("Date"), "valued"), "references": references,
        "reference": references[0][1] if references and references[0][0] not in ("mandate", "free") else "",
        "payer_name": "", "payer_account": "", "payer_org": "", "payer_address": "", "text": text,
        "bank_reference": "", "reason": "", "batch": "", "original_amount": None, "original_currency": "",
        "rate": None, "charges": None, "identity": "", "nature": "", "end_to_end": values.get("EndToEndId", ""),
        "instruction": values.get("InstrId", ""), "uetr": values.get("UETR", ""), "message": "", "line": 0,
    }


def _other(row: Row, values: Values, party: str) -> None:
    """Whom it is to or from; payers of orders that take money out are those who get it."""
    row["payer_name"] = values.get(party) or values.get("Ultmt" + party, "")
    row["payer_account"], row["payer_org"] = values.get(party + "Acct", ""), values.get(party + "Org", "")
    row["payer_address"] = " ".join(line.strip() for line in values.get(party + "Address", ()))
