"""One file of SWIFT statements on its way: what its fields mean together."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..model.errors import Malformed
from ..model.payment import Status
from ..model.record import SHOWN, Check, Fault
from .collected import Collected
from .mt940_entry import Bad, Entry, balance_of, currency_of, entry_of, total_of
from .mt940_fields import END, KIND, Field
from .mt940_german import national
from .mt940_statement import Statement

_HEAD = 20      # fields of a statement that are kept to show with its entries
_FIELDS_KEPT = 100      # of one entry


@dataclass(slots=True)
class Reading:
    """One file on its way: a statement that is open, an entry that waits for its :86:, and what is to be handed on."""

    currency: str       # of statements that do not say it
    interim: Status     # of entries of MT942
    out: Collected = field(default_factory=lambda: Collected(_shown))
    statement: Statement | None = None
    before: Statement | None = None
    entry: list[Field] = field(default_factory=list)
    kind: str = ""

    def take(self, one: Field) -> None:
        """The next field."""
        if one.cut:
            self.out.notice("long_field", f"field :{one.tag}: goes on for {one.cut} lines more than are kept", one.line)
        if one.tag in ("86", "NS") and self.entry:
            self._add(one)
            return
        self._entered()
        if one.tag == KIND:
            self.kind = one.text
        elif one.tag == "20":
            self._begin(one)
        elif one.tag == "61":
            self.entry = [one]
        elif one.tag != END and self.statement:
            self._about(self.statement, one)

    def _add(self, one: Field) -> None:
        """A field that belongs to the entry."""
        if len(self.entry) < _FIELDS_KEPT:
            self.entry.append(one)
        else:
            self.out.notice("long_entry", f"an entry of over {_FIELDS_KEPT} fields: :{one.tag}: left out", one.line)

    def end(self) -> None:
        """There are no more."""
        self._entered()
        self._closed()
        if self.before is None:
            raise Malformed("no field :20: anywhere: this is no MT940 or MT942")

    def _begin(self, one: Field) -> None:
        self._closed()
        self.statement = Statement(one.line, one.text.strip(), currency=self.currency,
                                   is_interim=self.kind == "942", head=[one.raw])
        self.kind = ""

    def _closed(self) -> None:
        """The statement that was open is over."""
        if (ended := self.statement) is None:
            return
        self.out.checks += ended.ended()
        self.out.tell("statements", ended.facts())
        if self.before:
            self._between(self.before, ended)
        self.before, self.statement = ended, None

    def _between(self, before: Statement, after: Statement) -> None:
        """Whether a statement begins where the one before it of the same account and currency ended."""
        if (before.account, before.currency) != (after.account, after.currency):
            return
        if not before.closing or not after.opening:
            return
        said, found = after.opening.amount, before.closing.amount
        is_page = before.closes == "62M" and after.opens == "60M"
        if is_page and before.number.split("/")[0] == after.number.split("/")[0]:
            self.out.checks.append(Check("opening balance of a page", said, found, after.line, after.where))
        elif said != found:
            self.out.notice("balance_gap", f"statement {after.number} of {after.account} opens with {said}, the one "
                                           f"before it closed with {found}: one between them may be missing",
                            after.line)

    def _about(self, statement: Statement, one: Field) -> None:
        """A field that is no entry."""
        if len(statement.head) < _HEAD and one.tag[0] != "8" and one.tag[:2] not in _CLOSES:
            statement.head.append(one.raw)
        if read := _FIELDS.get(one.tag):
            try:
                read(statement, one)
            except Bad as error:
                statement.is_broken = True
                self.out.notice(error.code, f":{one.tag}: {error}", one.line)

    def _entered(self) -> None:
        """The entry that waited has all its fields."""
        if not self.entry:
            return
        found, self.entry = self.entry, []
        try:
            statement, entry = self._known(found[0])
        except Bad as error:
            fault = Fault(error.code, str(error), "", error.value[:SHOWN])
            self.out.refuse((fault,), found[0].line, (self.statement, found))
            return
        if entry.clipped:
            self.out.notice("no_such_day", f"{found[0].texts[0][:10]!r}: a day that there is not; taken as "
                                                      f"{entry.valued}, booked {entry.booked}", found[0].line)
        status = self.interim if statement.is_interim else Status.BOOKED
        texts = [line for one in found[1:] for line in (national(one.texts) if one.tag == "NS" else one.texts)]
        statement.count(entry.amount)
        row = statement.row(entry, texts, found[0].texts[1:], found[0].line, status)
        if row["kind"] == "batch":
            self.out.notice("batch", f"{entry.amount} {statement.currency} are of several payments that are not "
                                     "listed; banks tell of them in a file of its own", found[0].line)
        self.out.add(row, found[0].line, (statement, found), sum(map(len, texts)))

    def _known(self, one: Field) -> tuple[Statement, Entry]:
        if self.statement is None:
            raise Bad("outside_statement", "an entry before any field :20:: the file begins too late", one.text)
        entry = entry_of(one.texts[0])
        if not self.statement.currency:
            raise Bad("no_currency", "no balance before this entry says its currency; set `currency` if the bank never "
                                     "does", one.text)
        return self.statement, entry


def _shown(kept: tuple[Statement | None, list[Field]]) -> str:
    """An entry with the head of its statement, so that it can be read again alone."""
    statement, found = kept
    head = statement.head if statement else []
    return "\n".join([*head, *(one.raw for one in found)])


def _account(statement: Statement, one: Field) -> None:
    statement.account = one.texts[0].strip()


def _number(statement: Statement, one: Field) -> None:
    statement.number = one.text.strip()


def _opening(statement: Statement, one: Field) -> None:
    statement.opens, statement.is_interim = one.tag, False
    currency = one.texts[0].strip()[7:10]
    if currency.isalpha() and currency.isupper() and currency.isascii():
        statement.currency = currency   # even if the amount is no good
    statement.opening = balance_of(one.texts[0])


def _closing(statement: Statement, one: Field) -> None:
    statement.closes, statement.closing_line = one.tag, one.line
    statement.closing = balance_of(one.texts[0])


def _available(statement: Statement, one: Field) -> None:
    statement.available = balance_of(one.texts[0])


def _floor(statement: Statement, one: Field) -> None:
    statement.is_interim = True
    statement.currency = currency_of(one.text) or statement.currency


def _interim(statement: Statement, one: Field) -> None:
    statement.is_interim = statement.is_interim or not statement.opens


def _total(statement: Statement, one: Field) -> None:
    statement.total(one.tag, total_of(one.texts[0]), one.line)


_CLOSES = frozenset({"62", "64", "65", "90"})
_FIELDS: Mapping[str, Callable[[Statement, Field], None]] = {
    "25": _account, "25P": _account, "28": _number, "28C": _number, "60F": _opening, "60M": _opening,
    "62F": _closing, "62M": _closing, "64": _available, "34F": _floor, "13D": _interim, "13": _interim,
    "90D": _total, "90C": _total}
