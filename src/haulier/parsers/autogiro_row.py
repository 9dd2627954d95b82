"""Rows of Autogiro: payments, and what is asked or told of mandates and orders."""
from __future__ import annotations

from collections.abc import Mapping

from ..model.record import Row
from . import autogiro_codes as codes
from . import giro
from .autogiro_layouts import Form, Opening
from .giro import money

_DAYS = ("date", "valid_from", "new_date", "changed")


def payment_row(opened: Opening, section: Mapping[str, str], code: str, said: Mapping[str, str], minor: int) -> Row:
    """Of a record 82, 32 or 77 of so many hundredths; `section`: of a payment specification."""
    form, result = opened.form, said.get("result", "")
    when = giro.day(section.get("date", "") or said["date"])
    status = form.status
    if status == "booked" and code != "77" and result.strip("0"):
        status = "info"     # it was tried, and no money moved
    bankgiro = (said.get("bankgiro") or opened.bankgiro).lstrip("0")
    reference, payer = said["reference"], said["payer"].lstrip("0")
    serial = section.get("serial", "")
    return {
        "amount": money(minor if code == "82" else -minor), "currency": "SEK",
        "kind": "return" if code == "77" else "payment", "status": status,
        "format": "autogiro", "account": bankgiro, "booked": when if status == "booked" else None,
        "valued": giro.day(said["date"]), "reference": reference,
        "references": [[kind, text, None] for kind, text in (("free", reference), ("mandate", payer)) if text],
        "payer_name": "", "payer_account": "", "payer_org": "", "payer_address": "", "text": "",
        "bank_reference": "", "reason": result if status == "info" or code == "77" else "",
        "batch": f"{bankgiro}:{section['date']}:{serial}" if section else "", "identity": "",
        "record": code, "payer_number": payer, "interval": said["interval"], "times": said["times"],
        "result": result, "result_text": (codes.REFUNDS if code == "77" else form.results).get(result, ""),
        "deposit_serial": serial, "deposit_account": section.get("account", "").lstrip("0"),
        "refunded": giro.day(said.get("refunded", "")), "at_once": said["date"] == "GENAST",
    }


def plain_row(form: Form, code: str, said: Mapping[str, str]) -> Row:
    """Of a record that is no payment."""
    row: Row = {"record": code, "format": "autogiro", **said, "payer": said["payer"].lstrip("0")}
    row |= {name: giro.day(said[name]) for name in _DAYS if name in said}
    if "amount" in said:
        row["amount"] = giro.amount(said["amount"])
    if "result" in said:
        row["result_text"] = form.results.get(said["result"], "")
    if code == "73":
        row["info_text"] = codes.MANDATE_INFO.get(said["info"], "")
    if "set_up_by" in said:
        row["set_up_by"] = codes.REGISTERED_BY[said["set_up_by"]]
    return row
