"""Values as YAML text: the quiet style of the examples, with quotes wherever there is a doubt."""
from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from ..problems import Problems
from ..yamlfile import parse

STEP = 2
_PLAIN = re.compile(r"[A-Za-z0-9/_][\w./@%+ -]*(?<! )")
_CLOCK = re.compile(r"[\d:.+-]+")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_RAW = re.compile("[\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]")
_LONGEST = 80
_LITERAL = re.compile(r"(?:[^\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]"
                      r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]*)", re.DOTALL)


def word(value: Any, style: str = "") -> str:
    """A value without parts, on one line; text in the quotes of `style` where that can be."""
    if not isinstance(value, str):
        return json.dumps(value) if not isinstance(value, float) else _number(value)
    if style == "'" and not _RAW.search(value) and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return value if style != '"' and _is_plain(value) else _quoted(value)


def flow(value: Any) -> str:
    """A value in brackets, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{word(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return word(value)


def block(value: Any) -> list[str]:
    """A value as lines; the first can stand after a dash, or all of them below a key."""
    if isinstance(value, dict) and value:
        return [line for key, one in value.items() for line in pair(key, one)]
    if isinstance(value, list) and value and not _is_short(value):
        return [line for one in value for line in item(one)]
    return [flow(value)]


def pair(key: Any, value: Any) -> list[str]:
    """The lines of one key of a mapping."""
    if is_tall(value):
        return [f"{word(key)}:", *indented(block(value))]
    if is_literal(value):
        return [f"{word(key)}: {literal(value)[0]}", *indented(literal(value)[1:])]
    return [f"{word(key)}: {flow(value)}"]


def item(value: Any) -> list[str]:
    """The lines of one item of a list."""
    first, *rest = literal(value) if is_literal(value) else block(value)
    return [f"- {first}", *indented(rest)]


def indented(lines: list[str], by: int = STEP) -> list[str]:
    """The lines further to the right; empty ones stay empty."""
    return [" " * by + line if line else line for line in lines]


def is_tall(value: Any) -> bool:
    """Whether it goes below its key rather than beside it."""
    return isinstance(value, dict | list) and bool(value) and not (isinstance(value, list) and _is_short(value))


def is_literal(value: Any) -> bool:
    """Whether it is text of some lines that can be written as they are."""
    return (isinstance(value, str) and "\n" in value and bool(_LITERAL.fullmatch(value)) and not value.endswith("\n\n")
            and not any(line.isspace() for line in value.split("\n")))


def literal(value: str) -> list[str]:
    """Such a text: its `|` and its lines."""
    return ["|", *value[:-1].split("\n")] if value.endswith("\n") else ["|-", *value.split("\n")]


def _is_short(value: list[Any]) -> bool:
    return not any(isinstance(one, dict | list) for one in value) and len(flow(value)) <= _LONGEST


def _quoted(value: str) -> str:
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _number(value: float) -> str:
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}[text]
    mantissa, e, power = text.partition("e")
    return text if "." in mantissa or not e else f"{mantissa}.0e{power}"


@lru_cache(1024)
def _is_plain(value: str) -> bool:
    """Whether `value` means itself without quotes, here and for readers of older YAML."""
    if not _PLAIN.fullmatch(value) or value.lower() in _WORDS or _CLOCK.fullmatch(value) or not value.isprintable():
        return False
    try:
        return bool(parse(f"a: {value}\n", "x.yaml").data == {"a": value})
    except Problems:
        return False
