"""What sections of foreign payments in files of LB share: receivers, payments to them, sums at the end."""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from ..model.record import Check, Fault, Row
from . import giro
from . import lb_foreign_records as records
from .collected import Collected
from .giro import Layout, money

_NOTHING: Row = {
    "amount": None, "currency": "", "kind": "payment", "status": "", "format": "lb", "account": "", "booked": None,
    "valued": None, "reference": "", "references": [], "payer_name": "", "payer_account": "", "payer_org": "",
    "payer_address": "", "text": "", "bank_reference": "", "reason": "", "batch": "", "identity": "", "line": 0,
    "section": 0, "record": "", "receiver_number": "", "receiver_account": "", "receiver_name": "",
    "receiver_address": "", "receiver_country": "", "receiver_bank": "", "receiver_bank_name": "",
    "counter_amount": None, "bank_amount": None, "debited_account": "", "currency_account": False,
    "purpose_code": "", "charges_code": "", "priority_code": "", "corrected": False}
"""A row of which nothing is known."""
_CHECKS: Mapping[str, str] = {"amount": "section amount", "counter": "section counter value",
                              "bank": "section counter value of the bank"}


class Foreign(ABC):
    """One such section."""

    content: ClassVar[str]
    opening: ClassVar[Layout]
    end: ClassVar[str]
    """The record that ends it."""
    sums: ClassVar[Layout]
    """What that record says, and where."""

    def __init__(self, out: Collected, line: str, number: int, section: int) -> None:
        self._out, self._section = out, section
        self._sums: Counter[str] = Counter(records=1)
        self._is_summed = True
        self._receiver, self._receiver_is_changed = _NOTHING, False
        self._row: Row = {}
        self._raw: list[str] = []
        self._faults: tuple[Fault, ...] = ()
        self._opened = giro.fields(giro.whole(line, number), self.opening)
        written = giro.day(self._opened["written"])
        out.tell("sections", {"bankgiro": self._opened["bankgiro"], "written": written and written.isoformat(),
                              "content": self.content, "currency": ""})

    def take(self, line: str, number: int) -> bool:
        """The next record; whether it is the last one."""
        code = line[:1]
        self._sums["records"] += 1
        if code == self.end:
            self.finish()
            self._ended(giro.whole(line, number), number)
        elif code == "2":
            self.finish()
            self._receiver, self._receiver_is_changed = _NOTHING | {"receiver_number": _number(line)}, False
            self._tell(line, {"receiver_name": records.text_of(line, records.NAME)})
        elif not self._told(code, line, number) and code != records.SEAL:
            self._out.notice("unknown_record", f"record {code!r} is not known; it is left out", number)
        return code == self.end

    def finish(self) -> None:
        """The payment that was being read is whole."""
        if row := self._row:
            raw = "\n".join(self._raw)
            self._out.add(row, row["line"], raw, len(raw), self._faults)
        self._row = {}

    @abstractmethod
    def _told(self, code: str, line: str, number: int) -> bool:
        """A record that only such sections have; False if they have none of that code."""

    def _tell(self, line: str, told: Mapping[str, Any]) -> None:
        """What a record says of the receiver."""
        self._receiver = {**self._receiver, **told}
        self._receiver_is_changed |= giro.is_changed(line)

    def _pay(self, line: str, number: int, values: Mapping[str, int | None], own: Row) -> None:
        """A payment of so many hundredths. `own`: what only such sections say of one."""
        self.finish()
        said, is_known = giro.fields(line, records.MONEY), self._receiver["receiver_number"] == _number(line)
        if giro.is_changed(line) or (is_known and self._receiver_is_changed):
            values, self._faults = dict.fromkeys(values), (giro.CHANGED,)
        elif None in values.values():
            self._faults = (Fault("amount", "amounts must be digits", "amount", line[slice(*records.MONEY["amount"])]),)
        else:
            self._faults = ()
            for name, value in values.items():
                self._sums[name] += value or 0
        self._is_summed = self._is_summed and not self._faults
        self._raw = [line]
        self._row = (self._receiver if is_known else _NOTHING) | {
            "amount": _out(values["amount"]), "counter_amount": _out(values["counter"]),
            "bank_amount": _out(values.get("bank")), "account": self._opened["bankgiro"].lstrip("0"),
            "reference": said["reference"], "receiver_number": _number(line), "line": number,
            "references": [["free", said["reference"], None]] if said["reference"] else [],
            "section": self._section, "record": line[0]} | own
        if values["amount"] == 0:
            self._out.notice("zero_amount", "an amount of zero", number)

    def _ended(self, line: str, number: int) -> None:
        for name, said in records.amounts(line, self.sums, self.sums).items():
            found = money(self._sums[name]) if self._is_summed else "unreadable payments"
            where = f"section {self._section}, bankgiro {self._opened['bankgiro'].lstrip('0')}"
            self._out.checks.append(
                Check(_CHECKS[name], None if said is None else money(said), found, number, where))


def _number(line: str) -> str:
    """Of the receiver."""
    return line[slice(*records.RECEIVER)].strip().lstrip("0")


def _out(value: int | None) -> Any:
    return None if value is None else money(-value)
