"""Reads the records of an Autogiro file."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..model.record import Check, Fault, Row
from . import autogiro_codes as codes
from . import autogiro_layouts as layouts
from . import giro
from .autogiro_layouts import AMENDMENTS, DEPOSIT, ORDERS, REGISTER, SPECIFICATION, Form, Opening
from .autogiro_row import payment_row, plain_row
from .collected import Collected
from .giro import broken, money

OPEN, END, END_ELECTRONIC = "01", "09", "59"
SECTIONS: Mapping[str, str] = {"15": "82", "16": "32", "17": "77"}      # and the records that stand in them
ADDED: Mapping[str, tuple[str, tuple[int, int], tuple[int, int]]] = {   # two texts, and what stands between them
    "53": ("", (2, 38), (38, 38)), "54": ("\n", (2, 38), (38, 74)), "55": ("\n", (2, 38), (38, 74)),
    "56": (" ", (2, 7), (7, 43))}
MOST_TEXTS = 90


class Reading:
    """One file that is being read."""

    def __init__(self) -> None:
        self.out = Collected()
        self.opening: Opening | None = None
        self._section: dict[str, str] = {}
        self._section_line = 0
        self._sums: Counter[str] = Counter()        # "count 82", "amount 82", "rows" … of the file
        self._found: Counter[str] = Counter()       # of the section
        self._ended = False
        self._row: tuple[Row, int, list[str], tuple[Fault, ...]] | None = None

    def take(self, line: str, number: int) -> None:
        """The next record."""
        if layouts.is_seal(line):
            return
        if self.opening is None or (line.startswith(OPEN) and self._form is ORDERS):
            self._open(line, number)
            if self._form is not REGISTER:
                return
        self._sums["records"] += 1
        if self._form is REGISTER:
            self._registered(line, number)
        else:
            self._coded(line[:2], line, number)

    def _coded(self, code: str, line: str, number: int) -> None:
        if self._ended:
            self.out.checks.append(Check("end record", "the last record", f"a record {code!r} behind it", number))
        form = self._form
        if code in form.money:
            self._payment(code, line, number)
        elif code in form.plain:
            self._plain(code, line, number)
        elif code in ADDED and self._row:
            self._add(code, line)
        elif code in SECTIONS and form is SPECIFICATION:
            self._begin(code, line, number)
        elif code in (END, END_ELECTRONIC):
            self._end(line, number)
        else:
            self.out.notice("unknown_record", f"record {code!r} is not known; it is left out", number)

    def end(self) -> None:
        """There are no more."""
        if self.opening is None:
            raise broken("start_record", "there is nothing in it: no start record (01)")
        self._flush()
        self._leave()
        if self.opening.form.ends and not self._ended:
            self.out.checks.append(Check("end record", END, "the end of the file"))

    def _open(self, line: str, number: int) -> None:
        self._flush()
        opening = self.opening = layouts.opening_of(giro.whole(line, number))
        if opening is None:
            raise broken("start_record", f"this is no known Autogiro file: it begins with {line[:64]!r}", number)
        written = giro.day(opening.written)
        self.out.facts |= {"content": opening.form.name, "customer": opening.customer,
                            "bankgiro": opening.bankgiro.lstrip("0"), "written": written and written.isoformat()}

    def _begin(self, code: str, line: str, number: int) -> None:
        """A section of a payment specification: a deposit or a withdrawal on our account."""
        self._flush()
        self._leave()
        said = self._section = giro.fields(giro.whole(line, number), DEPOSIT) | {"code": code}
        self._section_line = number
        if giro.day(said["date"]) is None or giro.minor(said["amount"]) is None or giro.minor(said["count"]) is None:
            raise broken("section_totals", "a section's date, amount and number of payments must be digits", number)
        self._sums[f"sections {code}"] += 1

    def _leave(self) -> None:
        """What the section says of itself; only payments that came about count in it."""
        if said := self._section:
            where = f"section {said['code']}, serial {said['serial']}"
            self.out.checks += [
                Check("section amount", money(int(said["amount"])), money(self._found["amount"]), self._section_line,
                      where),
                Check("section count", int(said["count"]), self._found["count"], self._section_line, where)]
        self._section, self._found = {}, Counter()

    def _payment(self, code: str, line: str, number: int) -> None:
        self._flush()
        form = self._form
        if form is SPECIFICATION and (not self._section or SECTIONS[self._section["code"]] != code):
            raise broken("outside", f"a record {code} outside of its section (15, 16 or 17)", number)
        said = giro.fields(line, form.money[code])
        minor = giro.minor(said["amount"]) if len(said["amount"]) == 12 else None
        faults: list[Fault] = []
        if giro.is_changed(line):
            faults.append(giro.CHANGED)
        elif minor is None:
            faults.append(Fault("amount", "the amount must be 12 digits", "amount", said["amount"]))
        row = payment_row(self._opened, self._section, code, said, minor or 0) | {"line": number}
        self._sums[f"count {code}"] += 1
        if faults:
            row["amount"] = None
        else:
            self._sums[f"amount {code}"] += minor or 0
            if row["status"] == "booked":
                self._found["amount"] += minor or 0
                self._found["count"] += 1
                self._sums[f"booked count {code}"] += 1
        if row["valued"] is None and said["date"] != "GENAST":
            if form.status == "info":
                self.out.notice("date", f"{said['date']!r} is no date", number)
            else:
                faults.append(Fault("date", "this is no date", "valued", said["date"]))
        if minor == 0:
            self.out.notice("zero_amount", "an amount of zero", number)
        self._row = (row, number, [line], tuple(faults))

    def _plain(self, code: str, line: str, number: int) -> None:
        self._flush()
        self._keep(code, giro.fields(line, self._form.plain[code]), line, number)

    def _registered(self, line: str, number: int) -> None:
        """A mandate in an extract of the register."""
        self._flush()
        layout = layouts.registered_of(line)
        if layout is None:
            fault = Fault("no_mandate", "this is no record of a register of mandates")
            self._row = ({"record": "", "format": "autogiro", "line": number}, number, [line], (fault,))
            return
        self._keep("", giro.fields(line, layout), line, number)

    def _keep(self, code: str, said: dict[str, str], line: str, number: int) -> None:
        """A row of its own."""
        self._amended(said)
        self._sums["rows"] += 1
        self._row = (plain_row(self._form, code, said) | {"line": number}, number, [line],
                     (giro.CHANGED,) if giro.is_changed(line) else ())

    def _amended(self, said: Mapping[str, str]) -> None:
        """Orders that were cancelled or changed are summed up."""
        if self._form is AMENDMENTS and said["result"] in codes.AMENDED:
            self._sums[f"count {said['direction']}"] += 1
            self._sums[f"amount {said['direction']}"] += giro.minor(said["amount"]) or 0

    def _add(self, code: str, line: str) -> None:
        if self._row and len(self._row[2]) < MOST_TEXTS:
            between, *places = ADDED[code]
            self._row[2].append(line)
            text = between.join(filter(None, [line[start:end].strip() for start, end in places]))
            self._row[0]["text"] = "\n".join(filter(None, [self._row[0].get("text", ""), text]))

    def _end(self, line: str, number: int) -> None:
        self._flush()
        self._leave()
        line = giro.whole(line, number)
        self._sums["records"] -= 1      # of those before this one
        for name, (start, end) in self._form.totals.items():
            said, found = giro.minor(line[start:end].strip() or "0"), self._sums[name]
            if self._form is SPECIFICATION and name.startswith("count") and said == self._sums[f"booked {name}"]:
                found = said    # Bankgirot counts in two ways: all payments, or those that came about
            if name.startswith("amount"):
                total = None if said is None else money(said)
                self.out.checks.append(Check(f"file {name}", total, money(found), number))
            else:
                self.out.checks.append(Check(f"file {name}", said, found, number))
        self._ended = True

    def _flush(self) -> None:
        """The row that was being read is whole."""
        if self._row:
            row, number, lines, faults = self._row
            raw = "\n".join(lines)
            self.out.add(row, number, raw, len(raw), faults)
        self._row = None

    @property
    def _opened(self) -> Opening:
        assert self.opening is not None     # take() begins with it
        return self.opening

    @property
    def _form(self) -> Form:
        return self._opened.form
