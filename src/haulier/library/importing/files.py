"""A file as pipelines get it."""
from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ...core.content import BytesContent, FileContent


class SourceFile:
    """One file from a source. Large ones are on the disk: `open()` reads them a piece at a time, `content` at once.

    A file that a source gave can be read while it is being processed.
    """

    def __init__(self, name: str, content: bytes | None = None, size: int | None = None, source_path: str = "",
                 retrieved_at: datetime | None = None, *, path: Path | None = None) -> None:
        self.name = name
        self.source_path = source_path
        """Where it came from."""
        self.retrieved_at = retrieved_at or datetime.now(UTC)
        self.path = path
        """Where it is on this machine; None: in memory."""
        self._content = content if content is not None or path else b""
        found = len(self._content) if self._content is not None else path.stat().st_size if path else 0
        self.size = found if size is None else size
        """Bytes."""

    def __repr__(self) -> str:
        return f"SourceFile({self.name!r}, size={self.size}, source_path={self.source_path!r})"

    @property
    def content(self) -> bytes:
        """All of its bytes."""
        if self._content is None and self.path:
            return self.path.read_bytes()
        return self._content or b""

    @property
    def stream(self) -> BinaryIO:
        """The same as `open()`."""
        return self.open()

    def open(self) -> BinaryIO:
        """Its bytes from the first on, as a file; close it."""
        if self._content is None and self.path:
            return self.path.open("rb")
        return io.BytesIO(self._content or b"")


def content_of(file: SourceFile) -> BytesContent | FileContent:
    """The same for parsers."""
    return FileContent(file.path, file.name) if file.path else BytesContent(file.content, file.name)
