"""The end of a file that grows, line by line."""
from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

KEPT = 256 << 10
"""Bytes: of what is longer, the end is read."""
LONGEST = 4096
"""Bytes: of a longer line, the end."""
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
"""And whatever else programs tell a terminal to do."""


class Tail:
    """One file; it need not be there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at = 0
        self._rest = b""

    def lines(self, *, to_the_end: bool = False) -> list[str]:
        """Those that are new; one that is not finished only with `to_the_end`."""
        said = []
        try:
            with open(self.path, "rb") as file:
                if self._skip(file):
                    said = [f"… what came before is in {self.path}"]
                file.seek(self._at)
                data = file.read(KEPT)
        except OSError:
            return []
        self._at += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if to_the_end and self._rest:
            whole, self._rest = [*whole, self._rest], b""
        self._rest = self._rest[-KEPT:]
        return [*said, *map(_text, whole)]

    def _skip(self, file: BinaryIO) -> bool:
        """Whether some of it is left out, because there is too much."""
        size = os.fstat(file.fileno()).st_size
        if size < self._at:     # another one in its place
            self._at, self._rest = 0, b""
        if size - self._at <= KEPT:
            return False
        self._rest = b""
        file.seek(size - KEPT)
        self._at = size - KEPT + len(file.readline())
        return True

    @staticmethod
    def split(text: str) -> list[str]:
        """Lines that somebody else has kept, as those of a file are shown."""
        return [_text(line) for line in text.encode().splitlines()]


def _text(line: bytes) -> str:
    """Without what a terminal would act on; of a line that was written over, as by a progress bar, the last."""
    text = _COLOURS.sub("", line[-LONGEST:].decode(errors="replace")).rstrip("\r").rpartition("\r")[2].expandtabs()
    return text if text.isprintable() else "".join(one if one.isprintable() else "�" for one in text)
