"""Amounts, dates and references as ISO 20022 writes them."""
from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ..model.record import SHOWN, Fault

_NUMBER = re.compile(r"[+-]?(\d{1,30}\.?\d{0,20}|\.\d{1,20})", re.ASCII)
_DAYS: dict[str, date] = {}
_MOST_DAYS = 5_000
_NONE = {"NOTPROVIDED", "NOTAVAILABLE", "NONREF", ""}
_KINDS = {"QRR": "qrr", "KID": "kid", "OCR": "ocr"}
_INFORMAL = 140     # characters of one piece of a text that was cut


class Bad(Exception):
    """One entry that cannot be taken, and why."""

    def __init__(self, code: str, reason: str, column: str, value: str = "") -> None:
        self.fault = Fault(code, reason, column, value[:SHOWN])


def number(text: str, column: str) -> Decimal:
    """Five decimals and leading zeros are fine; so is a sign, though the standard has none."""
    if len(text) < 30 and text.isascii() and text.replace(".", "", 1).isdigit():
        return Decimal(text)
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    raise Bad("amount", f"{text[:40]!r} is no amount" if text else "there is no amount", column, text)


def day(text: str | None, column: str) -> date | None:
    """The day of a date or of a time, as it is where it was written."""
    if not text:
        return None
    text = text[:10]
    if found := _DAYS.get(text):
        return found
    try:
        if len(text) != 10 or text[7] != "-":
            raise ValueError
        found = date.fromisoformat(text)
    except ValueError:
        raise Bad("date", f"{text!r} is no date", column, text) from None
    if len(_DAYS) >= _MOST_DAYS:
        _DAYS.clear()
    _DAYS[text] = found
    return found


def currency(text: str, column: str = "currency") -> str:
    """The same; Bad if it is none."""
    if len(text) == 3 and text.isascii() and text.isalpha() and text.isupper():
        return text
    raise Bad("currency", f"{text[:40]!r} is no currency" if text else "there is no currency", column, text)


def given(text: str | None) -> str:
    """A reference, or "" if it only says that there is none."""
    if text and text[0] not in "nN _":
        return text     # as most
    if not text or text.upper().replace(" ", "").replace("_", "") in _NONE:
        return ""
    return text


def joined(pieces: list[str]) -> str:
    """A text that may have been cut into pieces of 140 characters: there nothing is put between."""
    text, last = pieces[0], len(pieces[0])
    for piece in pieces[1:]:
        text += piece if last >= _INFORMAL else "\n" + piece
        last = len(piece)
    return text.strip()


def structured(remittance: Mapping[str, Any]) -> list[list[str | None]]:
    """The references of one `Strd`, the best first; it has the amount that the payer meant for it, if any."""
    found: list[list[str | None]] = []
    if text := given(remittance.get("CdtrRefInf/Ref") or remittance.get("Ref")):
        kind = "rf" if text[:2].upper() == "RF" else _KINDS.get(remittance.get("Kind", "").upper(), "structured")
        found.append([kind, text, None])
    for document in remittance.get("RfrdDocInf", ()):
        if text := given(document.get("Nb")):
            found.append(["invoice", text, None])
    amount, credit = remittance.get("Remitted"), remittance.get("Credit")
    if len(found) == 1 and (amount or credit):
        part = number(amount, "references") if amount else -number(credit or "", "references")
        found[0][2] = str(part)
    return found
