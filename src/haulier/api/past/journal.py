"""The hub's log, read from its end: however long it is, no more of it than is asked for."""
from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pydantic import BaseModel

from ..shapes.moment import Moment

FILE = "logs/haulier.log"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_BLOCK = 1 << 16
_MOST = 16 << 20
"""Bytes that one question looks through."""
_OLDER = 20


class LogLine(BaseModel):
    """One line; `at` is null if it is not one of ours."""

    at: Moment | None
    level: str
    logger: str
    text: str
    flow: str | None
    run: int | None


class Look(NamedTuple):
    """Lines, oldest first, and where those before them end; None: there are none."""

    lines: list[LogLine]
    before: str | None


class Journal:
    """The log of a workspace, and what it was called before it was turned over."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE

    def last(self, count: int, *, level: str = "", search: str = "", before: str = "") -> Look:
        """The last lines of at least that level with `search` in them, before a place that was told earlier."""
        found: list[LogLine] = []
        looked = 0
        for place, raw in self._backwards(before):
            line = parsed(raw)
            looked += len(raw)
            if _is_wanted(line, level, search):
                found.append(line)
            if len(found) >= count or looked >= _MOST:
                return Look(found[::-1], place)
        return Look(found[::-1], None)

    def _backwards(self, before: str) -> Iterator[tuple[str, bytes]]:
        """Lines, newest first, with the place where each begins."""
        inode, _, end = before.partition("-")
        with ExitStack() as stack:
            for number in range(_OLDER):
                try:
                    file = stack.enter_context(self._named(number).open("rb"))
                except OSError:
                    return
                facts = os.fstat(file.fileno())
                if inode and str(facts.st_ino) != inode:
                    continue
                size = min(facts.st_size, int(end)) if inode and end.isdecimal() else facts.st_size
                inode = ""
                yield from ((f"{facts.st_ino}-{at}", line) for at, line in _lines(file, size))

    def _named(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


class Tail:
    """What is added to the log from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode, self._at = self._end()

    def more(self) -> list[LogLine]:
        """The lines that have come since; of each file at most the last 64 KiB of them."""
        try:
            inode = self._path.stat().st_ino
            if inode == self._inode:
                return self._rest(self._path)
            turned_over = self._path.with_name(f"{self._path.name}.1")
            found = self._rest(turned_over) if turned_over.exists() and turned_over.stat().st_ino == self._inode else []
            self._inode, self._at = inode, 0
            return found + self._rest(self._path)
        except OSError:
            return []

    def _rest(self, path: Path) -> list[LogLine]:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < self._at:
                self._at = 0
            start = max(self._at, size - _BLOCK)
            file.seek(start)
            data = file.read(size - start)
        whole = data[:data.rfind(b"\n") + 1]
        self._at = start + len(whole)
        return [parsed(line) for line in whole.splitlines() if line]

    def _end(self) -> tuple[int, int]:
        try:
            facts = self._path.stat()
        except OSError:
            return 0, 0
        return facts.st_ino, facts.st_size


def parsed(raw: bytes) -> LogLine:
    """A line of the log as what it says; one that is not ours is all text."""
    text = raw.decode(errors="replace")
    try:
        said = json.loads(text)
        return LogLine(at=said["at"], level=said["level"], logger=said["logger"], text=said["text"],
                       flow=said.get("flow"), run=said.get("run"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return LogLine(at=None, level="INFO", logger="", text=text, flow=None, run=None)


def _lines(file: BinaryIO, end: int) -> Iterator[tuple[int, bytes]]:
    """The lines before `end`, last first, each with its offset; not one that is not ended yet."""
    at, rest = end, b""
    while at > 0:
        size = min(_BLOCK, at)
        at -= size
        file.seek(at)
        data = file.read(size) + rest
        first, *lines = data.split(b"\n")
        offset = at + len(data)
        for line in reversed(lines):
            offset -= len(line)
            if line and offset + len(line) < end:
                yield offset, line
            offset -= 1
        rest = first
    if rest and len(rest) < end:
        yield 0, rest


def _is_wanted(line: LogLine, level: str, search: str) -> bool:
    if level and line.level in LEVELS and LEVELS.index(line.level) < LEVELS.index(level):
        return False
    wanted = search.casefold()
    return not wanted or any(wanted in (said or "").casefold() for said in (line.text, line.logger, line.flow))
