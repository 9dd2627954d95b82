"""Records of XML that look like one before: their texts are taken by a pattern that was made of it.

A pattern has all tags and blanks of a record that expat took, letter by letter; only its texts may differ, and those
have no `<`, no `&` and nothing that XML forbids. So whatever matches is as well-formed as that record was.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Values: TypeAlias = dict[str, Any]

_TAG = re.compile(r"""(< (?: [^<>"'] | "[^"<]*" | '[^'<]*' )* >)""", re.VERBOSE)
_TEXT = r"(?!\s)[^<>&\x00-\x1f\ud800-\udfff\ufffe\uffff]+(?<!\s)"
_IS_TEXT = re.compile(_TEXT).fullmatch
_MARK = "\ue000"        # of private use: stands for a text whose place among the values is sought
_STRANGE = re.compile(rf"&|<[!?]|{_MARK}")
_LINE_END = re.compile("\r\n|\r|\n")


class Shape:
    """One kind of record, with the blanks before it."""

    def __init__(self, key: str, text: str, read: Callable[[str], Values]) -> None:
        """`read` gives the values of such a record. ValueError if this one is no good as a pattern."""
        self.key = key
        parts = _parts(text)
        places = [place for place in range(0, len(parts), 2) if parts[place].strip()]
        marks = {place: f"{_MARK}{place}{_MARK}" for place in places}
        values = read("".join(marks.get(place, part) for place, part in enumerate(parts)))
        wanted = set(_marks(values))
        groups = {mark: group for group, mark in enumerate(mark for mark in marks.values() if mark in wanted)}
        self.values = _Form(values, groups).filled
        self.match = re.compile("".join(
            re.escape(part) if place not in marks else f"({_TEXT})" if marks[place] in wanted else _TEXT
            for place, part in enumerate(parts))).match
        self.blanks = len(parts[0])     # before it
        self.lines_before, self.lines = _lines_in(parts[0]), _lines_in(text)


class _Form:
    """Values whose texts are filled in."""

    def __init__(self, values: Values, groups: Mapping[str, int]) -> None:
        self._same = {key: value for key, value in values.items() if isinstance(value, str) and value not in groups}
        self._texts = {key: groups[value] for key, value in values.items()
                       if isinstance(value, str) and value in groups}
        self._lists: dict[str, list[_Form | int | str]] = {
            key: [_Form(one, groups) if isinstance(one, dict) else groups.get(one, one) for one in value]
            for key, value in values.items() if isinstance(value, list)}

    def filled(self, texts: tuple[str | Any, ...]) -> Values:
        """As they are with these texts."""
        values: Values = dict(self._same)
        values.update(zip(self._texts, map(texts.__getitem__, self._texts.values()), strict=True))
        for key, ones in self._lists.items():
            values[key] = [one.filled(texts) if isinstance(one, _Form) else texts[one] if isinstance(one, int) else one
                           for one in ones]
        return values


def key_of(text: str) -> str:
    """The same for all records of one shape."""
    return re.sub(r">[^<>]+</", "></", text)


def _lines_in(text: str) -> int:
    """How many lines end in it."""
    return len(_LINE_END.findall(text))


def _parts(text: str) -> list[str]:
    """Texts and tags in turn: a text first and last, "" if there is none. ValueError if there is more than those, or
    more than one element: what stands before a record is of the one around."""
    parts = _TAG.split(text)
    if _STRANGE.search(text) or any("<" in part for part in parts[::2]) or not _is_one(parts[1::2]):
        raise ValueError(text)
    for place in range(0, len(parts), 2):
        if not parts[place].strip():
            if not parts[place].isascii():
                raise ValueError(text)
        elif not (0 < place < len(parts) - 1 and _is_all(*parts[place - 1:place + 2])):
            raise ValueError(text)
    return parts


def _is_one(tags: Sequence[str]) -> bool:
    """Whether these are of one element with all that is in it."""
    depth = 0
    for place, tag in enumerate(tags, 1):
        depth += -1 if tag[1] == "/" else tag[-2] != "/"
        if depth <= 0:
            return not depth and place == len(tags)
    return False


def _is_all(before: str, text: str, behind: str) -> bool:
    """Whether a text is all that an element has, and could be any other."""
    return before[1] != "/" and before[-2] != "/" and behind[1] == "/" and _IS_TEXT(text) is not None


def _marks(values: Values) -> Iterator[str]:
    for value in values.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from _marks(one)
            else:
                yield one
