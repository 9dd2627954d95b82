"""Matched payments as JSON by place, and back as exactly what they were: a file may have a million of them."""
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from operator import attrgetter, itemgetter
from typing import Any, get_type_hints

import msgspec

from ..model.making import maker
from ..model.match import Match
from ..model.payment import Payment, make
from .packing import PLAIN, TAG, tagged, untagged
from .story import cleaned

# What is kept is read by place: new names go to the end of these, wherever their fields are, and none goes away.
PAYMENT = (
    "amount", "currency", "kind", "status", "format", "account", "booked", "valued", "reference", "references",
    "payer_name", "payer_account", "payer_org", "payer_address", "text", "bank_reference", "reason", "batch",
    "original_amount", "original_currency", "rate", "charges", "identity", "line", "more")
MATCH = ("payment", "state", "allocations", "rest", "gap", "rule", "score", "reasons", "why", "candidates", "original",
         "exchanged")
_MORE = PAYMENT.index("more")


def _rows(kind: type[Payment | Match], names: Sequence[str], **types: Any) -> type[msgspec.Struct]:
    """Arrays with these fields of it; those that an older one lacks are as they are by default."""
    hints = {**get_type_hints(kind), **types}
    its = {field.name: field for field in fields(kind)}
    found: list[Any] = []
    for name in names:
        default, factory = its[name].default, its[name].default_factory
        if factory is not MISSING:
            default = msgspec.field(default_factory=factory)
        found.append((name, hints[name]) if default is MISSING else (name, hints[name], default))
    return msgspec.defstruct(f"{kind.__name__}Row", found, array_like=True)


def _made(kind: type[Payment | Match], names: Sequence[str]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Values in the order of these names in the order in which it is made of them."""
    return itemgetter(*(names.index(field.name) for field in fields(kind)))


_payment, _rest = attrgetter(*PAYMENT), attrgetter(*MATCH[1:])
_of_payment, _of_match = _made(Payment, PAYMENT), _made(Match, MATCH)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_rows(Match, MATCH, payment=_rows(Payment, PAYMENT))).decode
_values = msgspec.structs.astuple
_match = maker(Match)


def match_text(match: Match) -> str:
    """As text for a column."""
    values = _payment(match.payment)
    more = match.payment.more
    if TAG in more:
        values = (*values[:_MORE], tagged(more), *values[_MORE + 1:])
    elif odd := {name: tagged(one) for name, one in more.items() if type(one) not in PLAIN}:
        values = (*values[:_MORE], {**more, **odd}, *values[_MORE + 1:])
    found = (values, *_rest(match))
    try:
        return _encode(found).decode()
    except UnicodeEncodeError:      # a half of a letter, as JSON files may have it: no database takes that
        return cleaned(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))


def match_of(text: str) -> Match:
    """What match_text() was given."""
    row, *rest = _values(_decode(text))
    values = _values(row)
    more = values[_MORE]
    if TAG in more:
        values = (*values[:_MORE], untagged(more), *values[_MORE + 1:])
    elif odd := {name: untagged(one) for name, one in more.items() if type(one) not in PLAIN}:
        values = (*values[:_MORE], {**more, **odd}, *values[_MORE + 1:])
    return _match(*_of_match((make(*_of_payment(values)), *rest)))
