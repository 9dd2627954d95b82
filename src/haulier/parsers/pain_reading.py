"""One file of payment orders or status reports on its way."""
from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..model.record import Batch, Check, Row
from .iso_cells import Bad, number
from .iso_found import Found
from .iso_message import Message, Messages
from .pain_paths import MESSAGES
from .pain_rows import Order, ordered, reported
from .xml_events import Place
from .xml_paths import Node, Values
from .xml_reader import Reader

_LEVELS = {"OrgnlGrpInfAndSts": "message", "OrgnlPmtInfAndSts": "batch", "TxInfAndSts": "payment"}


class Sums:
    """What orders come to."""

    def __init__(self) -> None:
        self.count, self.amount = 0, Decimal(0)

    def add(self, amount: Decimal) -> None:
        """One more."""
        self.count += 1
        self.amount += amount


class Reading:
    """Is told of every record."""

    def __init__(self, reader: Reader, messages: Messages, tries: dict[str, Node], *, strict: bool) -> None:
        self._tries, self.messages = tries, messages
        self.found = Found(reader, "CdtTrfTxInf", strict=strict)
        self._message = Message("", "", "")
        self._header: Values = {}
        self._group: Values = {}
        self._batch, self._whole = Sums(), Sums()
        self._batches = 0

    def seek(self, path: list[str], attributes: dict[str, str], place: Place) -> Node | None:
        message = self.messages.found(path, attributes, place)
        if message is None:
            return None
        self._message, self._header, self._group = message, {}, {}
        self._batch, self._whole, self._batches = Sums(), Sums(), 0
        return self._tries[message.root]

    def done(self, key: str, values: Values, around: Values, places: list[Place]) -> None:
        if key == "GrpHdr":
            self._header = values
        elif key in ("CdtTrfTxInf", "DrctDbtTxInf"):
            self._order(key, values, around, places[-1])
        elif key == "PmtInf":
            self._batches += 1
            self._prove(values, self._batch, places[-1][1], f"batch {values.get('PmtInfId', '')}")
            self._batch = Sums()
        elif key in _LEVELS:
            self._status(key, values, around, places[-1])
        elif not key and self._message.root != "CstmrPmtStsRpt":
            self._prove(self._header, self._whole, places[0][1], f"message {self._header.get('MsgId', '')}")

    def batch(self) -> Batch:
        """What was found since the last one."""
        message = self._message
        return self.found.batch({
            "message": message.element, "namespace": message.namespace, "message_id": self._header.get("MsgId", ""),
            "original_message_id": self._group.get("Message", ""), "batches": self._batches,
            "transactions": self._whole.count, "sum": str(self._whole.amount)})

    def _order(self, key: str, values: Values, around: Values, place: Place) -> None:
        kind = MESSAGES[self._message.root]
        order = Order(kind, kind == "pain.001", self._header.get("MsgId", ""), around)
        row = self._made(lambda: ordered(values, order), place, key)
        if row is not None:
            amount: Any = abs(row["amount"])
            self._batch.add(amount)
            self._whole.add(amount)

    def _status(self, key: str, values: Values, around: Values, place: Place) -> None:
        level = _LEVELS[key]
        if level == "message":
            self._group = values
        if level == "payment" or "Status" in values:
            self._made(lambda: reported(values, level, self._group, around), place, key)

    def _made(self, make: Callable[[], Row], place: Place, name: str) -> Row | None:
        try:
            row = make()
        except Bad as error:
            self.found.refuse(error, place, name)
            return None
        self.found.add(row, place, name)
        return row

    def _prove(self, values: Values, sums: Sums, line: int, where: str) -> None:
        try:
            if "NbOfTxs" in values:
                self.found.check(Check("transactions", number(values["NbOfTxs"], "NbOfTxs"), Decimal(sums.count), line,
                                       where))
            if "CtrlSum" in values:
                self.found.check(Check("control sum", number(values["CtrlSum"], "CtrlSum"), sums.amount, line, where))
        except Bad as error:
            self.found.unreadable(error, line)
