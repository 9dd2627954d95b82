"""Rows, rejects and matches as JSON, and back as exactly what they were."""
from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import compress
from operator import attrgetter, is_not
from typing import Any

import msgspec

from ..model.intake import Money
from ..model.match import Match
from ..model.payment import Payment
from ..model.record import Fault, Mark, Reject, Stage
from .story import cleaned

TAG = ""
"""Name in a JSON object that says of what type its `of` is."""
KINDS: dict[str, type[date] | type[time]] = {"date": date, "datetime": datetime, "time": time}
PLAIN = frozenset({str, int, bool, type(None)})


def _usual(kind: type[Payment | Match], but: str) -> tuple[list[str], list[Any]]:
    """Names of its fields but that one, and what each is by default."""
    found = [(field.name, field.default) for field in fields(kind) if field.name != but]
    return [name for name, _ in found], [default for _, default in found]


OF_PAYMENT, USUAL_PAYMENT = _usual(Payment, "more")
OF_MATCH, USUAL_MATCH = _usual(Match, "payment")
_payment, _values = attrgetter(*OF_PAYMENT), attrgetter(*OF_MATCH)
_matches = msgspec.json.Encoder()
_match: msgspec.json.Decoder[Match] = msgspec.json.Decoder(Match)


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
    if isinstance(value, Mapping):
        found = {str(name): tagged(one) for name, one in value.items()}
        return {TAG: "map", "of": found} if TAG in found else found
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [tagged(one) for one in value]
    if isinstance(value, Decimal | float):
        return {TAG: "decimal" if isinstance(value, Decimal) else "float", "of": str(value)}
    if kind in KINDS.values():
        return {TAG: kind.__name__, "of": value.isoformat()}
    return str(value)


def untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [untagged(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind, of = value.get(TAG, ""), value.get("of", "")
    if kind == "map":
        return {name: untagged(one) for name, one in of.items()}
    if kind in ("decimal", "float"):
        return Decimal(of) if kind == "decimal" else float(of)
    return KINDS[kind].fromisoformat(of) if kind in KINDS else {name: untagged(one) for name, one in value.items()}


def match_text(match: Match) -> str:
    """Without what is as it is by default, and fast: a file may have a million of them."""
    payment = match.payment
    own = _unusual(OF_PAYMENT, _payment(payment), USUAL_PAYMENT)
    if more := payment.more:
        is_plain = TAG not in more and PLAIN.issuperset(map(type, more.values()))
        own["more"] = more if is_plain else tagged(more)
    found = _unusual(OF_MATCH, _values(match), USUAL_MATCH)
    found["payment"] = own
    try:
        return _matches.encode(found).decode()
    except UnicodeEncodeError:      # a half of a letter, as JSON files may have it: no database takes that
        return cleaned(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))


def _unusual(names: Sequence[str], values: Sequence[Any], usual: Sequence[Any]) -> dict[str, Any]:
    """Those values that are not what they are by default."""
    return dict(compress(zip(names, values, strict=True), map(is_not, values, usual)))


def match_of(text: str) -> Match:
    match = _match.decode(text)
    if '"":' in text:
        return replace(match, payment=replace(match.payment, more=untagged(match.payment.more)))
    return match


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
