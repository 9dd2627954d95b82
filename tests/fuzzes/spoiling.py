"""Files changed by somebody who knows what they are made of: lines, elements with all that is in them, values."""
from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import atheris

_TAGS = re.compile(rb"(<[^<>]*>)")
_TOKENS = re.compile(rb'("(?:[^"\\]|\\.)*"|[{}\[\],:])')
_WORDS = [
    b"", b" ", b"\r\n", b"\r", b"\n", b"\t", b"\0", b"\x1a", b"\xc2\xa0", b"\xc2\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf",
    b"\xc3\xa9", b"\xe9", b"\x85", b"\xf0\x9f\x98\x80", b"\xef\xbf\xbe", b"\xee\x80\x80", b"\xed\xa0\x80", b"\xd9\xa3",
    b"0", b"-1", b"1.5", b"1,50", b"1e309", b"99999999999999999999", b"NaN", b"2026-02-30", b"20260228", b"261231",
    b"\"", b"'", b";", b"\\", b"\\ud800", b"NOTPROVIDED", b"CRDT", b"DBIT", b"EUR", b"true"]
_MARKUP = [b"&amp;", b"&#60;", b"&#10;", b"&#x10FFFF;", b"<![CDATA[<a>]]>", b"<![CDATA[]]>", b"<!-- </Ntry> -->",
           b"<?x </Ntry>?>", b"<a/>", b"<a b='>'>1</a>", b"_x0041_", b"_xD800_"]
_BROKEN = [b"&x;", b"<a>", b"</a>", b"]]>", b"<!DOCTYPE a>", b"<!--", b"<![CDATA["]


def spoilt(data: bytes, largest: int, chance: Random) -> bytes:
    """One to a few changes; now and then bytes without any thought."""
    if not data or chance.random() < 0.1:
        return atheris.Mutate(data, largest)
    count = chance.choice((1, 1, 1, 2, 4))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        pieces, change = _TAGS.split(data), _markup
    elif data.lstrip().startswith((b"{", b"[")) and chance.random() < 0.8:
        pieces, change = _TOKENS.split(data), _lines
    else:
        pieces, change = data.splitlines(keepends=True), _lines
    for _ in range(count):
        change(pieces, chance)
    changed = b"".join(pieces)
    return changed if 0 < len(changed) <= largest else atheris.Mutate(data, largest)


def _lines(pieces: list[bytes], chance: Random) -> None:
    start = chance.randrange(len(pieces) + 1)
    end = min(len(pieces), start + chance.choice((1, 1, 1, 1, 2, 3, 9)))
    chance.choice(_CHANGES)(pieces, start, end, chance)


def _markup(pieces: list[bytes], chance: Random) -> None:
    """Mostly what leaves it well-formed; tags are at odd places."""
    way = chance.random()
    if way < 0.45:
        start, end = _element(pieces, chance)
        chance.choice((_drop, _repeat, _repeat, _copy, _swap))(pieces, start, end, chance)
    elif way < 0.9 and len(pieces) > 4:
        at = chance.randrange(2, len(pieces) - 2) & ~1
        filled = [one for one in range(at, len(pieces) - 2, 2) if pieces[one].strip()]
        at = filled[0] if filled and chance.random() < 0.8 else at
        chance.choice((_word, _word, _other, _digits, _markup_word))(pieces, at, at + 1, chance)
    else:
        _lines(pieces, chance)


def _element(pieces: list[bytes], chance: Random) -> tuple[int, int]:
    """One with all that is in it."""
    opening = [at for at in range(1, len(pieces), 2) if pieces[at][1:2] not in b"/!?"]
    start = chance.choice(opening) if opening else 0
    depth = 0
    for at in range(start, len(pieces), 2):
        tag = pieces[at]
        if tag[1:2] not in (b"!", b"?") and not tag.endswith(b"/>"):
            depth += -1 if tag.startswith(b"</") else 1
        if depth <= 0:
            return start, at + 2
    return start, start


def _drop(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    del pieces[start:end]


def _repeat(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    pieces[start:start] = pieces[start:end] * chance.choice((1, 1, 2, 5, 12))


def _copy(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    to = chance.randrange(len(pieces) + 1) | 1
    pieces[to:to] = pieces[start:end]


def _swap(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    """Another element in its place."""
    other = slice(*_element(pieces, chance))
    pieces[start:end] = pieces[other]


def _other(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    """What stands elsewhere, in its place."""
    if pieces:
        pieces[start:start + 1] = [pieces[chance.randrange(start & 1, len(pieces), 2)] if len(pieces) > 1 else b""]


def _word(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    _put(pieces, start, chance, _WORDS)


def _markup_word(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    _put(pieces, start, chance, _MARKUP)


def _broken(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    _put(pieces, start, chance, _BROKEN)


def _put(pieces: list[bytes], start: int, chance: Random, words: list[bytes]) -> None:
    """A word in a piece, in place of some of it or of all."""
    if start >= len(pieces):
        pieces.append(b"")
        start = len(pieces) - 1
    piece = pieces[start]
    at = chance.randrange(len(piece) + 1)
    to = at + chance.choice((0, 0, 1, 2, 6))
    pieces[start] = chance.choice((piece[:at], piece[:at], b"")) + chance.choice(words) + piece[to:]


def _digits(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    for at in range(start, end):
        pieces[at] = re.sub(rb"\d", lambda found: found[0] if chance.random() < 0.7 else b"%d" % chance.randrange(10),
                            pieces[at])


def _bytes(pieces: list[bytes], start: int, end: int, chance: Random) -> None:
    if start < len(pieces) and pieces[start]:
        pieces[start] = atheris.Mutate(pieces[start], len(pieces[start]) + 20)


_CHANGES: list[Callable[[list[bytes], int, int, Random], None]] = [
    _drop, _repeat, _repeat, _copy, _copy, _other, _word, _word, _word, _digits, _bytes, _bytes, _broken]
