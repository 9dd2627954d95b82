"""The rows of a sheet in an .xlsx workbook, and whether it can be read safely."""
from __future__ import annotations

import copy
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from ..model.errors import Malformed
from .libraries import library
from .sheet import LAST_COLUMN, LAST_ROW

OLD = b"\xd0\xcf\x11\xe0"
"""How old workbooks begin, and encrypted ones."""
_CHUNK = 1 << 20
_MEMBERS = 10_000
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLACE = re.compile(rb'<c\s+r="([A-Z]{1,3})([0-9]{1,7})"')
_ERROR = re.compile(rb"<(?:\w+:)?c\s[^>]*\bt\s*=\s*[\"']e[\"']")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_OTHERS = frozenset({"content.xml", "mimetype", "xl/workbook.bin"})
"""What is in workbooks of other kinds, which the library would read too."""
_ROOM = 4
"""Places in a sheet for each cell that has a value: in one with more, most of it is empty."""
_PLACES = 10_000_000


def archive(file: IO[bytes], max_size: int) -> zipfile.ZipFile:
    """The ZIP archive that a workbook is; Malformed if it is none, or unpacks to more bytes than that."""
    if file.read(4) == OLD:
        raise Malformed("it is an old .xls workbook, or is encrypted with a password: save it as .xlsx, without one")
    file.seek(0)
    packed = zipfile.ZipFile(file)
    members = packed.infolist()
    size = sum(member.file_size for member in members)
    if size > max_size or len(members) > _MEMBERS:
        raise Malformed(f"it unpacks to {size} bytes in {len(members)} files; {max_size} are allowed (max_size): "
                        "a decompression bomb?")
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise Malformed("it is packed in a way that workbooks are not")
    return packed


def is_plain(packed: zipfile.ZipFile) -> bool:
    """Whether it can be read as a whole: no cells far out that make a huge sheet of few values, no errors in cells,
    and nothing in it is larger than it says."""
    cells, row, column = 0, 0, 0
    if not _OTHERS.isdisjoint(packed.namelist()):
        return False
    for member in packed.infolist():
        rest = b""
        for chunk in _true_bytes(packed, member):
            text = rest + chunk
            cut = text.rfind(b"<") + 1 or len(text) + 1
            text, rest = text[:cut - 1], text[cut - 1:]
            places = _PLACE.findall(text)
            if len(_CELL.findall(text)) != len(places) or _ERROR.search(text) or text.startswith(_WIDE):
                return False
            cells += len(places)
            row = max([row, *map(int, {number for _, number in places})])
            column = max([column, *map(_column, {letters for letters, _ in places})])
    return row <= LAST_ROW and column <= LAST_COLUMN and row * column <= min(_ROOM * cells + 10_000, _PLACES)


def whole(file: IO[bytes], sheet: str) -> Iterator[Sequence[Any]]:
    """All rows of the sheet, from its first one on, quickly, out of memory."""
    found = library("python_calamine", "xlsx").CalamineWorkbook.from_filelike(file).get_sheet_by_name(sheet)
    before = [None] * (found.start[1] if found.start else 0)
    return (before + row for row in found.iter_rows())


def chosen(names: Sequence[str], sheet: str | int) -> str:
    """The name of that sheet; Malformed if there is none."""
    if isinstance(sheet, str) and sheet in names:
        return sheet
    if isinstance(sheet, int) and sheet <= len(names):
        return names[sheet - 1]
    raise Malformed(f"there is no sheet {sheet} in it; it has {', '.join(map(repr, names)) or 'none'}")


def _true_bytes(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is packed there, whatever the directory says of its size; Malformed if it says less."""
    asked = copy.copy(member)
    asked.file_size = 1 << 62
    size = 0
    with packed.open(asked) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > member.file_size:
                raise Malformed(f"{member.filename} in it is larger than it says: a decompression bomb?")
            yield chunk


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
