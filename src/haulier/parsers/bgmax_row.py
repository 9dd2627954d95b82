"""The row of a payment in BgMax: its columns, and where they stand in payments as most are."""
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..model.record import Row
from .bgmax_records import Deposited, Section

RECORDS = re.compile(r"""
    \n(?:
        20 (?P<payer> [0-9]{10}) (?P<reference> .{25}) (?!0{18}) (?P<amount> [0-9]{18})
           (?P<codes> [0-5][1-4]) (?!0{12}) (?P<serial> [0-9]{12}) (?P<image> [01]) .*
        (?: \n26 (?P<name> .{0,35}) (?P<extra_name> .{0,35}) .*
        (?: \n27 (?P<street> .{0,35}) (?P<postal_code> .{0,9}) .*
        (?: \n28 (?P<city> .{0,35}) (?P<country> .{0,35}) (?P<country_code> .{0,2}) .*
        (?: \n29 (?P<organisation> .{0,12}) .* )?)?)?)?
    | .*)""", re.VERBOSE)
"""A usual payment with what follows it in the usual order, or any other line: then it has no groups."""
LINES = {6: 1, 8: 2, 10: 3, 13: 4, 14: 5}
"""How many lines a usual payment has, by the last group it has."""


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



def fill_address(row: Row, fields: Sequence[Any]) -> None:
    """With the fields of records 27, 28 and 29; None where there is no such record."""
    street, postal_code, city, country, country_code, organisation = fields
    row["street"], row["postal_code"] = street.strip(), postal_code.strip()
    if city is not None:
        row["city"], row["country"], row["country_code"] = city.strip(), country.strip(), country_code.strip()
    row["payer_address"] = address_of(row)
    if organisation is not None:
        row["payer_org"] = organisation.strip()
