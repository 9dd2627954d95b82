"""One file of account reports on its way: rows, rejects, statements that are open, and what is to be handed on."""
from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from ..model.record import Batch
from .camt_paths import MESSAGES
from .camt_rows import Around, promised, read
from .camt_statement import Statement
from .iso_cells import Bad
from .iso_found import Found
from .iso_message import Message, Messages
from .xml_events import Place
from .xml_paths import Node, Values
from .xml_reader import Reader

_STATEMENTS = 1000      # that are told of in the report
_ACCOUNTS = 10_000      # whose numbers of statements are followed


class Options(NamedTuple):
    ledger: bool = False
    flips: bool = False
    strict: bool = False
    largest: int = 32 << 20


USUAL = Options()


class Reading:
    """Is told of every record."""

    def __init__(self, options: Options, reader: Reader, messages: Messages, tries: dict[str, Node]) -> None:
        self._options, self._tries, self.messages = options, tries, messages
        self._message = Message("", "", "")
        self._header: Values = {}
        self.found = Found(reader, "Ntry", strict=options.strict)
        self._facts: list[dict[str, Any]] = []
        self._told = 0
        self._last: dict[str, tuple[int, dict[str, Decimal]]] = {}     # of each account: number, balances
        self._page: Statement | None = None     # whose next page is waited for

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
                self.found.unreadable(error, places[-1][1])
        elif key == "GrpHdr":
            self._header = values
        elif key:
            around["Statements"] = True
            self._end(values, places)
        elif "Statements" not in values:
            container = MESSAGES[self._message.root][1]
            self.found.notice("no_statement", f"the message has no {container}: nothing is in it", places[0][1])

    def batch(self) -> Batch:
        """What was found since the last one."""
        message, statements = self._message, self._facts
        self._facts = []
        return self.found.batch({"message": message.element, "namespace": message.namespace,
                                 "message_id": self._header.get("MsgId", ""), "statements": statements})

    def _entry(self, values: Values, around: Values, places: list[Place]) -> None:
        statement, found, place = self._statement(around, places), self.found, places[-1]
        statement.entries += 1
        try:
            entry = read(values, statement.around, statement.form, statement.entries)
        except Bad as error:
            found.refuse(error, place)
            return
        statement.add(values, entry)
        for row in entry.rows:
            statement.tell_apart(row)
            found.add(row, place)
        for code, text in entry.odd:
            found.notice(code, text, place[1])
        if entry.rows[0]["kind"] == "batch":
            found.notice("batch", f"an entry of {entry.amount} {entry.currency} is of {promised(values)} payments that "
                                  "are not listed; banks tell of them in a camt.054", place[1])
        if entry.rows[-1]["nature"] == "difference":
            found.notice("difference", f"the transactions of an entry of {entry.amount} {entry.currency} come to "
                                       f"{entry.amount - entry.rows[-1]['amount']}", place[1])

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
            statement.continued = True
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
            self._notice("paged", f"statement {statement.around.statement} goes on on another page; what it says of "
                                  "itself is checked with the last one, if that follows", statement)
        elif statement.whole:
            self._prove(statement, values)
        else:
            self._notice("paged", f"the first pages of statement {statement.around.statement} are not here, so its "
                                  "totals are not checked", statement)
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
                self.found.check(check)
        except Bad as error:
            self.found.unreadable(error, statement.line)

    def _follow(self, statement: Statement, values: Values) -> None:
        """Whether it is the one behind the last one of its account."""
        text = values.get("Number") or values.get("LegalNumber") or ""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
        account = statement.around.account
        last, closed = self._last.get(account, (0, {}))
        if number and last and number not in (last, last + 1):
            self._notice("sequence_gap", f"account {account}: statement {number} stands behind {last}", statement)
        elif statement.whole and not statement.continued:
            for unit, amount in closed.items():
                opened = statement.opens(unit)
                if opened is not None and opened != amount:
                    self._notice("opening_differs", f"account {account}: the statement before closed with {amount} "
                                                    f"{unit}, this one opens with {opened}", statement)
        if account in self._last or len(self._last) < _ACCOUNTS:
            self._last[account] = number, statement.closes()

    def _notice(self, code: str, text: str, statement: Statement) -> None:
        self.found.notice(code, text, statement.line)
