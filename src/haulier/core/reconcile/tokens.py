"""References in free text: "faktura 146048 kund nr 88", "146509/1727", EREF+ and /RFB/ tags, numbers cut in two."""
from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from .digits import rf
from .references import NONE_GIVEN, alnum

SHORTEST = 3
"""Letters and digits of a token. Shorter ones are house numbers and months."""
MOST = 40
"""Tokens of one payment: a text with more is no list of invoices."""
_TAG = re.compile(r"(?:EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|COAM|OAMT)\+|"
                  r"/(?:RFB|ROC|REMI|EREF|INV|CNR|PUR|URI|TXT|ISDT|ORDP|BENM|NAME|MARF|CSID|TRCD|PREF|RTRN)/")
_SPACED = re.compile(
    r"RF\d{2}(?:[ ]?[A-Z0-9]{4}){1,5}(?:[ ]?[A-Z0-9]{1,4})?(?![A-Z0-9])"   # ISO 11649 as it is printed
    r"|[+*]{3}\d{3}/\d{4}/\d{5}[+*]{3}"                                    # Belgian
    r"|(?<!\d)\d{2}(?: \d{5}){5}(?!\d)")                                   # QRR as it is printed
_WORD = re.compile(r"[^\W_](?:[\w./+&#:-]*[^\W_])?")
_PART = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_DIGIT = re.compile(r"\d")


class Token(NamedTuple):
    """A word with a number in it. `parts`: what may be meant if nothing is known under the whole of it."""

    whole: str
    parts: tuple[str, ...] = ()


def tokens(text: str) -> tuple[Token, ...]:
    """What could be references in a text, each once, as it stands in it. Lines are joined with \\n."""
    if not _DIGIT.search(text):
        return ()
    upper = _TAG.sub(" ", text.upper())
    found = [Token(_whole(match.group())) for match in _SPACED.finditer(upper.replace("\n", " "))]
    found += [_token(word) for word in _WORD.findall(_SPACED.sub(" ", upper) if found else upper)]
    found += [Token(word) for word in _cut(upper)]
    kept = {alnum(token.whole): token for token in reversed(found) if _is_one(token.whole)}
    return tuple(reversed(kept.values()))[:MOST]


def _token(word: str) -> Token:
    parts = dict.fromkeys([*_PARTS.findall(word), *_PART.findall(word)])
    return Token(word, tuple(part for part in parts if part != word and _is_one(part)))


def _whole(printed: str) -> str:
    """An RF reference without the words after it: they look like more groups of it."""
    groups = printed.split(" ")
    ends = range(len(groups), 0, -1) if printed.startswith("RF") else ()
    return next((" ".join(groups[:end]) for end in ends if rf("".join(groups[:end]))), printed)


def _is_one(word: str) -> bool:
    plain = alnum(word)
    return len(plain) >= SHORTEST and plain not in NONE_GIVEN and _DIGIT.search(plain) is not None


def _cut(text: str) -> list[str]:
    """Words made of a line's last and the next line's first: banks cut lines at their length, not between words."""
    lines = text.split("\n")
    pairs = ((before, after) for before, after in pairwise(lines)
             if before and after and not before[-1].isspace() and not after[0].isspace())
    words = ((_WORD.findall(before), _WORD.findall(after)) for before, after in pairs)
    return [first[-1] + second[0] for first, second in words
            if first and second and first[-1][-1].isalnum() and _DIGIT.search(first[-1]) and _DIGIT.search(second[0])]
