"""Bank files as one object each: what the file says of itself, and its payments."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ...core.content import BytesContent
from ...model.errors import Malformed
from ...model.payment import Kind, Payment
from ...model.record import joined
from ...parsers.bgmax import BgMaxSpec
from ...parsers.bgmax_records import CHANNELS
from ...parsers.camt import CamtSpec
from ...ports import Content
from .reading import AnyPath, Checked, RowParser, file_at

_ENCODING = re.compile(r"""^(\s*<\?xml[^>]*?)\s+encoding=(['"])[^'"]*\2""")


@dataclass(frozen=True, slots=True)
class BankPayment:
    """One payment. `amount` is below zero for deductions and for what went out; `payment`: all that is known of it."""

    amount: Decimal
    currency: str
    reference: str
    sender_account: str
    sender_name: str
    payment_date: date | None
    bank_reference: str
    line_number: int
    payment: Payment = field(repr=False)


@dataclass(frozen=True, slots=True)
class BgMaxPayment(BankPayment):
    """A payment to a bankgiro. `payment_channel`: how it was made, in words."""

    bankgiro_number: str = ""
    payment_channel: str = ""
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class SEPAPayment(BankPayment):
    """An entry, or one of its transactions."""

    end_to_end_id: str = ""
    iban: str = ""
    remittance_information: str = ""


@dataclass(frozen=True, slots=True)
class BgMaxResult:
    """A BgMax file. `file_date`: of its last deposit; `total_amount`: deductions are taken off."""

    file_date: date | None
    bankgiro_number: str
    total_amount: Decimal
    total_count: int
    payments: Sequence[BgMaxPayment]
    facts: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SEPAResult:
    """An account report. `total_amount`: what came in, less what went out."""

    file_date: date | None
    account: str
    total_amount: Decimal
    total_count: int
    payments: Sequence[SEPAPayment]
    facts: Mapping[str, Any] = field(repr=False)


class BgMaxParserConfig(Checked, BgMaxSpec):
    """How a BgMax file is taken."""


class SEPAParserConfig(Checked, CamtSpec):
    """How an account report is taken. Entries of camt.052 and camt.054 are payments here."""

    ledger: bool = True


class BgMaxParser(RowParser[BgMaxParserConfig]):
    """Reads BgMax files. As a parser of a pipeline it gives rows with the names of `Payment`."""

    def __init__(self, config: BgMaxParserConfig | None = None) -> None:
        super().__init__(config or BgMaxParserConfig())

    def parse(self, content: str | bytes) -> BgMaxResult:  # type: ignore[override]
        """A whole file; Malformed, with the line, if it is no good or its totals do not hold."""
        name = "utf-8" if self.config.encoding == "auto" else self.config.encoding
        return self._result(BytesContent(content.encode(name) if isinstance(content, str) else content))

    def parse_file(self, path: AnyPath) -> BgMaxResult:  # type: ignore[override]
        """The same for a file of this machine."""
        return self._result(file_at(path))

    def _result(self, content: Content) -> BgMaxResult:
        rows, facts = _read(self, content)
        payments = [BgMaxPayment(**_common(row), bankgiro_number=row["receiver_bankgiro"],
                                 payment_channel=CHANNELS.get(row["channel"], ""),
                                 serial_number=row["bank_reference"]) for row in rows]
        last = max((one.payment_date for one in payments if one.payment_date), default=None)
        first = payments[0].bankgiro_number if payments else ""
        return BgMaxResult(last, first, sum((one.amount for one in payments), Decimal(0)), len(payments), payments,
                           facts)


class SEPAParser(RowParser[SEPAParserConfig]):
    """Reads camt.052, camt.053 and camt.054. As a parser of a pipeline it gives rows with the names of `Payment`."""

    def __init__(self, config: SEPAParserConfig | None = None) -> None:
        super().__init__(config or SEPAParserConfig())

    def parse(self, content: str | bytes) -> SEPAResult:  # type: ignore[override]
        """A whole file; Malformed, with the line, if it is no good."""
        return self._result(BytesContent(_declared(content) if isinstance(content, str) else content))

    def parse_file(self, path: AnyPath) -> SEPAResult:  # type: ignore[override]
        """The same for a file of this machine."""
        return self._result(file_at(path))

    def _result(self, content: Content) -> SEPAResult:
        rows, facts = _read(self, content)
        payments = [SEPAPayment(**_common(row), end_to_end_id=row["end_to_end"], iban=row["payer_account"],
                                remittance_information=row["text"])
                    for row in rows if row["kind"] != Kind.BATCH.value]
        last = max((one.payment_date for one in payments if one.payment_date), default=None)
        first = payments[0].payment.account if payments else ""
        return SEPAResult(last, first, sum((one.amount for one in payments), Decimal(0)), len(payments), payments,
                          facts)


def _read(parser: RowParser[Any], content: Content) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    facts: dict[str, Any] = {}
    for batch in parser.build().parse(content):
        if batch.rejects:
            first = batch.rejects[0]
            raise Malformed(f"{content.name}, line {first.line}: {first.faults[0].reason}", line=first.line)
        rows += batch.rows
        facts = joined(facts, batch.facts)
    return rows, facts


def _common(row: Mapping[str, Any]) -> dict[str, Any]:
    payment = Payment.of(row)
    return {"amount": payment.amount, "currency": payment.currency, "reference": payment.reference,
            "sender_account": payment.payer_account, "sender_name": payment.payer_name,
            "payment_date": payment.payment_date, "bank_reference": payment.bank_reference,
            "line_number": payment.line, "payment": payment}


def _declared(text: str) -> bytes:
    """XML says its encoding itself, which a text has no more."""
    return _ENCODING.sub(r"\1", text, count=1).encode()
