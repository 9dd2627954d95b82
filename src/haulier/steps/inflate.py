"""Read compressed streams in bounded pieces: all of a stream comes out, or an error does."""
from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple, Protocol, cast

from ..model.errors import Corrupt, Unsupported
from .body import CHUNK, pieces

_SLICE = 64 * 1024      # what a decompressor gets at a time: the grain in which ratios are seen
_MEMORY = 1 << 27       # window or dictionary that a stream may ask for, in bytes


class Source:
    """Packed bytes to be taken in the sizes that a reader wants; `taken` counts them."""

    def __init__(self, body: Iterator[bytes], name: str) -> None:
        self._body, self.name = body, name
        self._held = memoryview(b"")
        self.taken = 0

    def more(self, most: int = _SLICE) -> bytes:
        """The next 1 to `most` bytes; nothing at the end."""
        if not self._held:
            self._held = memoryview(next(filter(None, self._body), b""))
        data, self._held = bytes(self._held[:most]), self._held[most:]
        self.taken += len(data)
        return data

    def back(self, data: bytes) -> None:
        """Take `data` back: it comes again."""
        if data:
            self.taken -= len(data)
            self._held = memoryview(data + bytes(self._held))

    def up_to(self, count: int) -> bytes:
        """The next `count` bytes, or what there is."""
        found = bytearray()
        while len(found) < count and (data := self.more(count - len(found))):
            found += data
        return bytes(found)

    def exactly(self, count: int) -> bytes:
        """The next `count` bytes, or Corrupt."""
        data = self.up_to(count)
        if len(data) < count:
            raise self.ends_early()
        return data

    def skip_zeros(self) -> int:
        """Pass over zero bytes; how many there were."""
        count = 0
        while data := self.more():
            rest = data.lstrip(b"\0")
            count += len(data) - len(rest)
            if rest:
                self.back(rest)
                break
        return count

    def rest(self) -> Iterator[bytes]:
        """Everything that was not taken, in chunks as they come."""
        held, self._held = bytes(self._held), memoryview(b"")
        for chunk in chain(pieces(held), self._body):
            self.taken += len(chunk)
            yield chunk

    def ends_early(self) -> Corrupt:
        return Corrupt(f"{self.name}: the compressed data ends too early; fetch the file again")

    def damaged(self, why: object) -> Corrupt:
        return Corrupt(f"{self.name}: the compressed data is damaged ({why})")


class Inflate(Protocol):
    """What the decompressors of isal, bz2 and lzma have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Format(NamedTuple):
    """How one format is read: streams one after another, perhaps with zeros after each."""

    make: Callable[[], Inflate]
    errors: tuple[type[Exception], ...]
    padding: int        # zero bytes allowed after a stream, in multiples of this; 0: none


def _gzip() -> Format:
    from isal import igzip_lib
    damaged = cast("type[Exception]", igzip_lib.IsalError)
    return Format(lambda: igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP),
                  (damaged, zlib.error, EOFError, ValueError), 1)


def _bzip2() -> Format:
    import bz2
    return Format(bz2.BZ2Decompressor, (OSError, EOFError, ValueError), 0)


def _xz() -> Format:
    import lzma
    return Format(lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY),
                  (lzma.LZMAError, EOFError, ValueError), 4)


def inflated(source: Source, kind: str) -> Iterator[bytes]:
    """The content of `source`, which is `gz`, `bz2`, `xz` or `zst`, in chunks up to 1 MiB."""
    if kind == "zst":
        return _frames(source)
    return _streams(source, {"gz": _gzip, "bz2": _bzip2, "xz": _xz}[kind]())


def _streams(source: Source, reader: Format) -> Iterator[bytes]:
    while True:
        inflate = reader.make()
        while not inflate.eof:
            data = b""
            if inflate.needs_input and not (data := source.more()):
                raise source.ends_early()
            if out := _asked(source, reader.errors, inflate.decompress, data, CHUNK):
                yield out
        source.back(inflate.unused_data)
        if reader.padding and source.skip_zeros() % reader.padding:
            raise source.damaged("padding of a wrong length")
        if not (data := source.more()):
            return
        source.back(data)


def _asked(source: Source, errors: tuple[type[Exception], ...],
           decompress: Callable[..., bytes], *arguments: object) -> bytes:
    try:
        return decompress(*arguments)
    except errors as error:
        if "memory" in str(error).lower():
            raise Unsupported(f"{source.name}: reading it needs more than {_MEMORY >> 20} MiB of "
                              "memory; compress it with a smaller window") from error
        raise source.damaged(error) from error


# Zstandard's library gives out everything that its input makes, and says nothing of an input
# that stops short. So frames are walked here, block by block (RFC 8878 section 3.1): a block
# makes at most 128 KiB, and whatever is missing is noticed.

_FRAME = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"


def _frames(source: Source) -> Iterator[bytes]:
    while magic := source.up_to(4):
        if magic == _FRAME:
            yield from _frame(source)
        elif magic[1:] == _SKIPPABLE and magic[0] >> 4 == 5:
            _skip(source, int.from_bytes(source.exactly(4), "little"))
        elif _FRAME.startswith(magic):
            raise source.ends_early()
        else:
            raise source.damaged("something else follows it")


def _skip(source: Source, count: int) -> None:
    while count:
        count -= len(source.exactly(min(count, _SLICE)))


def _frame(source: Source) -> Iterator[bytes]:
    from zstandard import ZstdDecompressor, ZstdError
    inflate = ZstdDecompressor(max_window_size=_MEMORY).decompressobj()

    def fed(data: bytes) -> bytes:
        return _asked(source, (ZstdError,), inflate.decompress, data)

    flags, = source.exactly(1)
    yield from pieces(fed(_FRAME + bytes([flags]) + source.exactly(_header_rest(flags))))
    last = 0
    while not last:
        header = source.exactly(3)
        value = int.from_bytes(header, "little")
        last, kind, size = value & 1, value >> 1 & 3, value >> 3
        yield from pieces(fed(header + source.exactly(1 if kind == 1 else size)))
    if flags & 4:
        yield from pieces(fed(source.exactly(4)))
    if not inflate.eof:
        raise source.damaged("its frame does not end where it should")


def _header_rest(flags: int) -> int:
    """Bytes of a frame's header that follow its first one."""
    is_single = flags >> 5 & 1
    return (1 - is_single) + (0, 1, 2, 4)[flags & 3] + (is_single, 2, 4, 8)[flags >> 6]
