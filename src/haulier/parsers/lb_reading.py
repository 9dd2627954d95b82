"""Reads the records of a file of supplier payments (LB)."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.record import Check, Fault, Row
from . import giro
from .giro import broken, money

OPEN, TOTAL = "11", "29"
PAID, TAKEN_OFF = ("14", "54"), ("15", "16", "17")
KINDS: Mapping[str, str] = {
    "14": "to a bankgiro, an account or in cash", "54": "to a plusgiro", "15": "deduction",
    "16": "credit invoice, watched until it is used", "17": "credit invoice, the last time"}
REPORTS: Mapping[str, str] = {"": "orders", "1": "payment specification", "6": "rejected"}
STATUSES: Mapping[str, str] = {"": "pending", "1": "booked"}    # of all other reports: info
SUMS_ONLY = "2"         # a report of what is watched has no payments, and records of its own
UNREAD = frozenset({"00", "12", "13", "20", "21", "99", "LB"})  # seals, headings, and what is left of credit invoices
MOST_TEXTS = 90
SHORTEST = 7            # digits of a bankgiro; what is shorter numbers a payment to an account or in cash

OPENING: giro.Layout = {"bankgiro": (2, 12), "written": (12, 18), "pays": (40, 46), "report": (46, 47),
                        "currency": (59, 62)}
PAYMENT: giro.Layout = {"receiver": (2, 12), "reference": (12, 37), "amount": (37, 49), "date": (49, 55),
                        "info": (60, 80)}
EARLIER: Mapping[str, giro.Layout] = {   # records that tell of a payment before or behind it
    "26": {"receiver_name": (12, 47), "receiver_extra": (47, 80)},
    "27": {"street": (12, 47), "postal_code": (47, 52), "city": (52, 72)},
    "40": {"clearing": (12, 16), "receiver_bank_account": (16, 28), "receiver_text": (28, 40), "salary": (40, 41)},
}
TEXTS: Mapping[str, tuple[int, int]] = {"25": (12, 62), "65": (12, 47)}


@dataclass
class _Receiver:
    """What is told of one receiver, or payment in cash, before its payments."""

    key: str = ""
    told: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    reasons: list[tuple[str, str]] = field(default_factory=list)


class Reading:
    """One file that is being read."""

    def __init__(self) -> None:
        self.rows = giro.Collected()
        self.sections = 0
        self._open: dict[str, str] | None = None
        self._count = self._sum = 0
        self._sum_known = True
        self._receiver = _Receiver()
        self._row: Row = {}
        self._raw: list[str] = []
        self._faults: tuple[Fault, ...] = ()
        self._take: Mapping[str, Callable[[str, str, int], None]] = {
            OPEN: self._opening, TOTAL: self._total, "49": self._comment,
            **dict.fromkeys(PAID + TAKEN_OFF, self._payment), **dict.fromkeys(EARLIER, self._told),
            **dict.fromkeys(TEXTS, self._text)}

    def take(self, line: str, number: int) -> None:
        """The next record."""
        code = line[:2]
        if code in UNREAD:
            return
        if code not in self._take:
            if not self.sections:
                raise broken("start_record", f"this is not LB: it begins with {line[:10]!r}", number)
            self.rows.notices.add("unknown_record", f"record {code!r} is not known; it is left out", number)
        elif code != OPEN and self._open is None:
            raise broken("outside", f"a record {code} outside of a section (11 … 29)", number)
        else:
            self._take[code](code, line, number)

    def finish(self) -> None:
        """At the end of the file."""
        self._unclosed("the end of the file", 0)
        if not self.sections:
            raise broken("start_record", "this is not LB: there is no record 11 with LEVERANTÖRSBETALNINGAR")

    def _opening(self, code: str, line: str, number: int) -> None:
        line = giro.whole(line, number)
        self._unclosed("a record 11", number)
        if line[18:26] != "LEVERANT":
            raise broken("layout", f"this is not LB: its layout is called {line[18:40].strip()!r}", number)
        said = self._open = giro.fields(line, OPENING)
        if said["report"] == SUMS_ONLY:
            raise broken("report", "a report of what is watched (type 2) has no payments", number)
        if said["report"] not in REPORTS:
            self.rows.notices.add("report", f"type {said['report']!r} of a report is not known", number)
        self.sections += 1
        self._count = self._sum = 0
        self._sum_known = True
        self.rows.facts.setdefault("sections", []).append(
            {"bankgiro": said["bankgiro"], "written": _iso(said["written"]),
             "content": REPORTS.get(said["report"], said["report"]), "currency": said["currency"] or "SEK"})

    def _payment(self, code: str, line: str, number: int) -> None:
        self._end()
        said = giro.fields(line, PAYMENT)
        value = giro.minor(said["amount"]) if len(said["amount"]) == 12 else None
        changed = "\t" in line or len(line) > 80
        self._count += 1
        if value is None or changed:
            self._sum_known = False
            self._faults = (Fault("changed_line", "a TAB or more than 80 characters: an editor changed this line")
                            if changed else Fault("amount", "the amount must be 12 digits", "amount", said["amount"]),)
        sign = 1 if code in TAKEN_OFF else -1
        self._sum -= sign * (value or 0)
        self._row = self._made(code, said, number) | {"amount": None if value is None else sign * money(value)}
        if value == 0:
            self.rows.notices.add("zero_amount", "an amount of zero", number)
        self._raw = [line]

    def _made(self, code: str, said: dict[str, str], number: int) -> Row:
        section = self._open or {}
        told = self._receiver if self._receiver.key == said["receiver"] else _Receiver()
        receiver = said["receiver"].lstrip("0")
        by_account = told.told.get("receiver_bank_account", "")
        reference = said["reference"]
        when = giro.day(said["date"] or section["pays"]) if section["report"] != "1" else giro.day(section["pays"])
        status = STATUSES.get(section["report"], "info")
        return {
            "amount": None, "currency": section["currency"] or "SEK",
            "kind": "deduction" if code in TAKEN_OFF else "payment", "status": status, "format": "lb",
            "account": section["bankgiro"].lstrip("0"), "booked": when if status == "booked" else None, "valued": when,
            "reference": reference, "references": [["free", reference, None]] if reference else [],
            "payer_name": "", "payer_account": "", "payer_org": "", "payer_address": "", "text": "\n".join(told.texts),
            "bank_reference": "", "reason": "", "batch": "", "identity": "", "line": number,
            "section": self.sections, "record": code, "receiver_number": receiver, "sender_text": said["info"],
            "receiver_account": (told.told.get("clearing", "") + by_account if by_account
                                 else receiver if code == "54" or len(receiver) >= SHORTEST else ""),
            "receiver_name": told.told.get("receiver_name", ""), "receiver_address": _address(told.told),
            "salary": told.told.get("salary") == "L", "at_once": said["date"] == "GENAST", "reason_text": "",
            "reasons": list(told.reasons),
        }

    def _told(self, code: str, line: str, number: int) -> None:
        self._end()
        self._of(line).told.update(giro.fields(line, EARLIER[code]))

    def _text(self, code: str, line: str, number: int) -> None:
        start, end = TEXTS[code]
        if self._row and self._raw[0][2:12] == line[2:12]:
            self._raw.append(line)
            if self._row["text"].count("\n") < MOST_TEXTS:
                self._row["text"] = "\n".join([text for text in (self._row["text"], line[start:end].strip()) if text])
        else:
            self._end()
            texts = self._of(line).texts
            texts += [line[start:end].strip()] if len(texts) < MOST_TEXTS else []

    def _comment(self, code: str, line: str, number: int) -> None:
        """Why the record before this was refused; 0000: another record of the same payment says why."""
        reason = (line[6:10].strip(), line[10:80].strip())
        reasons = self._row["reasons"] if self._row else self._receiver.reasons
        if reason[0].strip("0") and len(reasons) < MOST_TEXTS:
            reasons.append(reason)

    def _total(self, code: str, line: str, number: int) -> None:
        self._end()
        line = giro.whole(line, number)
        where = f"section {self.sections}, bankgiro {line[2:12].lstrip('0')}"
        count, total = giro.minor(line[12:20]), line[20:32].strip()
        self.rows.checks.append(Check("section count", count, self._count, number, where))
        if total and self._sum_known:
            said = giro.minor(total)
            signed = None if said is None else money(-said if line[32:33] == "-" else said)
            self.rows.checks.append(Check("section amount", signed, money(self._sum), number, where))
        elif total:
            self.rows.checks.append(Check("section amount", total, "unreadable payments", number, where))
        self._open = None

    def _of(self, line: str) -> _Receiver:
        if self._receiver.key != line[2:12].strip():
            self._receiver = _Receiver(line[2:12].strip())
        return self._receiver

    def _end(self) -> None:
        """The payment that was being read is whole."""
        if row := self._row:
            reasons: list[Any] = row.pop("reasons")
            row["reason"], row["reason_text"] = reasons[0] if reasons else ("", "")
            self.rows.add(row, row["line"], "\n".join(self._raw), self._faults)
        self._row, self._faults = {}, ()

    def _unclosed(self, found: str, number: int) -> None:
        self._end()
        if self._open is not None:
            self.rows.checks.append(Check("section end", "29", found, number, f"section {self.sections}"))
            self._open = None


def _address(told: Mapping[str, str]) -> str:
    town = f"{told.get('postal_code', '')} {told.get('city', '')}".strip()
    return ", ".join([part for part in (told.get("street", ""), town) if part])


def _iso(text: str) -> str | None:
    found = giro.day(text)
    return found.isoformat() if found else None
