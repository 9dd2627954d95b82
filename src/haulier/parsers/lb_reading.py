"""Reads the records of a file of supplier payments (LB)."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..model.record import Check, Fault, Row
from . import giro
from . import lb_records as records
from .collected import Collected
from .giro import broken, money
from .lb_foreign import section_of
from .lb_foreign_section import Foreign
from .lb_row import Receiver, payment_row
from .lb_watched import WATCHED, Watched


class Reading:
    """One file that is being read."""

    def __init__(self) -> None:
        self.out = Collected()
        self.sections = 0
        self._open: dict[str, str] | None = None
        self._count = self._sum = 0
        self._sum_known = True
        self._receiver = Receiver()
        self._row: Row = {}
        self._raw: list[str] = []
        self._faults: tuple[Fault, ...] = ()
        self._watched: Watched | None = None
        self._foreign: Foreign | None = None
        self._take: Mapping[str, Callable[[str, str, int], None]] = {
            records.OPEN: self._opening, records.TOTAL: self._total, "49": self._comment, "20": self._credit,
            **dict.fromkeys(records.PAID + records.TAKEN_OFF, self._payment),
            **dict.fromkeys(records.EARLIER, self._told), **dict.fromkeys(records.TEXTS, self._text)}

    def take(self, line: str, number: int) -> None:
        """The next record."""
        code = line[:2]
        if not self.sections and records.RETURNED.match(line):
            raise broken("layout", "this is a file of returned cash payments: its layout is not read. Ask the bank "
                                   "for camt.054 or pain.002", number)
        if (self._foreign or line[:1] == "0") and self._abroad(line, number):
            return
        if code in records.UNREAD:
            if records.AMENDED.match(line):
                self.out.notice("amendment", "an order is cancelled or its date changed (LB): left out", number)
        elif self._watched and code in WATCHED:
            self._watched.take(code, line, number)
        elif code not in self._take:
            if not self.sections:
                raise broken("start_record", f"this is not LB: it begins with {line[:10]!r}", number)
            self.out.notice("unknown_record", f"record {code!r} is not known; it is left out", number)
        elif code != records.OPEN and self._open is None:
            raise broken("outside", f"a record {code} outside of a section (11 … 29)", number)
        else:
            self._take[code](code, line, number)

    def _abroad(self, line: str, number: int) -> bool:
        """Whether it belongs to a section of foreign payments, which has records of its own."""
        if begun := section_of(line):
            self._unclosed("a record 0", number)
            self.sections += 1
            self._foreign = begun(self.out, line, number, self.sections)
            return True
        is_domestic = self._foreign is None or (line[:2] == records.OPEN and line[18:26] == "LEVERANT")
        if self._foreign and not is_domestic and self._foreign.take(line, number):
            self._foreign = None
        return not is_domestic

    def end(self) -> None:
        """There are no more."""
        self._unclosed("the end of the file", 0)
        if not self.sections:
            raise broken("start_record", "this is not LB: there is no record 11 with LEVERANTÖRSBETALNINGAR")

    def _opening(self, code: str, line: str, number: int) -> None:
        line = giro.whole(line, number)
        self._unclosed("a record 11", number)
        if line[18:26] != "LEVERANT":
            raise broken("layout", f"this is not LB: its layout is called {line[18:40].strip()!r}", number)
        said = self._open = giro.fields(line, records.OPENING)
        if said["report"] not in records.REPORTS:
            self.out.notice("report", f"type {said['report']!r} of a report is not known", number)
        self.sections += 1
        self._count = self._sum = 0
        self._sum_known = True
        is_watched = said["report"] == records.SUMS_ONLY
        self._watched = Watched(self.out, said["bankgiro"], self.sections) if is_watched else None
        written = giro.day(said["written"])
        self.out.tell("sections", {"bankgiro": said["bankgiro"], "written": written and written.isoformat(),
                                   "content": records.REPORTS.get(said["report"], said["report"]),
                                   "currency": said["currency"] or "SEK"})

    def _payment(self, code: str, line: str, number: int) -> None:
        self._end()
        said = giro.fields(line, records.PAYMENT)
        value = giro.minor(said["amount"]) if len(said["amount"]) == 12 else None
        receiver = self._receiver if self._receiver.key == said["receiver"] else Receiver()
        changed = giro.is_changed(line) or receiver.is_changed
        self._count += 1
        if value is None or changed:
            self._sum_known = False
            self._faults = (giro.CHANGED if changed else
                            Fault("amount", "the amount must be 12 digits", "amount", said["amount"]),)
        sign = 1 if code in records.TAKEN_OFF else -1
        self._sum -= sign * (value or 0)
        amount = None if value is None or changed else sign * money(value)
        self._row = payment_row(self._open or {}, receiver, code, said) | {
            "amount": amount, "line": number, "section": self.sections}
        if self._row["status"] == "booked" and code not in ("16", "17"):
            self._row |= giro.fields(line, records.REPORTED)
        if value == 0:
            self.out.notice("zero_amount", "an amount of zero", number)
        self._raw = [line]

    def _credit(self, code: str, line: str, number: int) -> None:
        """What a credit invoice was for, and what is left of it."""
        if self._row and self._row["record"] in ("16", "17"):
            self._keep(line)
            if giro.is_changed(line):
                self._faults = (giro.CHANGED,)
            self._row |= {name: giro.amount(text) for name, text in giro.fields(line, records.CREDIT).items()}

    def _told(self, code: str, line: str, number: int) -> None:
        self._end()
        receiver = self._of(line)
        receiver.told.update(giro.fields(line, records.EARLIER[code]))
        receiver.is_changed |= giro.is_changed(line)

    def _text(self, code: str, line: str, number: int) -> None:
        start, end = records.TEXTS[code]
        if self._row and self._raw[0][2:12] == line[2:12]:
            self._keep(line)
            if self._row["text"].count("\n") < records.MOST_TEXTS:
                self._row["text"] = "\n".join([text for text in (self._row["text"], line[start:end].strip()) if text])
        else:
            self._end()
            texts = self._of(line).texts
            texts += [line[start:end].strip()] if len(texts) < records.MOST_TEXTS else []

    def _keep(self, line: str) -> None:
        """A line that belongs to the payment."""
        if len(self._raw) < records.MOST_TEXTS:
            self._raw.append(line)

    def _comment(self, code: str, line: str, number: int) -> None:
        """Why the record before this was refused; 0000: another record of the same payment says why."""
        reason = (line[6:10].strip(), line[10:80].strip())
        reasons = self._row["reasons"] if self._row else self._receiver.reasons
        if reason[0].strip("0") and len(reasons) < records.MOST_TEXTS:
            reasons.append(reason)

    def _total(self, code: str, line: str, number: int) -> None:
        self._end()
        line = giro.whole(line, number)
        if self._watched:
            self._watched.total(line, number)
            self._watched = self._open = None
            return
        where = f"section {self.sections}, bankgiro {line[2:12].lstrip('0')}"
        count, total = giro.minor(line[12:20]), line[20:32].strip()
        self.out.checks.append(Check("section count", count, self._count, number, where))
        if total and self._sum_known:
            said = giro.minor(total)
            signed = None if said is None else money(-said if line[32:33] == "-" else said)
            self.out.checks.append(Check("section amount", signed, money(self._sum), number, where))
        elif total:
            self.out.checks.append(Check("section amount", total, "unreadable payments", number, where))
        self._open = None

    def _of(self, line: str) -> Receiver:
        if self._receiver.key != line[2:12].strip():
            self._receiver = Receiver(line[2:12].strip())
        return self._receiver

    def _end(self) -> None:
        """The payment that was being read is whole."""
        if row := self._row:
            reasons: list[Any] = row.pop("reasons")
            row["reason"], row["reason_text"] = reasons[0] if reasons else ("", "")
            raw = "\n".join(self._raw)
            self.out.add(row, row["line"], raw, len(raw), self._faults)
        self._row, self._faults = {}, ()

    def _unclosed(self, found: str, number: int) -> None:
        self._end()
        if self._foreign:
            self._foreign.finish()
        if self._foreign or self._open is not None:
            said = self._foreign.end if self._foreign else records.TOTAL
            self.out.checks.append(Check("section end", said, found, number, f"section {self.sections}"))
        self._open = self._foreign = None
