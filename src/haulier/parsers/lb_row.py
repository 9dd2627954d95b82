"""Rows of LB: a payment, with what was told of its receiver before it."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model.record import Row
from . import giro
from .lb_records import SHORTEST, STATUSES, TAKEN_OFF


@dataclass
class Receiver:
    """What is told of one receiver, or payment in cash, before its payments."""

    key: str = ""
    told: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    reasons: list[tuple[str, str]] = field(default_factory=list)
    is_changed: bool = False        # a line that tells of it, by an editor


def payment_row(section: Mapping[str, str], receiver: Receiver, code: str, said: Mapping[str, str]) -> Row:
    """All columns of a record 14 to 17 or 54; its amount, line and section are filled in by whoever reads it."""
    told, number, reference = receiver.told, said["receiver"].lstrip("0"), said["reference"]
    when = giro.day(section["pays"] if section["report"] == "1" else said["date"] or section["pays"])
    status = STATUSES.get(section["report"], "info")
    return {
        "amount": None, "currency": section["currency"] or "SEK",
        "kind": "deduction" if code in TAKEN_OFF else "payment", "status": status, "format": "lb",
        "account": section["bankgiro"].lstrip("0"), "booked": when if status == "booked" else None, "valued": when,
        "reference": reference, "references": [["free", reference, None]] if reference else [],
        "payer_name": "", "payer_account": "", "payer_org": "", "payer_address": "", "text": "\n".join(receiver.texts),
        "bank_reference": "", "reason": "", "batch": "", "identity": "", "line": 0,
        "section": 0, "record": code, "receiver_number": number, "sender_text": said["info"],
        "receiver_account": _account(told, number, code), "receiver_name": told.get("receiver_name", ""),
        "receiver_address": _address(told), "payment_type": "", "referred_bankgiro": "", "credit_amount": None,
        "credit_left": None, "salary": told.get("salary") == "L", "at_once": said["date"] == "GENAST",
        "reason_text": "", "reasons": list(receiver.reasons),
    }


def _account(told: Mapping[str, str], number: str, code: str) -> str:
    """That of a bank, a plusgiro or a bankgiro; "" if it is paid in cash."""
    if by_account := told.get("receiver_bank_account", ""):
        return told.get("clearing", "") + by_account
    return number if code == "54" or len(number) >= SHORTEST else ""


def _address(told: Mapping[str, str]) -> str:
    town = f"{told.get('postal_code', '')} {told.get('city', '')}".strip()
    return ", ".join([part for part in (told.get("street", ""), town) if part])
