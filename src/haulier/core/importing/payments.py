"""Rows as payments, and what is wrong with those that are none."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ...model.column import Column, Type
from ...model.payment import Kind, Payment, RefKind, Status
from ...model.record import SHOWN, Fault, Row
from ..casting import Wrong, caster

_TYPES = {
    **dict.fromkeys(("amount", "original_amount", "rate", "charges"), Type.DECIMAL),
    **dict.fromkeys(("booked", "valued"), Type.DATE), "line": Type.INTEGER}
_CASTS = {name: caster(Column(name, kind)) for name, kind in _TYPES.items()}
_CHOICES: dict[str, type[Kind] | type[Status]] = {"kind": Kind, "status": Status}


def payments_of(rows: list[Row], *, cast: bool = False) -> tuple[list[Payment], dict[int, tuple[Fault, ...]]]:
    """The payments that rows are, and what is wrong with those that are none, by their place.

    Bank files give types to what they have; texts of other files and, with `cast`, of persons are read here.
    """
    found: list[Payment] = []
    wrong: dict[int, tuple[Fault, ...]] = {}
    for at, row in enumerate(rows):
        try:
            payment = None if cast else Payment.of(row)
            if payment is None or not _is_typed(payment):
                row, faults = typed(row)
                if faults:
                    wrong[at] = faults
                    continue
                payment = Payment.of(row)
            if not payment.currency:
                raise ValueError("it has no currency")
            found.append(payment)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            said = f"no {error}" if isinstance(error, KeyError) else str(error)
            wrong[at] = (Fault("no_payment", f"it is no payment: {said}"),)
    return found, wrong


def typed(row: Mapping[str, Any]) -> tuple[Row, tuple[Fault, ...]]:
    """The row with its amounts, dates and words as payments have them, and what is wrong with those."""
    found, faults = dict(row), []
    for name, value in row.items():
        try:
            if name in _CASTS:
                found[name] = _CASTS[name](value)
            elif name in _CHOICES:
                found[name] = _word(_CHOICES[name], value)
        except Wrong as error:
            faults.append(Fault(error.code, error.reason, name, str(value)[:SHOWN]))
    if not any(fault.column == "amount" for fault in faults) and found.get("amount") is None:
        faults.append(Fault("required", "must not be empty", "amount"))
    if found.get("line", 0) is None:
        del found["line"]
    return found, tuple(faults)


def corrected(row: Mapping[str, Any], fixed: Mapping[str, str]) -> Row:
    """The row with what a person gives instead. Their `reference` takes the place of that which it was."""
    found = {**row, **fixed}
    listed = fixed.get("references")
    if listed is not None:
        numbers = filter(None, (text.strip() for text in listed.split(",")))
        found["references"] = [[RefKind.INVOICE.value, number, None] for number in numbers]
    elif "reference" in fixed and (references := row.get("references")):
        old, new = row.get("reference", ""), fixed["reference"].strip()
        kinds = [kind for kind, text, _ in references if text == old]
        own = [[kinds[0] if kinds else RefKind.INVOICE.value, new, None]] if new else []
        found["references"] = [*own, *(one for one in references if one[1] != old)]
    return found


def _word(kind: type[Kind] | type[Status], value: Any) -> str:
    text = str(value).strip().lower()
    if text not in list(kind):
        raise Wrong("not_a_choice", f"is not one of {', '.join(kind)}")
    return text


def _is_typed(payment: Payment) -> bool:
    """Whether it can be counted with. Of nearly all rows only the first line is asked."""
    return type(payment.amount) is Decimal and _is(payment.booked, date) and _is(payment.valued, date) and (
        payment.original_amount is payment.rate is payment.charges is None
        or all(_is(one, Decimal) for one in (payment.original_amount, payment.rate, payment.charges)))


def _is(value: Any, kind: type) -> bool:
    return value is None or type(value) is kind
