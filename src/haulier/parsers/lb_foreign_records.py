"""Records of foreign payments in files of LB: what they are, and where their fields stand.

As Swedbank has them: "Internationella betalningar via fil, Teknisk manual, SPISU-format", version 03.01 of 2010-10-27.
Orders that go through Bankgirot are laid out so too (SISU). Those of Handelsbanken (UTLI) are not: their record 4 is
another.
"""
from __future__ import annotations

import re
from collections.abc import Iterable

from . import giro
from .giro import Layout

ORDERS = re.compile(r"0[0-9]{14}(?![0-9]{9}SESISU)")
REPORT = re.compile(r"0[0-9]{23}SESISU")
LAYOUT = "2"            # the only one that is known
SEAL = "8"

NAME, ADDRESS = (8, 73), (8, 73)    # each in two fields, the second of which goes on where the first ends
RECEIVER = (1, 8)

OPENING: Layout = {"bankgiro": (1, 9), "written": (9, 15), "pays": (72, 78), "layout": (78, 79)}
WHERE: Layout = {"receiver_country": (74, 76), "charges_code": (77, 78), "priority_code": (79, 80)}
CURRENCY_ACCOUNT = 73               # 1: of that currency, 0: in SEK
BANK: Layout = {"receiver_bank": (8, 20), "receiver_account": (20, 50), "receiver_bank_name": (50, 80)}
MONEY: Layout = {"reference": (8, 33), "counter": (33, 44), "currency": (54, 57), "date": (57, 63), "amount": (65, 78)}
PURPOSE = (8, 11)
SUMS: Layout = {"amount": (63, 78), "counter": (9, 21)}

REPORT_OPENING: Layout = {"bankgiro": (1, 12), "written": (12, 18)}
DEBITED: Layout = {"account": (1, 12), "paid": (12, 18)}
CURRENCY = (73, 76)                 # in a record 2 of a report
REPORT_ADDRESS = (10, 75)
REPORT_WHERE: Layout = {"bank_reference": (1, 8), "receiver_country": (75, 77), "priority_code": (9, 10)}
REPORT_MONEY: Layout = {"counter": (33, 44), "bank": (44, 55), "amount": (63, 76)}
CORRECTED = 78                      # 1: by the bank
REPORT_SUMS: Layout = {"amount": (25, 40), "counter": (1, 13), "bank": (13, 25)}
RECORDS = (64, 76)                  # how many there are

_MINUS = {"-": "0", "å": "0", "Å": "0", "}": "0"} | {letter: str(at) for at, letter in enumerate("JKLMNOPQR", 1)}
_ACCOUNT = re.compile(r"[A-Z]{2}[0-9]{2}")


def amounts(line: str, layout: Layout, names: Iterable[str]) -> dict[str, int | None]:
    """Hundredths at some places of a record."""
    return {name: signed(line[slice(*layout[name])]) for name in names}


def signed(text: str) -> int | None:
    """Hundredths; a letter or - in place of the last digit makes them less than nothing. None if it is no number."""
    last = _MINUS.get(text[-1:])
    if last is None:
        return giro.minor(text)
    value = giro.minor(text[:-1] + last)
    return None if value is None else -value


def text_of(line: str, place: tuple[int, int]) -> str:
    """What stands in two fields in a row."""
    return " ".join(line[slice(*place)].split())


def is_another(line: str) -> bool:
    """Whether a record 4 is laid out as Handelsbanken has it: the account first, the bank in its last places."""
    return bool(_ACCOUNT.match(line, BANK["receiver_bank"][0])) or (line[50:51] == " " and bool(line[67:].strip()))
