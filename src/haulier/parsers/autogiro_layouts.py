"""Layouts of Autogiro files (Bankgirot's technical manual): which file it is, and where fields stand."""
from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .giro import Layout

INTERVALS: Mapping[str, str] = {
    "0": "once", "1": "each month", "2": "each quarter", "3": "each half year", "4": "each year",
    "5": "each month, its last bank day", "6": "each quarter, its last bank day",
    "7": "each half year, its last bank day", "8": "each year, its last bank day"}
RESULTS: Mapping[str, str] = {"0": "approved", "1": "not covered", "2": "no such account", "9": "tried again later"}
MANDATES: Mapping[str, str] = {     # what became of a mandate
    "02": "taken away: the payer or his bank wants it", "04": "added", "05": "changed", "07": "taken away",
    "10": "account refused", "20": "payer refused", "21": "number of payer refused", "23": "account cannot be used",
    "29": "number of payer is wrong", "32": "added", "33": "taken away", "98": "taken away: mandate was taken back"}

# Amounts of 12 digits, as they were ordered and as they were paid.
ORDER: Layout = {"date": (2, 10), "interval": (10, 11), "times": (11, 14), "payer": (15, 31), "amount": (31, 43),
                 "bankgiro": (43, 53), "reference": (53, 69)}
PAID: Layout = {**ORDER, "result": (79, 80)}
REFUND: Layout = {**ORDER, "refunded": (69, 77), "result": (77, 79)}
REFUSED: Layout = {"date": (2, 10), "interval": (10, 11), "times": (11, 14), "payer": (14, 30), "amount": (30, 42),
                   "reference": (42, 58), "result": (58, 60)}
DEPOSIT: Layout = {"account": (2, 37), "date": (37, 45), "serial": (45, 50), "amount": (50, 68), "count": (71, 79)}
MANDATE: Layout = {"bankgiro": (2, 12), "payer": (12, 28), "account": (28, 44), "org": (44, 56), "info": (61, 63),
                   "result": (63, 65), "date": (65, 73), "valid_from": (73, 79)}
AMENDED: Layout = {"date": (2, 10), "payer": (10, 26), "direction": (26, 28), "amount": (28, 40),
                   "reference": (56, 72), "result": (72, 74)}
ASKED: Layout = {"bankgiro": (2, 12), "payer": (12, 28), "account": (28, 44), "org": (44, 56)}
CHANGE: Layout = {"bankgiro": (2, 12), "payer": (12, 28), "date": (28, 36), "amount": (36, 48), "direction": (48, 50),
                  "new_date": (50, 58), "reference": (58, 74)}
ELECTRONIC: Layout = {"bankgiro": (2, 12), "payer": (12, 28), "account": (28, 44), "org": (44, 56), "result": (61, 62)}


class Form(NamedTuple):
    """One of the files there are."""

    name: str
    money: Mapping[str, Layout] = {}    # records that are payments
    plain: Mapping[str, Layout] = {}    # records that are rows of their own
    status: str = "info"                # of its payments; "booked" only where they were paid
    totals: Layout = {}                 # of the end record
    ends: bool = True                   # whether it has one


def _pair(layout: Layout) -> dict[str, Layout]:
    return {"82": layout, "32": layout}


_SUMS: Layout = {"amount 32": (28, 40), "count 32": (40, 46), "count 82": (46, 52), "amount 82": (56, 68)}
_AMENDED = {code: AMENDED for code in ("03", "11", *map(str, range(21, 30)))}
_ASKED = {"03": ASKED, "04": ASKED, "05": ASKED} | {str(code): CHANGE for code in range(23, 30)}

SPECIFICATION = Form("payment specification", {**_pair(PAID), "77": REFUND}, status="booked", totals={
    "sections 15": (14, 20), "count 82": (20, 32), "sections 16": (32, 38), "count 32": (38, 50),
    "sections 17": (50, 56), "count 77": (56, 68)})
OLD_SPECIFICATION = Form("payment specification, old layout", _pair(PAID), status="booked", totals=_SUMS)
REFUSALS = Form("rejected payment orders", _pair(REFUSED), totals={
    "count 32": (14, 20), "amount 32": (20, 32), "count 82": (32, 38), "amount 82": (38, 50)})
MANDATES_FILE = Form("mandate advice", plain={"73": MANDATE}, totals={"rows": (14, 21)})
AMENDMENTS = Form("cancelled and changed payment orders", plain=_AMENDED)
WATCHED = Form("watched payment orders", _pair(ORDER), status="pending", totals=_SUMS)
ORDERS = Form("orders", _pair(ORDER), plain=_ASKED, status="pending", ends=False)
ELECTRONIC_FILE = Form("electronic mandates", plain={"52": ELECTRONIC}, totals={"rows": (14, 21)})


class Opening(NamedTuple):
    """What a record 01 (or 51) says."""

    form: Form
    written: str
    customer: str
    bankgiro: str


def opening_of(line: str) -> Opening | None:
    """None if it begins no Autogiro file that is known."""
    if line.startswith("01AUTOGIRO"):
        form = _named(line[44:64])
        return form and Opening(form, line[24:32], line[64:70].strip(), line[70:80].strip())
    if line[:2] in ("01", "51") and line[10:14] == "9900":
        form = {"AG-MEDAVI": MANDATES_FILE, "AG-EMEDGIV": ELECTRONIC_FILE}.get(line[24:34].strip())
        return form and Opening(form, line[2:10], "", line[14:24].strip())
    if line.startswith("01") and line[10:18] == "AUTOGIRO":
        form = (_named(line[22:42]) if line[22:42].strip() else OLD_SPECIFICATION) if line[18:22] == "9900" else ORDERS
        return form and Opening(form, line[2:10], line[62:68].strip(), line[68:78].strip())
    return None


def _named(content: str) -> Form | None:
    content = content.strip()
    for start, form in (("BET. SPEC", SPECIFICATION), ("AVVISADE BET", REFUSALS), ("FELLISTA", REFUSALS),
                        ("AG-MEDAVI", MANDATES_FILE), ("MAK", AMENDMENTS), ("BEVAKNINGSREG", WATCHED)):
        if content.startswith(start):
            return form
    return None
