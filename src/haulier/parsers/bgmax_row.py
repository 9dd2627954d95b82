"""The row of a payment in BgMax: its columns, and where they stand in payments as most are."""
from __future__ import annotations

import re

from ..model.record import Row
from .bgmax_records import Deposited, Section

RECORDS = re.compile(r"""
    \n(?:
        20 ([0-9]{10}) (.{25}) (?!0{18}) ([0-9]{18}) ([0-5][1-4]) (?!0{12}) ([0-9]{12}) ([01]) .*
        (?: \n(26.*)
        (?: \n(27.*)
        (?: \n(28.*)
        (?: \n(29.*) )?)?)?)?
    | .*)""", re.VERBOSE)
"""A usual payment with what follows it in the usual order, or any other line: then all groups are empty. Groups are the
payer, its reference, the amount, codes, serial number and image, and the records behind it; "" if one is not there."""
MOST = 5
"""Records of a usual payment."""


def form_of(section: Section, deposit: Deposited | None) -> Row:
    """All columns, with what the payments of a section have alike."""
    return {
        "amount": None, "currency": section.currency, "kind": "payment", "status": "booked", "format": "bgmax",
        "account": section.bankgiro, "booked": deposit and deposit.day, "valued": None, "reference": "",
        "references": None, "payer_name": "", "payer_account": "", "payer_org": "", "payer_address": "", "text": "",
        "bank_reference": "", "reason": "",
        "batch": f"{section.bankgiro}:{deposit.day}:{deposit.serial}" if deposit else "",
        "identity": "", "line": 0,
        "section": section.number, "receiver_bankgiro": section.bankgiro, "receiver_plusgiro": section.plusgiro,
        "reference_code": "", "channel": "", "image": "", "deduction_code": "",
        "deposit_date": deposit and deposit.day, "deposit_serial": deposit.serial if deposit else "",
        "deposit_account": deposit.account if deposit else "", "deposit_type": deposit.type if deposit else "",
        "extra_name": "", "street": "", "postal_code": "", "city": "", "country": "", "country_code": "",
    }


def address_of(row: Row) -> str:
    """Its address in one line."""
    town = f"{row['postal_code']} {row['city']}".strip()
    return ", ".join([part for part in (row["street"], town, row["country"]) if part])

