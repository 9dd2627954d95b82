"""Records of LB: what they are, and where their fields stand."""
from __future__ import annotations

import re
from collections.abc import Mapping

from .giro import Layout

OPEN, TOTAL = "11", "29"
PAID = ("14", "54")     # to a bankgiro, an account or in cash; to a plusgiro
TAKEN_OFF = ("15", "16", "17")      # deductions, credit invoices watched until they are used, and the last time
REPORTS: Mapping[str, str] = {"": "orders", "1": "payment specification", "2": "watched", "6": "rejected",
                              "7": "stopped"}
STATUSES: Mapping[str, str] = {"": "pending", "1": "booked"}    # of all other reports: info
SUMS_ONLY = "2"         # a report of what is watched has no payments, and records of its own
UNREAD = frozenset({"00", "12", "13", "21", "28", "99", "LB"})  # seals, headings, and what was taken off earlier
AMENDED = re.compile(r"LB[0-9]")                # an order that was given is cancelled, or its date changed
RETURNED = re.compile(r"1[0-9]{22}$")           # the first record of a file of cash payments that came back
MOST_TEXTS = 90
SHORTEST = 7            # digits of a bankgiro; what is shorter numbers a payment to an account or in cash

OPENING: Layout = {"bankgiro": (2, 12), "written": (12, 18), "pays": (40, 46), "report": (46, 47),
                   "currency": (59, 62)}
PAYMENT: Layout = {"receiver": (2, 12), "reference": (12, 37), "amount": (37, 49), "date": (49, 55),
                   "info": (60, 80)}
REPORTED: Layout = {"payment_type": (49, 50), "referred_bankgiro": (50, 60)}   # of a payment that came about
CREDIT: Layout = {"credit_amount": (18, 30), "credit_left": (30, 42)}
EARLIER: Mapping[str, Layout] = {   # records that tell of a payment before or behind it
    "26": {"receiver_name": (12, 47), "receiver_extra": (47, 80)},
    "27": {"street": (12, 47), "postal_code": (47, 52), "city": (52, 72)},
    "40": {"clearing": (12, 16), "receiver_bank_account": (16, 28), "receiver_text": (28, 40), "salary": (40, 41)},
}
TEXTS: Mapping[str, tuple[int, int]] = {"25": (12, 62), "65": (12, 47)}
