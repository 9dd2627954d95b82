"""Avro files with their blocks unpacked, none of them larger than is allowed: what is safe to give to a library."""
from __future__ import annotations

import bz2
import io
import json
import lzma
import zlib
from collections.abc import Iterator
from typing import IO, Any

from ..model.errors import Malformed
from .libraries import library

MAGIC = b"Obj\1"
_SYNC = 16
_CODEC, _SCHEMA = "avro.codec", "avro.schema"


class Unpacked(io.RawIOBase):
    """A file object that gives the same Avro file, not packed."""

    def __init__(self, file: IO[bytes], largest: int) -> None:
        self._file = file
        self._largest = largest
        self._parts = self._unpacked()
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        """That many bytes, fewer only at the end."""
        while len(self._held) < size and (part := next(self._parts, b"")):
            self._held += part
        given, self._held = self._held[:size], self._held[size:]
        return given

    def _unpacked(self) -> Iterator[bytes]:
        if self._take(4) != MAGIC:
            raise Malformed("it does not begin as an Avro file")
        meta = self._meta()
        codec = meta.get(_CODEC, b"null").decode("ascii", "replace")
        schema = meta.get(_SCHEMA, b"")
        check_schema(json.loads(schema))
        sync = self._take(_SYNC)
        yield MAGIC + _written({_SCHEMA: schema}) + sync    # the rest may be anything, and need not be text
        while first := self._file.read(1):
            count, size = self._long(first), self._long()
            block = unpack(codec, self._take(size), self._largest)
            if self._take(_SYNC) != sync:
                raise Malformed("a block does not end where it says")
            yield _number(count) + _number(len(block)) + block + sync

    def _meta(self) -> dict[str, bytes]:
        meta: dict[str, bytes] = {}
        while count := self._long():
            if count < 0:
                self._long()
            for _ in range(abs(count)):
                name = self._take(self._long()).decode(errors="replace")
                meta[name] = self._take(self._long())
        return meta

    def _take(self, size: int) -> bytes:
        if not 0 <= size <= self._largest:
            raise Malformed(f"a block of {size} bytes; {self._largest} are allowed (max_block)")
        data = self._file.read(size)
        if len(data) < size:
            raise Malformed("it ends in the middle of a block")
        return data

    def _long(self, first: bytes = b"") -> int:
        """A number as Avro has it: seven bits in a byte, the sign in the lowest."""
        value = 0
        for shift in range(0, 70, 7):
            byte = (first or self._take(1))[0]
            first = b""
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
        raise Malformed("a number has too many bytes")


def unpack(codec: str, data: bytes, largest: int) -> bytes:
    """What is packed in a block; Malformed if it is more than that."""
    if codec == "null":
        return data
    if codec == "deflate":
        made = zlib.decompressobj(-15).decompress(data, largest + 1)
    elif codec in ("bzip2", "xz"):
        made = (bz2.BZ2Decompressor() if codec == "bzip2" else lzma.LZMADecompressor()).decompress(data, largest + 1)
    elif codec in ("snappy", "zstandard"):
        made = _by_arrow(codec, data, largest)
    else:
        raise Malformed(f"it is packed with {codec}; have it written with deflate, bzip2, xz, snappy or zstandard")
    if len(made) > largest:
        raise Malformed(f"a block unpacks to more than {largest} bytes (max_block): a decompression bomb?")
    return made


def check_schema(schema: Any, around: tuple[str, ...] = ()) -> None:
    """Malformed for one that a few bytes of data turn into endless values: types that hold themselves, types without
    any size and lists of nothing."""
    if isinstance(schema, list):
        for one in schema:
            check_schema(one, around)
    elif isinstance(schema, str):
        if schema.rpartition(".")[2] in around:
            raise Malformed(f"the type {schema} in its schema holds itself; that makes no rows")
    elif schema["type"] in ("record", "error"):
        _check_record(schema, (*around, schema["name"].rpartition(".")[2]))
    else:
        if (schema["type"] == "array" and _is_nothing(schema["items"])) or schema.get("size", 1) < 1:
            raise Malformed("its schema has lists of nothing, or a type without any size")
        for inside in ("items", "values", "type"):
            check_schema(schema.get(inside, "null"), around)


def _check_record(schema: Any, around: tuple[str, ...]) -> None:
    for field in schema["fields"]:
        check_schema(field["type"], around)
    if all(_is_nothing(field["type"]) for field in schema["fields"]):
        raise Malformed(f"the type {schema['name']} in its schema has no size")


def _is_nothing(schema: Any) -> bool:
    return schema == "null" or (isinstance(schema, dict) and _is_nothing(schema["type"]))


def _by_arrow(codec: str, data: bytes, largest: int) -> bytes:
    arrow = library("pyarrow", "parquet")
    if codec == "zstandard":
        made: bytes = arrow.CompressedInputStream(arrow.BufferReader(data), "zstd").read(largest + 1)
        return made
    size = 0        # snappy says it first, and four bytes of a checksum follow
    for at, byte in enumerate(data[:5]):
        size |= (byte & 0x7F) << 7 * at
        if byte < 0x80:
            break
    if size > largest:
        return bytes(largest + 1)
    unpacked: bytes = arrow.decompress(data[:-4], size, "snappy", asbytes=True)
    return unpacked


def _written(meta: dict[str, bytes]) -> bytes:
    parts = [_number(len(meta) + 1)]
    for name, value in {**meta, _CODEC: b"null"}.items():
        parts += [_number(len(name.encode())), name.encode(), _number(len(value)), value]
    return b"".join(parts) + _number(0)


def _number(value: int) -> bytes:
    rest = value << 1 if value >= 0 else ((-value) << 1) - 1
    made = bytearray()
    while rest > 0x7F:
        made.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*made, rest])
