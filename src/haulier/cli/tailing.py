"""What programs print into files, line by line while they do."""
from __future__ import annotations

import os
from pathlib import Path

AT_A_LOOK = 256 << 10
"""Bytes."""
BEHIND = 1 << 20
"""Bytes: who prints faster than can be shown is shown the end."""


class Tail:
    """One file, from its beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at = 0
        self._rest = b""

    def lines(self, *, to_the_end: bool = False) -> list[str]:
        """Those that are new; one that is not finished only with `to_the_end`."""
        try:
            with open(self.path, "rb") as file:
                skipped = self._skip(os.fstat(file.fileno()).st_size)
                file.seek(self._at)
                data = file.read(BEHIND if to_the_end else AT_A_LOOK)
        except OSError:
            return []
        self._at += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if to_the_end and self._rest:
            whole, self._rest = [*whole, self._rest], b""
        said = [line.decode(errors="replace").rstrip("\r") for line in whole]
        return [f"… {skipped:,} bytes more are in {self.path}", *said] if skipped else said

    def _skip(self, size: int) -> int:
        """How many bytes are left out, because there are too many."""
        skipped = size - self._at - BEHIND
        if skipped <= 0:
            return 0
        self._at, self._rest = size - BEHIND, b""
        return skipped
