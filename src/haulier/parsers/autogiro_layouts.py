"""Layouts of Autogiro files (Bankgirot's technical manual): which file it is, and where fields stand."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from . import autogiro_codes as codes
from .autogiro_codes import Codes
from .giro import Layout

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
ASKED: Layout = {"bankgiro": (2, 12), "payer": (12, 28), "account": (28, 44), "org": (44, 56), "refused": (76, 78)}
MOVED: Layout = {"bankgiro": (2, 12), "payer": (12, 28), "new_bankgiro": (28, 38), "new_payer": (38, 54)}
CHANGE: Layout = {"bankgiro": (2, 12), "payer": (12, 28), "date": (28, 36), "amount": (36, 48), "direction": (48, 50),
                  "new_date": (50, 58), "reference": (58, 74)}
ELECTRONIC: Layout = {"bankgiro": (2, 12), "payer": (12, 28), "account": (28, 44), "org": (44, 56), "result": (61, 62)}
REGISTERED: Layout = {"bankgiro": (0, 10), "org": (10, 22), "payer": (22, 38), "set_up_by": (38, 39), "used": (39, 41),
                      "date": (41, 49), "changed": (49, 57), "result": (57, 58), "account": (64, 80)}
REGISTERED_OLD: Layout = {"bankgiro": (0, 10), "org": (10, 22), "payer": (22, 38), "set_up_by": (38, 39),
                          "used": (39, 40), "date": (40, 48), "changed": (48, 56), "result": (56, 57),
                          "account": (63, 79)}
_SEAL = re.compile(r"HMAC|[0-9A-Fa-f]{32}")
_REGISTERED = re.compile(r"[0-9]{38}[12](?:[0-9 ]{2}[0-9]{8}[0-9 ]{8}[1-9]|[0-9 ][0-9]{8}[0-9 ]{8}[0-9]0)")


class Form(NamedTuple):
    """One of the files there are."""

    name: str
    money: Mapping[str, Layout] = {}    # records that are payments
    plain: Mapping[str, Layout] = {}    # records that are rows of their own
    status: str = "info"                # of its payments; "booked" only where they were paid
    totals: Layout = {}                 # of the end record
    ends: bool = True                   # whether it has one
    results: Codes = {}                 # what became of its records


def _pair(layout: Layout) -> dict[str, Layout]:
    return {"82": layout, "32": layout}


_SUMS: Layout = {"amount 32": (28, 40), "count 32": (40, 46), "count 82": (46, 52), "amount 82": (56, 68)}
_AMENDED = {code: AMENDED for code in ("03", "11", *map(str, range(21, 30)))}
_ASKED = {"03": ASKED, "04": ASKED, "05": MOVED} | {str(code): CHANGE for code in range(23, 30)}

SPECIFICATION = Form("payment specification", {**_pair(PAID), "77": REFUND}, status="booked", totals={
    "sections 15": (14, 20), "count 82": (20, 32), "sections 16": (32, 38), "count 32": (38, 50),
    "sections 17": (50, 56), "count 77": (56, 68)}, results=codes.PAYMENTS)
OLD_SPECIFICATION = Form("payment specification, old layout", _pair(PAID), status="booked", totals=_SUMS,
                         results=codes.PAYMENTS)
REFUSALS = Form("rejected payment orders", _pair(REFUSED), totals={
    "count 32": (14, 20), "amount 32": (20, 32), "count 82": (32, 38), "amount 82": (38, 50)}, results=codes.REFUSALS)
MANDATES_FILE = Form("mandate advice", plain={"73": MANDATE}, totals={"rows": (14, 21)}, results=codes.MANDATES)
AMENDMENTS = Form("cancelled and changed payment orders", plain=_AMENDED, totals=_SUMS, results=codes.AMENDMENTS)
WATCHED = Form("watched payment orders", _pair(ORDER), status="pending", totals=_SUMS)
ORDERS = Form("orders", _pair(ORDER), plain=_ASKED, status="pending", ends=False)
ELECTRONIC_FILE = Form("electronic mandates", plain={"52": ELECTRONIC}, totals={"records": (14, 21)},
                       results=codes.ELECTRONIC)
REGISTER = Form("register of mandates", ends=False, results=codes.REGISTER)
"""An extract: its records have no codes, and nothing stands before or behind them."""


def is_seal(line: str) -> bool:
    """Whether it only says that nobody changed the file: before all of it, behind a part, behind all of it."""
    if registered_of(line):     # which has no code
        return False
    return line.startswith("08") or (line[:2] in ("00", "99") and bool(_SEAL.match(line[8:])))


class Opening(NamedTuple):
    """What a record 01 (or 51) says."""

    form: Form
    written: str
    customer: str
    bankgiro: str


def opening_of(line: str) -> Opening | None:
    """None if it begins no Autogiro file that is known."""
    if registered_of(line):
        return Opening(REGISTER, "", "", line[:10])
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


def registered_of(line: str) -> Layout | None:
    """Where the fields of a mandate in a register stand; None if it is none."""
    if not _REGISTERED.match(line):
        return None
    return REGISTERED_OLD if line[57:58] == "0" else REGISTERED


def _named(content: str) -> Form | None:
    content = content.strip()
    for start, form in (("BET. SPEC", SPECIFICATION), ("AVVISADE BET", REFUSALS), ("FELLISTA", REFUSALS),
                        ("AG-MEDAVI", MANDATES_FILE), ("MAK", AMENDMENTS), ("BEVAKNINGSREG", WATCHED)):
        if content.startswith(start):
            return form
    return None
