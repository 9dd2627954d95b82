"""What makes a row the same row in every try, and in every later file."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Protocol

from ...model.record import Row

SIZE = 16
"""Bytes of a key as the ledger keeps it."""


class Keys(Protocol):
    """Of the rows of one file, in their order, from its first row on."""

    def of(self, rows: Sequence[Row], numbers: Sequence[int]) -> tuple[list[str], list[bytes]]:
        """Idempotency keys, and what is remembered of each row (nothing at all if files are, and not rows)."""
        ...


class FileKeys:
    """A row is the n-th of those bytes: they are the same in every try."""

    def __init__(self, flow: str, digest: str) -> None:
        self._start = blake2b(f"{flow}\0{digest}".encode(), digest_size=SIZE).hexdigest()

    def of(self, rows: Sequence[Row], numbers: Sequence[int]) -> tuple[list[str], list[bytes]]:
        start = self._start
        return [f"{start}-{number}" for number in numbers], []


class RowKeys:
    """A row is what it says: its `identity` if it has one, else these columns, else all of them.

    Two that say the same in one file are two: the second is counted, so that it is the second in a later file too. For
    that 8 bytes of each row's key are held in memory while its file is read.
    """

    def __init__(self, flow: str, columns: tuple[str, ...] = ()) -> None:
        self._flow = blake2b(flow.encode(), digest_size=SIZE).digest()
        self._columns = columns
        self._seen: set[int] = set()
        self._again: dict[int, int] = {}

    def of(self, rows: Sequence[Row], numbers: Sequence[int]) -> tuple[list[str], list[bytes]]:
        keys = [self._key(row) for row in rows]
        return [key.hex() for key in keys], keys

    def _key(self, row: Row) -> bytes:
        key = blake2b(self._text(row), digest_size=SIZE, key=self._flow).digest()
        short = int.from_bytes(key[:8], "big")
        if short not in self._seen:
            self._seen.add(short)
            return key
        count = self._again[short] = self._again.get(short, 1) + 1
        return blake2b(b"%d" % count, digest_size=SIZE, key=key).digest()

    def _text(self, row: Row) -> bytes:
        if self._columns:
            return repr([_plain(row.get(name)) for name in self._columns]).encode()
        if identity := row.get("identity"):
            return str(identity).encode()
        return repr(sorted((name, _plain(value)) for name, value in row.items() if name != "line")).encode()


def _plain(value: Any) -> Any:
    """As a text that does not depend on how it was written."""
    if isinstance(value, Mapping):
        return sorted((str(name), _plain(one)) for name, one in value.items())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if value is None else str(value)
