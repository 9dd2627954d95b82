"""Texts as words of bash: what arrives is what was written, whatever is in it."""
from __future__ import annotations

import re

from ...model.errors import Invalid

_BARE = re.compile(r"[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*", re.ASCII)
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\", "'": "\\'"}


def quoted(text: str) -> str:
    """One word that is exactly this text; Invalid if no program can be given it."""
    if "\0" in text:
        raise Invalid(f"{text!r} has a NUL in it, which no program can be given")
    if any("\ud800" <= one <= "\udfff" for one in text):
        raise Invalid(f"{text!r} cannot be written as UTF-8")
    if _BARE.fullmatch(text):
        return text
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(one: str) -> str:
    if one in _NAMED:
        return _NAMED[one]
    return f"\\x{ord(one):02x}" if ord(one) < 0x20 or one == "\x7f" else one


def here(text: str) -> str:
    """What follows `cat >file` so that the file has this text, with a line end at its end."""
    end, number, lines = "END_OF_FILE", 1, set(text.split("\n"))
    while end in lines:
        number += 1
        end = f"END_OF_FILE_{number}"
    return f"<<'{end}'\n{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{end}\n"
