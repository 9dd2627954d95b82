"""The report of LB on orders that are watched until their day: sums by day, and what was there before and is left."""
from __future__ import annotations

from collections.abc import Mapping

from ..model.record import SHOWN, Check, Fault
from . import giro
from .collected import Collected
from .giro import money

WATCHED = frozenset({"40", "41", "42", "43"})
MEANINGS: Mapping[str, str] = {"40": "before", "41": "paid or cancelled since", "42": "left", "43": "of a day"}
_PLACES: Mapping[str, tuple[int, int]] = {"40": (2, 16), "41": (2, 16), "42": (30, 44), "43": (14, 28)}
"""Where payments and what is taken off them stand: 13 digits each, and a sign."""
_DIGITS = 13


class Watched:
    """One such section."""

    def __init__(self, out: Collected, bankgiro: str, section: int) -> None:
        self._out, self._bankgiro, self._section = out, bankgiro.lstrip("0"), section
        self._count = self._sum = 0
        self._left: int | None = None

    def take(self, code: str, line: str, number: int) -> None:
        """A record 40 to 43."""
        self._count += 1
        paid, taken_off = (_signed(line, place) for place in _PLACES[code])
        faults: tuple[Fault, ...] = ()
        if paid is None or taken_off is None or giro.is_changed(line):
            faults = (Fault("amount", "amounts must be 13 digits and a sign", "payments", line[:SHOWN]),)
        if code == "42":
            self._left = paid
        elif code == "43":
            self._sum += paid or 0
        day = giro.day(line[2:8]) if code == "43" else None
        self._out.add({
            "record": code, "format": "lb", "line": number, "section": self._section, "bankgiro": self._bankgiro,
            "meaning": MEANINGS[code], "date": day, "payments": None if paid is None else money(paid),
            "taken_off": None if taken_off is None else money(taken_off),
            "code": line[42:44].strip() if code == "43" else ""}, number, line, len(line), faults)

    def total(self, line: str, number: int) -> None:
        """At a record 29."""
        where = f"section {self._section}, bankgiro {self._bankgiro}"
        self._out.checks.append(Check("section count", giro.minor(line[12:20]), self._count, number, where))
        if self._left is not None:
            self._out.checks.append(Check("section amount", money(self._left), money(self._sum), number, where))


def _signed(line: str, place: int) -> int | None:
    digits, sign = giro.minor(line[place:place + _DIGITS]), line[place + _DIGITS:place + _DIGITS + 1].strip()
    if digits is None or sign not in ("", "+", "-"):
        return None
    return -digits if sign == "-" else digits
