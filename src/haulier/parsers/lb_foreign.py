"""Sections of foreign payments in files of LB: orders, and the report of those that came about."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.record import Row
from . import giro
from . import lb_foreign_records as records
from .collected import Collected
from .giro import broken
from .lb_foreign_section import Foreign


class Orders(Foreign):
    """Payments that are to go out, and credit notes that are taken off them."""

    content, opening, end, sums = "foreign orders", records.OPENING, "9", records.SUMS

    def __init__(self, out: Collected, line: str, number: int, section: int) -> None:
        super().__init__(out, line, number, section)
        if (layout := self._opened["layout"]) != records.LAYOUT:
            raise _unread(f"of layout {layout!r}", number)

    def _told(self, code: str, line: str, number: int) -> bool:
        if code == "3":
            said = giro.fields(line, records.WHERE)
            self._tell(line, said | {"receiver_address": records.text_of(line, records.ADDRESS),
                                     "currency_account": line[records.CURRENCY_ACCOUNT:][:1] == "1"})
        elif code == "4":
            if records.is_another(line):
                raise _unread("as Handelsbanken has them (UTLI)", number)
            self._tell(line, giro.fields(line, records.BANK))
        elif code in "56":
            self._ordered(line, number, is_credit=code == "5")
        elif code == "7" and self._row:
            self._raw.append(line)
            self._row["purpose_code"] = line[slice(*records.PURPOSE)].strip()
        else:
            return False
        return True

    def _ordered(self, line: str, number: int, *, is_credit: bool) -> None:
        said = giro.fields(line, records.MONEY)
        values = records.amounts(line, records.MONEY, self.sums) | ({} if said["counter"] else {"counter": 0})
        if is_credit:
            values = {name: _credit(value) for name, value in values.items()}
        day = giro.day(said["date"] if said["date"].strip("0") else self._opened["pays"])
        self._pay(line, number, values, {"kind": "deduction" if is_credit else "payment", "status": "pending",
                                         "currency": said["currency"], "valued": day,
                                         **({} if said["counter"] else {"counter_amount": None})})


class Report(Foreign):
    """Payments that came about, and credit notes that were taken off them."""

    content, opening, end, sums = "foreign payments", records.REPORT_OPENING, "6", records.REPORT_SUMS

    def __init__(self, out: Collected, line: str, number: int, section: int) -> None:
        super().__init__(out, line, number, section)
        self._debited: Row = {}

    def _told(self, code: str, line: str, number: int) -> bool:
        if code == "1":
            said = giro.fields(line, records.DEBITED)
            day = giro.day(said["paid"])
            self._debited = {"debited_account": said["account"].lstrip("0"), "booked": day, "valued": day}
        elif code == "3":
            self._tell(line, giro.fields(line, records.REPORT_WHERE) | {
                "receiver_address": records.text_of(line, records.REPORT_ADDRESS)})
        elif code == "5":
            self._paid(line, number)
        else:
            return False
        return True

    def _tell(self, line: str, told: Mapping[str, Any]) -> None:
        also = {"currency": line[slice(*records.CURRENCY)].strip()} if line[0] == "2" else {}
        super()._tell(line, {**told, **also})

    def _paid(self, line: str, number: int) -> None:
        values = records.amounts(line, records.REPORT_MONEY, self.sums)
        if is_credit := (values["amount"] or 0) < 0:
            values["bank"] = _credit(values["bank"])    # some have no sign there
        self._pay(line, number, values, self._debited | {
            "kind": "deduction" if is_credit else "payment", "status": "booked",
            "corrected": line[records.CORRECTED:][:1] == "1"})

    def _ended(self, line: str, number: int) -> None:
        super()._ended(line, number)
        said, found = giro.minor(line[slice(*records.RECORDS)]), self._sums["records"]
        if said != found:       # some count those of the whole file there
            self._out.notice("records", f"the section says that there are {said} records, found are {found}",
                                   number)


def section_of(line: str) -> type[Foreign] | None:
    """What begins with this line; None if it is no first record of foreign payments."""
    if records.REPORT.match(line):
        return Report
    return Orders if records.ORDERS.match(line) else None


def _credit(value: int | None) -> int | None:
    return None if value is None else -abs(value)


def _unread(what: str, number: int) -> Exception:
    return broken("layout", f"foreign payments {what} are not read. Ask the bank for camt.054 or pain.002", number)
