"""What stands in an .xlsx workbook beside its cells: where its sheets and texts are, and which styles are dates."""
from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from ..model.errors import Malformed
from .workbook_xml import not_deep, parsed

_MOST = 200_000
"""Sheets, links or styles; spreadsheets allow 65,490 styles."""
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_SPANS = frozenset({46})
_NO_PART = re.compile(r'"[^"]*"|\\.|_.|\*.|;.*|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE | re.DOTALL)
_SPAN = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


class Book(NamedTuple):
    """A workbook."""

    sheets: dict[str, str]      # names, and members of the archive; "" for one that is no table, such as a chart
    texts: str                  # the member with texts that cells only refer to
    dates: frozenset[int]       # styles of dates and times
    spans: frozenset[int]       # styles of times that are more than a day
    since_1904: bool
    hidden: frozenset[str]      # sheets that nobody sees


def book_of(packed: zipfile.ZipFile) -> Book:
    """What its parts say; Malformed if it is no workbook."""
    names = {name.replace("\\", "/").lower(): name for name in packed.namelist()}
    root = _links(packed, names, "")
    main = next((target for kind, target in root.values() if kind == "officeDocument"), "") or names.get(
        "xl/workbook.xml", "")
    if not main or main.endswith(".bin"):
        raise Malformed("it holds no workbook (.xlsx)")
    links = _links(packed, names, main)
    sheets: dict[str, str] = {}
    hidden = set()
    is_1904 = False
    for name, own in _elements(packed, main, {"sheet", "workbookPr"}):
        if name == "sheet":
            kind, target = links.get(next((value for key, value in own.items() if key.endswith(":id")), ""), ("", ""))
            sheets[own.get("name", "")] = target if kind == "worksheet" else ""
            if own.get("state", "visible") != "visible":
                hidden.add(own.get("name", ""))
        else:
            is_1904 |= own.get("date1904") in ("1", "true", "on")   # there are others of that name in extensions
    parts = {kind: target for kind, target in links.values()}
    dates, spans = _styles(packed, parts.get("styles", ""))
    return Book(sheets, parts.get("sharedStrings", ""), dates, spans, is_1904, frozenset(hidden))


def _links(packed: zipfile.ZipFile, names: dict[str, str], part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: the kind of it and the member of the archive, by their identifiers."""
    folder, name = posixpath.split(part.replace("\\", "/"))
    found = {}
    member = names.get(posixpath.join(folder, "_rels", f"{name}.rels").lower(), "")
    for _, own in _elements(packed, member, {"Relationship"}):
        target = posixpath.normpath(posixpath.join("/", folder, own.get("Target", "").replace("\\", "/")))
        found[own.get("Id", "")] = own.get("Type", "").rpartition("/")[2], names.get(target.lstrip("/").lower(), "")
    return found


def _styles(packed: zipfile.ZipFile, member: str) -> tuple[frozenset[int], frozenset[int]]:
    dates, spans, formats = set(_DATES), set(_SPANS), list[int]()
    inside = False
    for name, own in _elements(packed, member, {"numFmt", "cellXfs", "cellStyles", "dxfs", "xf"}):
        if name == "numFmt" and not formats:
            number, plain = _whole(own.get("numFmtId")), _NO_PART.sub("", own.get("formatCode", ""))
            (spans.add if _SPAN.search(plain) else spans.discard)(number)
            (dates.add if re.search(r"[dmyhs]", plain, re.IGNORECASE) else dates.discard)(number)
        elif name == "xf" and inside:
            formats.append(_whole(own.get("numFmtId")))
        else:
            inside = name == "cellXfs"
    return (frozenset(at for at, one in enumerate(formats) if one in dates),
            frozenset(at for at, one in enumerate(formats) if one in spans))


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _elements(packed: zipfile.ZipFile, member: str, wanted: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Those elements of a member, with their attributes; none if there is no such member."""
    found: list[tuple[str, dict[str, str]]] = []
    depth = count = 0

    def start(name: str, own: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if (local := name.rpartition(":")[2]) in wanted:
            found.append((local, own))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    for _ in parsed(packed, member, start, end) if member else ():
        not_deep(depth, member)
        count += len(found)
        if count > _MOST:
            raise Malformed(f"{member} has more than {_MOST} sheets, links or styles")
        yield from found
        found.clear()
