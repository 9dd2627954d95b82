"""The texts of cells in an .xlsx workbook: made out of elements, and those that many cells refer to."""
from __future__ import annotations

import re
import tempfile
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

from ..model.errors import Malformed
from .workbook_xml import LONGEST, not_deep, parsed

_TEXTS = 20_000_000
"""Texts that cells refer to: for each its place is kept."""
_KEPT = 16 << 20
"""Bytes of texts that are kept in memory; of more, only those that are asked for often."""
_CACHED = 4096
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


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
