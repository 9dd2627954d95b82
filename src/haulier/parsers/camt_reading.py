"""One file of account reports on its way: rows, rejects, statements that are open, and what is to be handed on."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..model.errors import Malformed
from ..model.record import Batch, Check, Mark, Reject, Row, Stage
from .camt_paths import MESSAGES
from .camt_rows import Around, read
from .camt_statement import Statement, unreadable
from .iso_cells import Bad
from .iso_message import Message, Messages
from .notices import Notices
from .trie import Handler, Node, Values
from .walk import Place, Reader

_SIZE = 1000
_STATEMENTS = 1000      # that are told of in the report
_ACCOUNTS = 10_000      # whose numbers of statements are followed


class Options(NamedTuple):
    ledger: bool = False
    flips: bool = False
    strict: bool = False
    largest: int = 32 << 20


USUAL = Options()


class Reading(Handler):
    """Is told of every record."""

    def __init__(self, options: Options, reader: Reader, messages: Messages, tries: dict[str, Node]) -> None:
        self._options, self._reader, self._tries, self.messages = options, reader, tries, messages
        self._message = Message("", "", "")
        self._header: Values = {}
        self.rows: list[Row] = []
        self.rejects: list[Reject] = []
        self.number = 0
        self.notices = Notices()
        self._numbers: list[int] = []
        self._lines: list[int] = []
        self._places: list[int] = []     # bytes before the entry of each row
        self._checks: list[Check] = []
        self._facts: list[dict[str, Any]] = []
        self._told = 0
        self._last: dict[str, tuple[int, Statement]] = {}       # of each account
        self._page: Statement | None = None     # whose next page is waited for

    @property
    def is_full(self) -> bool:
        return len(self.rows) + len(self.rejects) >= _SIZE

    def seek(self, path: list[str], attributes: dict[str, str], place: Place) -> Node | None:
        message = self.messages.found(path, attributes, place)
        if message is None:
            return None
        self._message = message
        return self._tries[message.root]

    def done(self, key: str, values: Values, around: Values, places: list[Place]) -> None:
        if key == "Ntry":
            self._entry(values, around, places)
        elif key == "Bal":
            try:
                self._statement(around, places).balance(values, places[-1][1])
            except Bad as error:
                self.notices.add(*unreadable(error), places[-1][1])
        elif key == "GrpHdr":
            self._header = values
        elif key:
            around["Statements"] = True
            self._end(values, places)
        elif "Statements" not in values:
            container = MESSAGES[self._message.root][1]
            self.notices.add("no_statement", f"the message has no {container}: nothing is in it", places[0][1])

    def batch(self) -> Batch:
        """What was found since the last one."""
        reader, places, message = self._reader, self._places, self._message
        end, line = (places[-1], self._lines[-1]) if places else (0, 1)
        reader.forget(places[0] if places else reader.progress)
        facts = {"message": message.element, "namespace": message.namespace,
                 "message_id": self._header.get("MsgId", ""), "statements": self._facts}
        batch = Batch(self.rows, self._numbers, self._lines, Mark(self.number, end, line), self.rejects, self._checks,
                      self.notices.take(), facts, _raw(reader, places))
        self.rows, self.rejects = [], []
        self._numbers, self._lines, self._places, self._checks, self._facts = [], [], [], [], []
        return batch

    def _entry(self, values: Values, around: Values, places: list[Place]) -> None:
        statement = self._statement(around, places)
        start, line = places[-1]
        try:
            entry = read(values, statement.around, statement.counts["entries"] + 1)
        except Bad as error:
            self.number += 1
            raw = self._reader.text(start, "Ntry")
            self.rejects.append(Reject(self.number, line, (error.fault,), raw, stage=Stage.PARSE, offset=start))
            statement.counts["entries"] += 1
            return
        statement.add(values, entry)
        for row in entry.rows:
            self.number += 1
            row["line"] = line
            statement.tell_apart(row)
            self.rows.append(row)
            self._numbers.append(self.number)
            self._lines.append(line)
            self._places.append(start)
        for code, text in entry.odd:
            self.notices.add(code, text, line)
        if entry.rows[-1]["nature"] == "difference":
            self.notices.add("difference", f"the transactions of an entry of {entry.amount} {entry.currency} come to "
                                           f"{entry.amount - entry.rows[-1]['amount']}", line)

    def _statement(self, values: Values, places: list[Place]) -> Statement:
        """The one that these values are of; begun if it is new."""
        if (known := values.get("Known")) is not None:
            return known    # type: ignore[no-any-return]
        message, options = self._message, self._options
        kind = MESSAGES[message.root][0]
        money = options.ledger or kind == "camt.053"
        around = Around(kind, money, options.flips, values.get("Id", ""), values.get("Account", ""),
                        values.get("Currency", ""))
        page = self._page_of(values)[0]
        before, self._page = self._page, None
        if before and page > 1 and before.around == around:
            statement = before
        else:
            statement = Statement(around, places[1][1], whole=page <= 1)
        values["Known"] = statement
        return statement

    def _end(self, values: Values, places: list[Place]) -> None:
        statement = self._statement(values, places)
        if "Page" not in values and statement.is_closed:
            self._prove(statement, values)      # pages of the message are no pages of this
        elif not self._page_of(values)[1]:
            self._page = statement
            self.notices.add("paged", f"statement {statement.around.statement} goes on on another page; what it says "
                                      "of itself is checked with the last one, if that follows", statement.line)
        elif statement.whole:
            self._prove(statement, values)
        else:
            self.notices.add("paged", f"the first pages of statement {statement.around.statement} are not here, so "
                                      "its totals are not checked", statement.line)
        self._told += 1
        if self._told <= _STATEMENTS:
            self._facts.append(statement.facts())
        self._follow(statement, values)

    def _page_of(self, values: Values) -> tuple[int, bool]:
        """Its number, and whether it is the last one."""
        found = values if "Page" in values else self._header
        number = found.get("Page", "1")
        return (int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 1,
                found.get("Last", "true") in ("true", "1"))

    def _prove(self, statement: Statement, values: Values) -> None:
        try:
            for check in statement.checks(values):
                self._checks.append(check)
                if self._options.strict and not check.holds:
                    raise Malformed(f"line {check.line}: {check.name} of {check.where}: the file says {check.said}, "
                                    f"its entries come to {check.found}", line=check.line)
        except Bad as error:
            self.notices.add(*unreadable(error), statement.line)

    def _follow(self, statement: Statement, values: Values) -> None:
        """Whether it is the one behind the last one of its account."""
        text = values.get("Number") or values.get("LegalNumber") or ""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
        account = statement.around.account
        last, before = self._last.get(account, (0, None))
        if number and last and number not in (last, last + 1):
            self.notices.add("sequence_gap", f"account {account}: statement {number} stands behind {last}",
                             statement.line)
        elif before and before is not statement:
            for unit, closed in before.closes().items():
                opened = statement.opens(unit)
                if opened is not None and opened != closed and statement.whole:
                    self.notices.add("opening_differs", f"account {account}: the statement before closed with {closed} "
                                                        f"{unit}, this one opens with {opened}", statement.line)
        if len(self._last) < _ACCOUNTS:
            self._last[account] = number, statement


def _raw(reader: Reader, places: list[int]) -> Callable[[int], str]:
    return lambda at: reader.text(places[at], "Ntry")
