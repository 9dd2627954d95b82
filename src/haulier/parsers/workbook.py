"""The ZIP archive that an .xlsx workbook is: no larger than it may be, and than it says."""
from __future__ import annotations

import copy
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

from ..model.errors import Malformed

OLD = b"\xd0\xcf\x11\xe0"
"""How old workbooks begin, and encrypted ones."""
_CHUNK = 1 << 14
"""Few bytes: a row of some can have a value in the last of all columns."""
_MEMBERS = 10_000


def archive(file: IO[bytes], max_size: int) -> zipfile.ZipFile:
    """That archive; Malformed if it is none, or unpacks to more bytes than that."""
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


def unpacked(packed: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """What is packed in a member, piece by piece; Malformed if that is more than the directory says."""
    member = packed.getinfo(name)
    asked = copy.copy(member)
    asked.file_size = 1 << 62       # else what is beyond the size it has by the directory is passed over
    size = 0
    with packed.open(asked) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > member.file_size:
                raise Malformed(f"{name} in it is larger than it says: a decompression bomb?")
            yield chunk


def chosen(names: Sequence[str], sheet: str | int) -> str:
    """The name of that sheet; Malformed if there is none."""
    if isinstance(sheet, str) and sheet in names:
        return sheet
    if isinstance(sheet, int) and sheet <= len(names):
        return names[sheet - 1]
    raise Malformed(f"there is no sheet {sheet} in it; it has {', '.join(map(repr, names)) or 'none'}")
