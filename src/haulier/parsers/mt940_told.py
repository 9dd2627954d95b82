"""What the texts of an entry of a SWIFT statement say, however they say it."""
from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from .mt940_entry import Bad, amount_of

RF = re.compile(r"RF\d\d[A-Z0-9]{1,21}")
_TAX = re.compile(r"ISSUER: CUR +REF: (\d{16})", re.IGNORECASE)
_MONEY = re.compile(r"([A-Z]{3})?([\d,.]+)")
_NOTHING = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "EREF", "MARF", "PREF", "KREF+", "EREF+", "NOREF"})


@dataclass(slots=True)
class Told:
    """What an entry's texts say."""

    code: str = ""              # of the kind of business: the German GVC
    remittance: str = ""        # what the payer wrote
    booking: str = ""           # what the bank calls it
    end_to_end: str = ""
    mandate: str = ""
    batch: str = ""             # the customer's reference of many payments
    structured: str = ""        # a creditor reference
    name: str = ""
    account: str = ""
    reason: str = ""            # of a return
    original: tuple[str, Decimal] | None = None     # currency, amount
    charges: Decimal | None = None
    rate: Decimal | None = None


def is_reference(text: str) -> bool:
    """Whether it names something: banks write NONREF and the like where there is none."""
    return bool(text) and text.strip().upper() not in _NOTHING


def see_structured(made: Told, text: str) -> None:
    """A creditor reference in what the payer wrote."""
    pieces = text.split("/")
    if pieces[0] == "STRD" and len(pieces) > 2:
        made.structured = made.remittance = pieces[2].strip()
    elif not made.structured and (found := _TAX.search(text)):
        made.structured = found[1]
    elif not made.structured and (found := RF.fullmatch(text.replace(" ", ""))):
        made.structured = found[0]


def money(text: str) -> tuple[str, Decimal] | None:
    """Currency, "" if it is not said, and amount."""
    found = _MONEY.match(text.strip().lstrip("+"))
    try:
        return (found[1] or "", amount_of(found[2])) if found else None
    except Bad:
        return None


def charge(text: str) -> Decimal | None:
    """An amount of whatever currency."""
    found = money(text)
    return found[1] if found else None
