"""Pack into a ZIP archive of one member: `a.txt` becomes `a.txt.zip` holding `a.txt`."""
from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from ..model.errors import Busy, Invalid
from ..model.files import Part
from ..model.names import split
from ..settings.spec import Env
from .body import blocks, let_go, owned, pieces
from .compress import DeflateSpec, Engine, deflater

_STREAMED, _UTF8 = 0x08, 0x800     # flags: sizes follow the data; the name is UTF-8
_DEFLATE = 8
_FULL = 0xFFFFFFFF                 # in a 32-bit field: see the ZIP64 field
_SMALL = 0xF0000000                # up to this size no ZIP64 is needed, however it compresses
_UNIX = 3
_EPOCH = (1980, 1, 1, 0, 0, 0)


class ZipSpec(DeflateSpec):
    """Pack (ZIP)"""

    type: Literal["zip"] = "zip"

    def build(self, env: Env) -> Zip:
        return Zip(self.engine, self.effort())


@dataclass(frozen=True, slots=True)
class Zip:
    """An archive written in one pass, with dates from the part only: same part, same bytes."""

    engine: Engine = "isal"
    level: int = 2
    repeatable = True

    def __call__(self, part: Part, /) -> Iterable[Part]:
        body = owned(self._archive(part), lambda: let_go(part.body))
        yield part.to(name=part.name + ".zip", body=body)

    def _archive(self, part: Part) -> Iterator[bytes]:
        member = member_for(part)
        header = member.local_header()
        yield header
        squeeze = deflater(self.engine, self.level, wbits=-15)
        crc = size = packed = 0
        for block in blocks(part.body):
            crc, size = zlib.crc32(block, crc), size + len(block)
            data = squeeze.compress(block)
            packed += len(data)
            yield from pieces(data)
        data = squeeze.flush()
        packed += len(data)
        yield from pieces(data)
        if size > _SMALL and not member.is_large:
            raise Busy(f"{part.name}: grew over {_SMALL} bytes while it was being read")
        descriptor = struct.pack("<4sLQQ" if member.is_large else "<4sLLL",
                                 b"PK\7\b", crc, packed, size)
        start = len(header) + packed + len(descriptor)
        yield descriptor + member.directory(crc, packed, size, start)


class Member(NamedTuple):
    """What the archive says of its one file; layouts are those of PKWARE's APPNOTE 6.3.3."""

    name: bytes
    flags: int
    stamp: bytes        # time and date as DOS has them, in UTC
    times: bytes        # Info-ZIP's extended timestamp field, or nothing
    mode: int
    is_large: bool      # sizes are 64 bits wide

    def local_header(self) -> bytes:
        size, wide = (_FULL, struct.pack("<HHQQ", 1, 16, 0, 0)) if self.is_large else (0, b"")
        extra = wide + self.times
        return (struct.pack("<4sHHH", b"PK\3\4", self._version(), self.flags, _DEFLATE)
                + self.stamp
                + struct.pack("<LLLHH", 0, size, size, len(self.name), len(extra))
                + self.name + extra)

    def directory(self, crc: int, packed: int, size: int, start: int) -> bytes:
        """The entry of the central directory, which begins at `start`, and the end records."""
        wide = struct.pack("<HHQQ", 1, 16, size, packed) if self.is_large else b""
        extra = wide + self.times
        entry = (struct.pack("<4sBBHHH", b"PK\1\2", self._version(), _UNIX, self._version(),
                             self.flags, _DEFLATE)
                 + self.stamp
                 + struct.pack("<LLLHHHHHLL", crc, _FULL if wide else packed,
                               _FULL if wide else size, len(self.name), len(extra), 0, 0, 0,
                               (0o100000 | self.mode) << 16, 0)
                 + self.name + extra)
        end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 1, 1, len(entry),
                          _FULL if self.is_large else start, 0)
        return entry + (self._wide_end(len(entry), start) if self.is_large else b"") + end

    def _wide_end(self, length: int, start: int) -> bytes:
        return (struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, self._version(), self._version(),
                            0, 0, 1, 1, length, start)
                + struct.pack("<4sLQL", b"PK\6\7", 0, start + length, 1))

    def _version(self) -> int:
        return 45 if self.is_large else 20


def member_for(part: Part) -> Member:
    """How the archive describes `part`; Invalid if its name cannot be put into one."""
    name = split(part.name)[1]
    try:
        encoded = name.encode()
    except UnicodeEncodeError as error:
        raise Invalid(f"{part.name!r}: the name is no valid text, so no ZIP can hold it") from error
    seconds = None if part.modified is None else part.modified // 10**9
    return Member(encoded, _STREAMED | (0 if name.isascii() else _UTF8), _stamp(seconds),
                  _times(seconds), 0o644 if part.mode is None else part.mode & 0o777,
                  part.size is None or part.size > _SMALL)


def _stamp(seconds: int | None) -> bytes:
    """DOS time and date, 1980 to 2107, in steps of two seconds."""
    fields = _EPOCH
    if seconds is not None and 315532800 <= seconds < 4354819200:
        moment = datetime.fromtimestamp(seconds, UTC)
        fields = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    year, month, day, hour, minute, second = fields
    return struct.pack("<HH", hour << 11 | minute << 5 | second // 2,
                       (year - 1980) << 9 | month << 5 | day)


def _times(seconds: int | None) -> bytes:
    if seconds is None or not -2**31 <= seconds < 2**31:
        return b""
    return struct.pack("<2sHBl", b"UT", 5, 1, seconds)
