"""Reads XML safely, a piece at a time: what all parsers of XML have in common."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeAlias
from xml.parsers.expat import ErrorString, ExpatError, ParserCreate, errors

from ..model.errors import Malformed
from ..model.record import RAW
from ..ports import Content

PIECE = 64 * 1024       # less at a time makes old expats slow on long tokens
DEPTH = 64
LONGEST = 1 << 20       # bytes of one text, tag or comment
NAMES = 20_000          # different names of elements and attributes
_SILENT = LONGEST // PIECE
_MIB = 1 << 20

Attributes: TypeAlias = Mapping[str, str]


class Taker(Protocol):
    """Takes an element that was sought, with all that is in it."""

    def begin(self, reader: Reader, name: str, attributes: Attributes) -> None:
        """It set the reader's handlers to its own; reader.resume() ends that."""
        ...


Seek: TypeAlias = Callable[["Reader", Attributes], Taker | None]
"""Who takes the element that is at the end of the reader's path; None: look into it."""


class Reader:
    """One file, or several that were put behind each other. Each step of its iterator has read one piece.

    A DOCTYPE is refused before anything is done with it, so nothing can be expanded and nothing else is read.
    """

    def __init__(self, content: Content, seek: Seek, *, largest: int = 32 * _MIB) -> None:
        self._content, self._seek, self._largest = content, seek, largest
        self.path: list[str] = []       # local names of the open elements, outside of what is taken
        self.pieces: list[str] = []     # of the text that is just read
        self.fed = 0                    # bytes
        self.progress = 0               # bytes before the last thing that was taken
        self._kept: list[tuple[int, bytes]] = []
        self._before, self._lines, self._silent = 0, 0, 0
        self.encoding = "utf-8"
        self._open()

    @property
    def offset(self) -> int:
        """Bytes before what is just read."""
        return self._before + self.parser.CurrentByteIndex

    @property
    def line(self) -> int:
        return self._lines + self.parser.CurrentLineNumber

    def __iter__(self) -> Iterator[None]:
        try:
            for piece in _pieces(self._content):
                self._kept.append((self.fed, piece))
                self.fed += len(piece)
                self._parse(piece, last=False)
                self._limit(piece)
                yield
            self._parse(b"", last=True)
        finally:
            self._close()

    def resume(self) -> None:
        """Seek on, behind the end of what was taken."""
        self.path.pop()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.CharacterDataHandler = None

    def text(self, start: int, end: int) -> str:
        """What stands in the file there, as far as it is kept, and not too much of it."""
        found = bytearray()
        for at, piece in self._kept:
            if at < end and at + len(piece) > start:
                found += piece[max(0, start - at):end - at]
            if len(found) > RAW * 4:
                break
        return found.decode(self.encoding, "replace")[:RAW]

    def forget(self, before: int) -> None:
        """Pieces that end before that are not asked for any more."""
        while self._kept and self._kept[0][0] + len(self._kept[0][1]) <= before:
            del self._kept[0]

    def malformed(self, message: str) -> Malformed:
        """An error where the reader is."""
        return Malformed(f"line {self.line}: {message}", line=self.line, offset=self.offset)

    def _open(self) -> None:
        self.parser = parser = ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = PIECE
        parser.StartDoctypeDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declared
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end

    def _close(self) -> None:
        parser = self.parser    # its handlers hold us, and we hold it
        parser.StartDoctypeDeclHandler = parser.XmlDeclHandler = parser.CharacterDataHandler = None
        parser.StartElementHandler = parser.EndElementHandler = None

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        raise self.malformed("the file has a DOCTYPE, which could make it read other files or grow without end; "
                             "files of this kind need none, so it is refused")

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and not encoding.lower().startswith("utf-16"):
            self.encoding = encoding
        elif encoding:
            self.encoding = "utf-16-le" if self._kept[0][1][1:2] in (b"\0", b"\xfe") else "utf-16-be"

    def _start(self, name: str, attributes: Attributes) -> None:
        self.path.append(name.rpartition(":")[2])
        if len(self.path) > DEPTH:
            raise self.too_deep()
        if taker := self._seek(self, attributes):
            taker.begin(self, name, attributes)

    def _end(self, name: str) -> None:
        self.path.pop()
        self.progress = self.fed    # nothing of it is held

    def too_deep(self) -> Malformed:
        return self.malformed(f"elements stand in each other more than {DEPTH} deep")

    def _parse(self, piece: bytes, *, last: bool) -> None:
        rest: bytes | memoryview | None = piece
        while rest is not None:
            try:
                self.parser.Parse(rest, last)
                return
            except ExpatError as error:
                if (rest := self._another(error)) is None:
                    raise self._broken(error) from error
            except (LookupError, ValueError) as error:      # of the encoding that the file names
                raise self.malformed(f"its encoding cannot be read: {error}") from error

    def _another(self, error: ExpatError) -> memoryview | None:
        """What is to be read next, if another document begins there, behind the one before."""
        at = self._before + self.parser.ErrorByteIndex
        parts = [memoryview(piece)[max(0, at - start):] for start, piece in self._kept if start + len(piece) > at]
        rest = parts[0] if len(parts) == 1 else memoryview(b"".join(parts))
        begins = bytes(rest[:4]).startswith((b"<", _BOM + b"<"))
        if error.code not in _BEHIND or not begins or self.path or at == self._before:
            return None
        self._lines += self.parser.ErrorLineNumber - 1
        self._before = at
        self._close()
        self._open()
        return rest

    def _broken(self, error: ExpatError) -> Malformed:
        line = self._lines + self.parser.ErrorLineNumber
        what = "the file ends too early" if error.code in _ENDED else f"this is no XML ({ErrorString(error.code)})"
        return Malformed(f"line {line}: {what}", line=line, offset=self._before + self.parser.ErrorByteIndex)

    def _limit(self, piece: bytes) -> None:
        self._silent = 0 if b"<" in piece else self._silent + 1
        token = self.fed - self.offset > LONGEST + PIECE
        if token or self._silent > _SILENT or len(self.pieces) > _SILENT:
            raise self.malformed(f"one text or tag is longer than {LONGEST // _MIB} MiB")
        if self.fed - self.progress > self._largest:
            raise self.malformed(f"one element is larger than {self._largest // _MIB} MiB")
        if len(self.parser.intern) > NAMES:
            raise self.malformed(f"it has more than {NAMES} different names of elements and attributes")


_CODES = errors.codes
_ENDED = {_CODES[errors.XML_ERROR_NO_ELEMENTS], _CODES[errors.XML_ERROR_UNCLOSED_TOKEN],
          _CODES[errors.XML_ERROR_UNCLOSED_CDATA_SECTION], _CODES[errors.XML_ERROR_PARTIAL_CHAR]}
_BOM = b"\xef\xbb\xbf"
_BEHIND = {_CODES[errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT], _CODES[errors.XML_ERROR_MISPLACED_XML_PI],
           _CODES[errors.XML_ERROR_INVALID_TOKEN]}


def _pieces(content: Content) -> Iterator[bytes]:
    """Pieces of PIECE bytes, but the last one."""
    waiting = bytearray()
    for chunk in content.read():
        waiting += chunk
        if len(waiting) >= PIECE:
            whole = len(waiting) - len(waiting) % PIECE
            for at in range(0, whole, PIECE):
                yield bytes(waiting[at:at + PIECE])
            del waiting[:whole]
    if waiting:
        yield bytes(waiting)
