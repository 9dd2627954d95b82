"""Reads the XML in an .xlsx workbook safely, a piece at a time."""
from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from ..model.errors import Malformed
from .workbook import unpacked
from .xml_reader import DEPTH, NAMES

LONGEST = 1 << 20
"""Characters of one text at most, and bytes of one tag or comment; spreadsheets allow 32,767."""


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
