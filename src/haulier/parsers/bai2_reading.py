"""One BAI2 file on its way: groups, accounts, transactions, and what trailers say of them."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..model.errors import Malformed
from ..model.record import SHOWN, Check, Fault
from .bai2_entry import Account, Group, account_of, group_of, row
from .bai2_records import Bad, Record, money, whole
from .collected import Collected


@dataclass(slots=True)
class _Sum:
    """Of the parts of a group or of the file: control totals, how many, and lines."""

    total: int = 0
    parts: int = 0
    records: int = 0


@dataclass(slots=True)
class Reading:
    """One file on its way: the group and the account that are open."""

    out: Collected = field(default_factory=Collected)
    is_begun: bool = False
    is_over: bool = False
    group: Group | None = None
    account: Account | None = None
    heads: tuple[str, str] = ("", "")       # of the group and the account, as they stand
    in_group: _Sum = field(default_factory=_Sum)
    in_file: _Sum = field(default_factory=_Sum)

    def take(self, record: Record) -> None:
        """The next record."""
        if not self.is_begun and record.code != "01":
            raise Malformed("the first record is no file header (01): this is no BAI2 file", line=record.line)
        if record.cut:
            self.out.notice("long_record", f"a record goes on for {record.cut} lines more than are kept", record.line)
        if (read := _CODES.get(record.code)) is None:
            self.out.notice("unknown_record", f"a record of type {record.code!r}, left out", record.line)
            self._count(record)
        else:
            read(self, record)

    def end(self) -> None:
        """There are no more."""
        if not self.is_begun:
            raise Malformed("the file is empty: there is no file header (01)")
        self._account_ended(None)
        self._group_ended(None)
        if not self.is_over:
            self.out.checks.append(Check("file trailer", "a record 99", "none: the file ends early"))

    def _file(self, record: Record) -> None:
        if self.is_begun:       # another file behind this one
            self.end()
        version = record.at(7).strip()
        if version not in ("", "2", "3"):
            raise Malformed(f"the file header says version {version[:10]!r}: only version 2 is read",
                            line=record.line)
        if version == "3":      # BTRS, which has the same records; and what some banks say of version 2
            self.out.notice("version", "the file header says version 3: read as version 2", record.line)
        self.is_begun, self.is_over, self.in_file = True, False, _Sum(records=record.count)

    def _group(self, record: Record) -> None:
        self._account_ended(None)
        self._group_ended(None)
        if self.is_over:
            self.out.checks.append(Check("file trailer", "the last record", "a record 02 behind it", record.line))
        self.group = group_of(record)
        self.heads = record.raw, ""
        self.in_group = _Sum(records=record.count)
        if status := _STATUSES.get(self.group.status):
            self.out.notice("group_status", f"the bank calls these statements {status}", record.line)

    def _account(self, record: Record) -> None:
        self._account_ended(None)
        group = self.group or Group(record.line, "", "1", None, "USD", "")
        self.heads = self.heads[0], record.raw
        try:
            self.account = account_of(record, group)
        except Bad as error:
            self.account = Account(record.line, record.at(0), record.at(1) or group.currency, records=record.count)
            self.out.notice(error.code, f"account {record.at(0)}: {error}", record.line)

    def _entry(self, record: Record) -> None:
        self._count(record)
        raw = "\n".join(filter(None, (*self.heads, record.raw)))
        try:
            if self.group is None or self.account is None:
                raise Bad("no_account", "a transaction (16) outside any account (03)")
            made = row(record, self.group, self.account)
        except Bad as error:
            self.out.refuse((Fault(error.code, str(error), "", record.raw[:SHOWN]),), record.line, raw)
        else:
            self.out.add(made, record.line, raw, len(raw))

    def _count(self, record: Record) -> None:
        if self.account is not None:
            self.account.records += record.count
        else:
            (self.in_group if self.group else self.in_file).records += record.count

    def _account_ended(self, trailer: Record | None) -> None:
        account, self.account = self.account, None
        if account is None:
            if trailer:
                self.out.notice("stray_trailer", "an account trailer (49) without an account", trailer.line)
            return
        where = f"{account.number} {account.currency}"
        if trailer is None:
            self.out.checks.append(Check("account trailer", "a record 49", "none", account.line, where))
        else:
            account.records += trailer.count
            self._compare("account", trailer, (account.total, account.records), where)
        self.in_group.total += account.total if trailer is None else _said(trailer, 0) or account.total
        self.in_group.parts += 1
        self.in_group.records += account.records
        self._report(account)

    def _report(self, account: Account) -> None:
        """What the bank says of the account, for the report."""
        balances = {code: str(money(units, account.currency)) for code, units in account.balances.items()}
        opening, closing = account.balances.get("010"), account.balances.get("015")
        self.out.tell("statements", {
            "format": "bai2", "account": account.number, "currency": account.currency,
            "day": self.group.day.isoformat() if self.group and self.group.day else None,
            "opening": balances.get("010"), "closing": balances.get("015"), "balances": balances,
            "entries": account.entries, "sum": str(money(account.moved, account.currency))})
        if account.entries and opening is not None and closing is not None and opening + account.moved != closing:
            self.out.notice("balance_gap", f"account {account.number}: what it opened with and its transactions do "
                                           "not make what it closed with; not all may be listed", account.line)

    def _group_ended(self, trailer: Record | None) -> None:
        self._account_ended(None)
        group, self.group = self.group, None
        if group is None:
            if trailer:
                self.out.notice("stray_trailer", "a group trailer (98) without a group", trailer.line)
            return
        where = f"group of {group.sender} {group.day or ''}".strip()
        if trailer is None:
            self.out.checks.append(Check("group trailer", "a record 98", "none", group.line, where))
        else:
            self.in_group.records += trailer.count
            self._compare("group", trailer, (self.in_group.total, self.in_group.parts, self.in_group.records), where)
        self.in_file.total += self.in_group.total if trailer is None else _said(trailer, 0) or self.in_group.total
        self.in_file.parts += 1
        self.in_file.records += self.in_group.records

    def _file_ended(self, trailer: Record) -> None:
        self._group_ended(None)
        self.is_over = True
        self.in_file.records += trailer.count
        self._compare("file", trailer, (self.in_file.total, self.in_file.parts, self.in_file.records), "")

    def _compare(self, of: str, trailer: Record, found: tuple[int, ...], where: str) -> None:
        names = {"account": ("control total", "records"), "group": ("control total", "accounts", "records"),
                 "file": ("control total", "groups", "records")}[of]
        for place, (name, number) in enumerate(zip(names, found, strict=True)):
            self.out.checks.append(Check(f"{name} of the {of}", _said(trailer, place), number, trailer.line, where))


def _said(trailer: Record, place: int) -> int | None:
    try:
        return whole(trailer.at(place), "a control") if trailer.at(place) or not place else None     # no total: 0
    except Bad:
        return None


_STATUSES = {"2": "deleted: none of it is money", "3": "corrected: they may have come before",
             "4": "a test: none of it is money"}
_CODES: Mapping[str, Callable[[Reading, Record], None]] = {
    "01": Reading._file, "02": Reading._group, "03": Reading._account, "16": Reading._entry,
    "49": Reading._account_ended, "98": Reading._group_ended, "99": Reading._file_ended}
