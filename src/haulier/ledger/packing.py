"""Rows, rejects and marks as JSON, and back as exactly what they were."""
from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from ..model.intake import Money
from ..model.record import Fault, Mark, Reject, Stage

TAG = ""
"""Name in a JSON object that says of what type its `of` is."""
KINDS: dict[str, type[date] | type[time]] = {"date": date, "datetime": datetime, "time": time}
DATES = frozenset(KINDS.values())
PLAIN = frozenset({str, int, bool, type(None)})


def packed(value: Any) -> str:
    """Any value that a row may have, and mappings and lists of them."""
    return json.dumps(tagged(value), separators=(",", ":"), allow_nan=False)


def unpacked(text: str) -> Any:
    return untagged(json.loads(text))


def tagged(value: Any) -> Any:
    """With what JSON does not know as an object that says what it is."""
    kind = type(value)
    if kind in PLAIN or (kind is float and math.isfinite(value)):
        return value
    if kind in DATES:
        return {TAG: kind.__name__, "of": value.isoformat()}
    if isinstance(value, Mapping):
        # Nearly all are plain: they are told apart here, as calls are what takes time.
        found = {str(name): one if type(one) in PLAIN else tagged(one) for name, one in value.items()}
        return {TAG: "map", "of": found} if TAG in found else found
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [tagged(one) for one in value]
    if isinstance(value, Decimal | float):
        return {TAG: "decimal" if isinstance(value, Decimal) else "float", "of": str(value)}
    return str(value)


def untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [untagged(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind, of = value.get(TAG, ""), value.get("of", "")
    if kind == "map":
        return _untagged(of)
    if kind in ("decimal", "float"):
        return Decimal(of) if kind == "decimal" else float(of)
    return KINDS[kind].fromisoformat(of) if kind in KINDS else _untagged(value)


def _untagged(value: dict[str, Any]) -> dict[str, Any]:
    return {name: one if type(one) in PLAIN else untagged(one) for name, one in value.items()}


def reject_text(reject: Reject) -> str:
    return packed(reject._replace(stage=reject.stage.value))    # type: ignore[arg-type]


def reject_of(text: str) -> Reject:
    number, line, faults, raw, row, stage, offset = unpacked(text)
    return Reject(number, line, tuple(Fault(*fault) for fault in faults), raw, row, Stage(stage), offset)


def mark_of(text: str) -> Mark:
    return Mark(*unpacked(text))


def money_text(money: Mapping[str, Money]) -> str:
    return packed({currency: list(one) for currency, one in money.items()})


def money_of(text: str) -> dict[str, Money]:
    return {currency: Money(*one) for currency, one in unpacked(text).items()}
