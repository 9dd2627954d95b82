"""What stands in an .xlsx workbook beside its cells: where its sheets are, which styles are dates, and its texts."""
from __future__ import annotations

import posixpath
import re
import tempfile
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.parsers import expat

from ..model.errors import Malformed
from .workbook import unpacked
from .xml_reader import DEPTH, NAMES

LONGEST = 1 << 20
"""Characters of one text at most, and bytes of one tag or comment; spreadsheets allow 32,767."""
_MOST = 200_000
"""Sheets, links or styles; spreadsheets allow 65,490 styles."""
_TEXTS = 20_000_000
"""Texts that cells refer to: for each its place is kept."""
_KEPT = 16 << 20
"""Bytes of texts that are kept in memory; of more, only those that are asked for often."""
_CACHED = 4096
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_SPANS = frozenset({46})
_NO_PART = re.compile(r'"[^"]*"|\\.|_.|\*.|;.*|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE | re.DOTALL)
_SPAN = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


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


def parsed(packed: zipfile.ZipFile, member: str, start: Any, end: Any, parts: list[str] | None = None
           ) -> Iterator[None]:
    """Goes through a member, calls these and adds text to the parts; comes back after each piece. Documents with
    types of their own, which may be bombs, are refused, and so is what expat would keep without end."""
    names: dict[str, str] = {}
    parser = expat.ParserCreate(intern=names)
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    if parts is not None:
        parser.CharacterDataHandler = parts.append
    parser.StartDoctypeDeclHandler = _doctype
    size = 0
    for chunk in unpacked(packed, member):
        parser.Parse(chunk)
        size += len(chunk)
        if parts and sum(map(len, parts)) > LONGEST:
            raise Malformed(f"a text in {member} has more than {LONGEST} characters")
        if size - parser.CurrentByteIndex > LONGEST + len(chunk):
            raise Malformed(f"a tag or comment in {member} has more than {LONGEST} bytes")
        if len(names) > NAMES:
            raise Malformed(f"{member} has more than {NAMES} different names of elements and attributes")
        yield
    parser.Parse(b"", True)
    yield


def not_deep(depth: int, member: str) -> None:
    """Malformed if so many elements are open."""
    if depth > DEPTH:
        raise Malformed(f"elements of {member} stand in each other more than {DEPTH} deep")


def _doctype(*_: Any) -> None:
    raise Malformed("there is a DOCTYPE in it, which workbooks do not have")


class TextReader:
    """Makes the text of cells out of elements and the parts of text between them: pieces of several fonts are one,
    readings are none."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self._pieces: list[str] = []
        self._is_kept = False
        self._aside = 0
        self._size = 0
        self.depth = 0

    def start(self, name: str, own: dict[str, str]) -> None:
        """An element begins."""
        self.depth += 1
        self._parts.clear()
        if name == "t":
            self._is_kept = own.get("xml:space") == "preserve"
        elif name == "rPh":
            self._aside += 1

    def end(self, name: str) -> None:
        """It ends."""
        self.depth -= 1
        if name == "t" and not self._aside:
            text = "".join(self._parts)
            self._pieces.append(text if self._is_kept else text.strip(" \t\r\n"))
            self._size += len(text)
            if self._size > LONGEST:
                raise Malformed(f"a text has more than {LONGEST} characters")
        elif name == "rPh":
            self._aside -= 1

    def take(self) -> str:
        """What there is, and nothing afterwards."""
        found = "".join(self._pieces)
        self._pieces.clear()
        self._aside = self._size = 0
        return unescaped(found)


def unescaped(text: str) -> str:
    """_x000D_ is the character of that number; two may be the halves of one, and a half alone is none."""
    if "_x" not in text:
        return text
    found = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@contextmanager
def texts_of(packed: zipfile.ZipFile, member: str, scratch: Path | None) -> Iterator[Callable[[int], str]]:
    """The texts that cells refer to, by their numbers: on disk if there are many."""
    texts = _texts(packed, member) if member else iter(())
    if not member or packed.getinfo(member).file_size <= _KEPT:
        kept = [*texts]
        yield lambda at: kept[_checked(at, len(kept))]
        return
    with tempfile.TemporaryFile(dir=scratch) as file:
        places = array("Q", [0])
        for text in texts:
            data = text.encode()
            file.write(data)
            places.append(places[-1] + len(data))
            if len(places) > _TEXTS:
                raise Malformed(f"there are more than {_TEXTS} texts in {member}")
        yield lru_cache(_CACHED)(lambda at: _at(file, places, _checked(at, len(places) - 1)))


def _checked(at: int, count: int) -> int:
    if not 0 <= at < count:
        raise Malformed(f"a cell refers to text {at}; there are {count}")
    return at


def _at(file: IO[bytes], places: array[int], at: int) -> str:
    file.seek(places[at])
    return file.read(places[at + 1] - places[at]).decode()


def _texts(packed: zipfile.ZipFile, member: str) -> Iterator[str]:
    parts, ready = list[str](), list[str]()
    reader = TextReader(parts)

    def start(name: str, own: dict[str, str]) -> None:
        reader.start(name.rpartition(":")[2], own)

    def end(name: str) -> None:
        local = name.rpartition(":")[2]
        reader.end(local)
        if local == "si":
            ready.append(reader.take())

    for _ in parsed(packed, member, start, end, parts):
        not_deep(reader.depth, member)
        yield from ready
        ready.clear()
