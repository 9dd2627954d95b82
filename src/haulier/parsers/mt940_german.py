"""Texts of SWIFT statements as German banks have them: `166?00GUTSCHRIFT?20EREF+…?21SVWZ+…`."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .mt940_told import Told, charge, money, see_structured

BEGIN = re.compile(r"\s*(?:(\d{3,4})([?<>~^@&#|])(?=\d\d)|([?<>~^])(?=[02]0))")
_SPLITS = {mark: re.compile(rf"{re.escape(mark)}(?=\d\d)") for mark in "?<>~^@&#|"}
_PLUS = frozenset({"EREF", "KREF", "MREF", "CRED", "DEBT", "SVWZ", "ABWA", "ABWE", "IBAN", "PURP", "COAM", "OAMT",
                   "RREF", "ANAM", "BIC"})
_COLON = frozenset({"EREF", "KREF", "MREF", "IBAN", "BIC"})
_PIECE = 27     # characters of a full piece
RETURNS = frozenset({"108", "109", "159", "181", "184"})
"""Kinds of business where a payment comes back."""


def national(lines: Sequence[str]) -> list[str]:
    """The lines of a field :NS: as a German :86: has them."""
    return ["?00", *(f"?{_NATIONAL.get(line[:2], '10')}{line[2:]}" for line in lines)]


_NATIONAL = {**{f"{at:02}": f"{at + 19}" for at in range(1, 11)}, "11": "60", "12": "61", "13": "62", "14": "63",
             "15": "32", "16": "33", "17": "00", "33": "30", "34": "31"}


def told(begun: re.Match[str], text: str) -> Told:
    """`166?00GUTSCHRIFT?20EREF+…?21SVWZ+…?30bank?31account?32name`; `begun`: where BEGIN matches in it."""
    code, pieces = begun[1] or "", _SPLITS[begun[2] or begun[3]].split(text[begun.end():])
    parts: dict[str, str] = {}
    used: list[str] = []
    for piece in pieces:
        key = piece[:2]
        if key[0] == "2" or "60" <= key <= "63":
            used.append(piece[2:])
        else:
            parts[key] = parts.get(key, "") + piece[2:]
    named = _named("".join(used))
    made = Told(code, booking=parts.get("00", "").strip(), remittance=_remittance(used, named),
                name=_name(parts.get("32", ""), parts.get("33", "")),
                account=(parts.get("38") or parts.get("31") or named.get("IBAN", "")).replace(" ", ""))
    made.end_to_end, made.mandate, made.batch = (named.get(key, "").strip() for key in ("EREF", "MREF", "KREF"))
    made.original, made.charges = money(named.get("OAMT", "")), charge(named.get("COAM", ""))
    made.reason = parts.get("34", named.get("MTLG", "")).strip() if code in RETURNS else ""
    see_structured(made, made.remittance)
    return made


def _name(first: str, second: str) -> str:
    """In two pieces: one that is full goes on in the next."""
    return (first + second if len(first) >= _PIECE or second[:1] == " " else f"{first} {second}").strip()


def _remittance(pieces: Sequence[str], named: Mapping[str, str]) -> str:
    """What the payer wrote. Pieces that are not full end with a word, but numbers are never torn."""
    text, last, is_changed = "", _PIECE, False
    for piece in pieces:
        if last < _PIECE and text[-1:] != " " and not (text[-1:].isdigit() and piece[:1].isdigit()):
            text, is_changed = f"{text} ", True
        text += piece
        last = len(piece)
    if is_changed and (spaced := _named(text)).keys() == named.keys():   # no name of a part was torn itself
        named = spaced
    return named.get("SVWZ", named[""]).replace("  ", " ").strip()


def _named(text: str) -> dict[str, str]:
    """Each part by its name; what stands before the first has none. The first of a name counts."""
    marks = _marks(text)
    if not marks:
        return {"": text}
    found = {"": text[:marks[0][0]]}
    for (_, start, name), end in zip(marks, [*(mark[0] for mark in marks[1:]), len(text)], strict=True):
        found.setdefault(name, text[start:end])
    return found


def _marks(text: str) -> list[tuple[int, int, str]]:
    """Where names of parts begin and end: EREF+, EREF: and the like. (A regular expression takes ten times as long.)"""
    found = []
    for sign, names in (("+", _PLUS), (": ", _COLON), (":", frozenset({"MTLG"}))):
        at = text.find(sign)
        while at >= 0:
            name = text[max(0, at - 4):at]
            if name in names or (name := name[-3:]) in names:
                found.append((at - len(name), at + len(sign), name))
            at = text.find(sign, at + 1)
    return sorted(found)
