"""What makes a row the same row in every try, and in every later file."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

import msgspec

from ...model.record import Row

SIZE = 16
"""Bytes of a key as the ledger keeps it."""
_SHORT = 8      # bytes of each key that are held in memory while a file is read
_packed = msgspec.msgpack.Encoder(decimal_format="string", order="sorted", enc_hook=str).encode


class Keys(Protocol):
    """Of the rows of one file, in their order, from its first row on."""

    def of(self, rows: Sequence[Row], numbers: Sequence[int]) -> tuple[list[str], list[bytes]]:
        """Idempotency keys, and what is remembered of each row (nothing at all if files are, and not rows)."""
        ...


class FileKeys:
    """A row is the n-th of those bytes: they are the same in every try."""

    def __init__(self, flow: str, digest: str) -> None:
        self._start = _hash(f"{flow}\0{digest}".encode()).hex()

    def of(self, rows: Sequence[Row], numbers: Sequence[int]) -> tuple[list[str], list[bytes]]:
        start = self._start
        return [f"{start}-{number}" for number in numbers], []


class RowKeys:
    """A row is what it says: its `identity` if it has one, else these columns, else all of them but `line`.

    A key is the SHA-256 of the flow's and that, in MessagePack with names in order; Decimals, dates and times are
    texts in it. Two rows that say the same in one file are two: the second is counted, so that it is the second in a
    later file too. For that a part of each row's key is held in memory while its file is read.
    """

    def __init__(self, flow: str, columns: tuple[str, ...] = ()) -> None:
        self._flow = _hash(flow.encode())
        self._columns = columns
        self._seen: set[bytes] = set()
        self._again: dict[bytes, int] = {}

    def of(self, rows: Sequence[Row], numbers: Sequence[int]) -> tuple[list[str], list[bytes]]:
        keys = self._told_apart([_hash(self._flow + self._text(row)) for row in rows])
        return [key.hex() for key in keys], keys

    def _told_apart(self, keys: list[bytes]) -> list[bytes]:
        short = {key[:_SHORT] for key in keys}
        if len(short) == len(keys) and self._seen.isdisjoint(short):
            self._seen |= short
            return keys
        return [self._one(key) for key in keys]

    def _one(self, key: bytes) -> bytes:
        short = key[:_SHORT]
        if short not in self._seen:
            self._seen.add(short)
            return key
        count = self._again[short] = self._again.get(short, 1) + 1
        return _hash(key + b"%d" % count)

    def _text(self, row: Row) -> bytes:
        if self._columns:
            return _bytes([row.get(name) for name in self._columns])
        if identity := row.get("identity"):
            return str(identity).encode(errors="surrogatepass")
        return _bytes({name: value for name, value in row.items() if name != "line"} if "line" in row else row)


def _hash(data: bytes) -> bytes:
    return sha256(data).digest()[:SIZE]


def _bytes(value: Any) -> bytes:
    try:
        return _packed(value)
    except (TypeError, ValueError, OverflowError):      # a huge number, half a character, names that are no texts
        return repr(_plain(value)).encode()


def _plain(value: Any) -> Any:
    """As texts, for what MessagePack does not know."""
    if isinstance(value, Mapping):
        return sorted((str(name), _plain(one)) for name, one in value.items())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if value is None else str(value)
