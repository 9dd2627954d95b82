"""One JSON object from its text: numbers exact, and no name in it twice."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Context, DecimalException, Inexact, InvalidOperation, Overflow
from typing import Any

import msgspec

from ..model.record import RAW, SHOWN, Fault, Reject, Row, Stage

DIGITS = 400
"""Of a number, before and after the point: a number of ten bytes may else take gigabytes when somebody adds to it."""
exact = Context(prec=DIGITS, Emax=DIGITS, Emin=-DIGITS, traps=[Inexact, InvalidOperation, Overflow]).create_decimal
"""Decimal, but an error where it has too many digits."""

_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=exact)
_encoder = msgspec.json.Encoder(decimal_format="number")
_PLACE = re.compile(r" \(byte (\d+)\)$")
_SPACED = re.compile(rb'"[ \t\r\n]+:')


def objects(text: bytes) -> list[Row] | None:
    """The objects that are one to a line of it, quickly; None if it is not sure that all is as it should be."""
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    try:
        rows = list(map(_decoder.decode, lines))
        return rows if _all_once(text, rows) else None
    except (msgspec.MsgspecError, UnicodeDecodeError, DecimalException, RecursionError):
        return None


def read_object(text: bytes) -> Row | Fault:
    """The object that is the whole text, or what is wrong with it."""
    try:
        row = _decoder.decode(text)
        twice = "" if _all_once(text, [row]) else _first_twice(text)
    except UnicodeDecodeError as error:
        return Fault("bad_encoding", f"this is not UTF-8: {error.reason}", value=ascii(error.object[:SHOWN]))
    except DecimalException:
        return Fault("bad_number", f"a number has more than {DIGITS} digits")
    except RecursionError:
        return Fault("too_deep", "lists and objects are nested too deep")
    except msgspec.ValidationError as error:
        return _refused(str(error))
    except msgspec.DecodeError as error:
        return Fault("bad_json", _said(str(error), text))
    return Fault("name_twice", f"{twice} stands twice in one object; which is right?", twice) if twice else row


def as_text(value: Any) -> str:
    """The same as JSON, at most as much as a reject keeps."""
    return _encoder.encode(value).decode()[:RAW]


def refused(fault: Fault, *, number: int, line: int, raw: str, offset: int | None = None) -> Reject:
    """The reject for a row with that fault."""
    stage = Stage.DECODE if fault.code == "bad_encoding" else Stage.PARSE
    return Reject(number, line, (fault,), raw[:RAW], None, stage, offset)


def unicode_of(head: bytes) -> str:
    """Which other encoding than UTF-8 a file that begins so has; "" if none can be told."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16"
    return "UTF-16 or UTF-32" if b"\0" in head[:4] else ""


def _all_once(text: bytes, rows: Sequence[Row]) -> bool:
    """Whether it is certain that no object has a name twice: as many names came out as there are colons in the text,
    or as there are `":`, where none is spaced. With more of them in values it is uncertain: there is a slower way.
    """
    names = sum(map(len, rows))
    if text.count(b":") == names:
        return True
    if _SPACED.search(text):
        return False
    colons = text.count(b'":')
    return colons == names or colons == sum(map(_names, rows))


def _names(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_names(one) for one in value.values() if isinstance(one, (dict, list)))
    return sum(_names(one) for one in value if isinstance(one, (dict, list)))


def _first_twice(text: bytes) -> str:
    """The first name that stands twice in one object; "" if none does."""
    found: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                found.append(name)
            seen.add(name)

    json.loads(text, object_pairs_hook=look, parse_int=str, parse_float=str)
    return found[0] if found else ""


def _refused(text: str) -> Fault:
    if "got `" in text and " - at" not in text:
        return Fault("not_an_object", f"there is {_article(text.rpartition('got `')[2].rstrip('`'))}, "
                                      "where an object is wanted")
    return Fault("bad_number", f"a number is too long: {text}")


def _article(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "aeio" else f"a {kind}"


def _said(text: str, line: bytes) -> str:
    """msgspec's error with the column, from 1."""
    if found := _PLACE.search(text):
        before = int(found[1]) - ("trailing characters" in text)    # there it has read one byte more
        return f"{text[:found.start()]}, column {before + 1}"
    return f"it ends in the middle of something, column {len(line) + 1}" if "truncated" in text else text


def flat(row: Mapping[str, Any]) -> Row | Fault:
    """Objects in objects as names with points; lists stay."""
    if dict not in map(type, row.values()):
        return dict(row)
    made: Row = {}
    for name, value in _flat(row, ""):
        if name in made:
            return Fault("name_twice", f"{name} stands twice, once in an object of its own", name)
        made[name] = value
    return made


def _flat(row: Mapping[str, Any], before: str) -> Sequence[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in row.items():
        if isinstance(value, dict) and value:
            found += _flat(value, f"{before}{name}.")
        else:
            found.append((before + name, value))
    return found
