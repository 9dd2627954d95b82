"""Files to be parsed, from this machine or from memory."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK = 64 * 1024      # it stays in the cache of a processor while it is worked on


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file of this machine; `name` is what it is called where it came from."""

    path: Path
    name: str

    def read(self, start: int = 0) -> Iterator[bytes]:
        with self.path.open("rb", buffering=0) as file:
            file.seek(start)
            while chunk := file.read(CHUNK):
                yield chunk


@dataclass(frozen=True, slots=True)
class BytesContent:
    """Bytes that are here; `chunk`: how many of them come at a time."""

    data: bytes
    name: str = "content"
    chunk: int = CHUNK

    def read(self, start: int = 0) -> Iterator[bytes]:
        for at in range(start, len(self.data), self.chunk):
            yield self.data[at:at + self.chunk]
