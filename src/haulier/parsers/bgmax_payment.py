"""Makes one row of a payment's records in BgMax."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from ..model.record import SHOWN, Fault, Row
from . import bgmax_records as records
from .bgmax_records import EXTRA_NEGATIVE, KINDS, USUAL, Deposited, Section
from .bgmax_row import address_of, form_of
from .bgmax_scan import is_amount
from .giro import money
from .notices import Notices

NO_DEPOSIT = Fault("no_deposit", "its section has no deposit record (15): whether and when this money came is not said")
CHANGED = "changed_line"
"""The code of that fault."""
_HUNDREDTH = Decimal("0.01")
_NO_SERIAL = "0" * 12


class Payments:
    """The payment that is being read, of the section that is open."""

    def __init__(self, notices: Notices) -> None:
        self.notices = notices
        self.row: Row = {}
        self.line = 0                           # where it begins; 0 if there is none
        self.faults: tuple[Fault, ...] = ()
        self.parts = 0                          # what its references are said to be for; hundredths
        self.references = 0                     # records 22 and 23 so far
        self._form: Row = {}
        self._key = ""
        self._faults: tuple[Fault, ...] = ()
        self._payer = ""
        self.followers: dict[str, Callable[[str, int], None]] = {
            records.EXTRA: self._reference, records.EXTRA_NEGATIVE: self._reference, records.INFORMATION: self._text,
            records.NAME: self._name, records.ADDRESS: self._street, records.CITY: self._city,
            records.ORGANISATION: self._organisation}

    def open(self, section: Section, deposit: Deposited | None) -> None:
        """All that the payments of a section have alike."""
        form = self._form = form_of(section, deposit)
        self._faults = () if deposit else (NO_DEPOSIT,)
        self._key = f"bgmax:{section.bankgiro}:{form['deposit_date']}:{form['deposit_serial']}:20:"
        self._payer = ""

    @property
    def are_sound(self) -> bool:
        """Whether nothing makes all payments of the section rejects."""
        return not self._faults

    def usual(self, found: Sequence[Sequence[str]], number: int, rows: list[Row]) -> tuple[int, int]:
        """Payments that follow one another from that line on, as bgmax_row.RECORDS finds them, in a section whose
        payments are sound. How many hundredths they are, and the line behind them."""
        form, key, total = self._form, self._key, 0
        for payer, reference, amount, codes, serial, image, name, street, city, organisation in found:
            row = form.copy()
            minor = int(amount)
            total += minor
            kind, row["reference_code"], row["channel"] = USUAL[codes]
            row["reference"] = reference = reference.strip()
            row["references"] = [[kind, reference, None]] if reference else []
            row["amount"] = minor * _HUNDREDTH
            row["payer_account"] = payer.lstrip("0")
            row["bank_reference"] = serial
            row["image"] = image
            row["line"] = number
            row["identity"] = f"{key}{serial}:{reference}"
            rows.append(row)
            number += 1
            if name:
                name = name[2:72].rstrip()
                row["payer_name"] = name[:35].strip()
                if len(name) > 35:
                    row["extra_name"] = name[35:].strip()
                number += 1
            if street:
                number += _add_address(row, street, city, organisation)
        self.row, self.line, self._payer = row, row["line"], row["payer_account"]
        return total, number

    def begin(self, line: str, number: int, minor: int | None) -> Row:
        """A record 20 of so many hundredths; None: they cannot be read."""
        row = self.row = self._form.copy()
        self.line, self.faults = number, self._faults
        codes = line[55:57]
        known = USUAL.get(codes)
        kind, code, channel = known or (KINDS.get(codes[:1], "free"), codes[:1], codes[1:])
        reference, serial, image = line[12:37].strip(), line[57:69], line[69:70]
        row["amount"] = None if minor is None else minor * _HUNDREDTH
        row["references"] = [[kind, reference, None]] if reference else []
        row["reference"] = reference
        row["payer_account"] = self._payer = _payer_of(line)
        row["reference_code"] = code
        row["channel"] = channel
        row["bank_reference"] = serial
        row["image"] = image
        row["line"] = number
        row["identity"] = f"{self._key}{serial}:{reference}"
        if not known or not minor or serial <= _NO_SERIAL or image not in "01":
            self._odd(number)
        return row

    def deduct(self, line: str, number: int, minor: int | None) -> Row:
        """A record 21 of so many hundredths, below zero; None: they cannot be read."""
        if _payer_of(line) != self._payer:
            self.notices.add("lone_deduction", "a deduction that follows no payment of the same payer", number)
        row = self.begin(line, number, minor)
        row["kind"], row["deduction_code"] = "deduction", line[70:71].strip()
        row["identity"] = row["identity"].replace(":20:", ":21:", 1)
        if row["deduction_code"] not in records.DEDUCTIONS:
            self._reserved("deduction_code", number)
        return row

    def unreadable(self, number: int, fault: Fault) -> None:
        """A record 20 or 21 of which nothing can be read: it and what belongs to it are a reject."""
        self.row, self.line, self.faults = {}, number, (fault,)

    def end(self) -> None:
        """Behind its last record."""
        amount = self.row["amount"] if self.row else None
        if self.parts and amount is not None and self.parts != amount.copy_abs() * 100:
            self.notices.add("split", f"{amount.copy_abs()} is paid, its references are for "
                                      f"{money(self.parts)}", self.line)
        self.parts = 0
        if self.row and NO_DEPOSIT in self.faults:
            self.row["identity"] = ""

    def _reference(self, line: str, number: int) -> None:
        self.references += 1
        if not self.row:
            self._lone(line, number)
            return
        if not is_amount(line[37:55]):
            self._fault("reference_amount", "the amount of a further reference must be 18 digits", line[37:55])
            return
        if _payer_of(line) != self.row["payer_account"]:
            self._fault("other_payer", f"line {number}: a reference of another payer's payment", line[2:12])
        if line[57:69].strip() != self.row["bank_reference"]:
            self._fault("other_serial", f"line {number}: a reference with another serial number", line[57:69])
        minor = int(line[37:55]) * (-1 if line.startswith(EXTRA_NEGATIVE) else 1)
        reference = line[12:37].strip()
        self.parts += minor
        self.row["references"].append([KINDS.get(line[55:56], "free"), reference,
                                       str(money(minor)) if minor else None])
        self.row["reference"] = self.row["reference"] or reference

    def _text(self, line: str, number: int) -> None:
        if not self.row:
            self._lone(line, number)
            return
        before = self.row["text"]
        if before.count("\n") + 2 > records.MOST_TEXTS:
            self.notices.add("too_many_texts", f"more than {records.MOST_TEXTS} texts: they are left out", number)
        else:
            self.row["text"] = f"{before}\n{line[2:52].rstrip()}" if before else line[2:52].rstrip()

    def _name(self, line: str, number: int) -> None:
        if row := self.row:
            row["payer_name"] = line[2:37].strip()
            row["extra_name"] = line[37:72].strip()
        else:
            self._lone(line, number)

    def _street(self, line: str, number: int) -> None:
        if row := self.row:
            _add_address(row, line, "", "")
        else:
            self._lone(line, number)

    def _city(self, line: str, number: int) -> None:
        if row := self.row:
            _add_address(row, "", line, "")
        else:
            self._lone(line, number)

    def _organisation(self, line: str, number: int) -> None:
        if row := self.row:
            _add_address(row, "", "", line)
        else:
            self._lone(line, number)

    def _lone(self, line: str, number: int) -> None:
        if not self.line:
            self.notices.add("lone_record", f"a record {line[:2]} that belongs to no payment", number)

    def _fault(self, code: str, reason: str, value: str) -> None:
        self.faults += (Fault(code, reason, "references", value[:SHOWN]),)

    def _odd(self, number: int) -> None:
        """What is seldom so, and may be right."""
        row = self.row
        row["image"] = row["image"].strip()
        serial = row["bank_reference"] = row["bank_reference"].strip()
        if not serial.strip("0"):
            row["identity"] = ""    # without a serial number two payments cannot be told apart
        if row["amount"] == 0:
            self.notices.add("zero_amount", "an amount of zero", number)
        for name, known in (("reference_code", records.REFERENCES), ("channel", records.CHANNELS),
                            ("image", records.IMAGES)):
            if row[name] and row[name] not in known:
                self._reserved(name, number)

    def _reserved(self, name: str, number: int) -> None:
        self.notices.add(f"reserved_{name}", f"{name} {self.row[name]!r} is reserved", number)


def _add_address(row: Row, street: str, city: str, organisation: str) -> int:
    """What records 27, 28 and 29 say, those that are there; how many that is."""
    if street:
        row["street"], row["postal_code"] = street[2:37].strip(), street[37:46].strip()
    if city:
        row["city"], row["country"], row["country_code"] = city[2:37].strip(), city[37:72].strip(), city[72:74].strip()
    if organisation:
        row["payer_org"] = organisation[2:14].strip()
    row["payer_address"] = address_of(row)
    return bool(street) + bool(city) + bool(organisation)


def unreadable(line: str) -> Fault | None:
    """Why a record 20 or 21 cannot be read, whatever else it says. CHANGED: nothing of it can."""
    if line[2:3] == "\t":
        return Fault(CHANGED, "a TAB or more than 80 characters: an editor changed this line")
    if not is_amount(line[37:55]):
        return Fault("amount", "the amount must be 18 digits", "amount", line[37:55])
    payer = _payer_of(line)
    if payer and not (payer.isascii() and payer.isdecimal()):
        return Fault("payer", "the payer's bankgiro must be digits", "payer_account", line[2:12])
    return None


def _payer_of(line: str) -> str:
    """Files that Bankgirot published as examples have blanks among its 10 places."""
    return line[2:12].strip().lstrip("0")
