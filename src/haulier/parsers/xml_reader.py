"""Reads XML safely, a piece at a time: what all parsers of XML have in common."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from xml.parsers.expat import ErrorString, ExpatError, ParserCreate, errors

from ..model.errors import Malformed
from ..model.record import RAW
from ..ports import Content
from .xml_events import Closing, Opening, Place
from .xml_pieces import pieces

PIECE = 64 * 1024       # less at a time makes old expats slow on long tokens
DEPTH = 64
LONGEST = 1 << 20       # bytes of one text, tag or comment
NAMES = 20_000          # different names of elements and attributes
_SILENT, _MIB = LONGEST // PIECE, 1 << 20


class Reader:
    """One file, or several that were put behind each other: its events, a piece at a time.

    A DOCTYPE is refused before anything is done with it, so nothing can be expanded and nothing else is read.
    """

    def __init__(self, content: Content, openings: dict[str, Opening], *, largest: int = 32 * _MIB) -> None:
        self._content, self._largest = content, largest
        self._openings = openings       # those that somebody waits for, by local names
        self.events: list[Any] = []
        self.fed = 0                    # bytes
        self.parts: Callable[[bytes], Iterable[bytes]] = _whole     # what of a piece expat is to read, one by one
        self.progress = 0               # bytes before the first thing that is still held
        self._kept: list[tuple[int, bytes]] = []
        self._before, self._lines, self._silent = 0, 0, 0
        self.encoding = "utf-8"
        self._open()

    @property
    def place(self) -> Place:
        """Where expat is."""
        return self._before + self._parser.CurrentByteIndex, self._lines + self._parser.CurrentLineNumber

    def __iter__(self) -> Iterator[list[Any]]:
        """The events of each piece; only until the next one."""
        try:
            for piece in pieces(self._content, PIECE, LONGEST):
                self._kept.append((self.fed, piece))
                if not self.fed and b"\0" in piece[:4]:
                    self.encoding = "utf-16-le" if piece[1:2] in (b"\0", b"\xfe") else "utf-16-be"
                for part in self.parts(piece):
                    self.fed += len(part)
                    self._parse(part, last=False)
                    self._limit(part)
                    yield self.events
                    self.events.clear()
                yield self.events
            self._parse(b"", last=True)
            yield self.events
        finally:
            self._close()
            self.parts = _whole     # whoever gave another one holds us

    def another(self, content: Content) -> Reader:
        """One that waits for the same elements."""
        return Reader(content, self._openings)

    def skip(self, place: Place) -> None:
        """All before that was read by somebody else."""
        offset, line = self.place
        self.fed = place[0]
        self._before += place[0] - offset
        self._lines += place[1] - line

    def text(self, start: int, name: str) -> str:
        """The element of that name which begins there, as it stands in the file; not more than is kept of a row.
        Nothing of one that is so long that its beginning is not kept."""
        if not self._kept or self._kept[0][0] > start:
            return ""
        found = bytearray()
        for at, piece in self._kept:
            if at + len(piece) > start:
                found += piece[max(0, start - at):]
            if len(found) > RAW * 4:
                break
        text = found[:RAW * 4].decode(self.encoding, "replace")
        end = re.search(rf"</([\w.-]+:)?{re.escape(name)}\s*>", text[:RAW])
        return text[:end.end()] if end else text[:RAW]

    def forget(self, before: int) -> None:
        """Pieces that end before that are not asked for any more."""
        while self._kept and self._kept[0][0] + len(self._kept[0][1]) <= before:
            del self._kept[0]

    def malformed(self, message: str, place: Place | None = None) -> Malformed:
        """An error there; where the reader is, if it is not known better."""
        offset, line = place or self.place
        return Malformed(f"line {line}: {message}", line=line, offset=offset)

    def too_deep(self) -> Malformed:
        """The error of elements without end."""
        return self.malformed(f"elements stand in each other more than {DEPTH} deep")

    def _open(self) -> None:
        self._names: dict[str, Any] = {}
        self._parser = parser = ParserCreate(intern=self._names)
        parser.buffer_text = parser.ordered_attributes = True
        parser.buffer_size = PIECE
        parser.StartDoctypeDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declared
        parser.StartElementHandler = self._recorder()
        parser.EndElementHandler = parser.CharacterDataHandler = self.events.append

    def _close(self) -> None:
        parser = self._parser   # its handlers hold us, and we hold it
        parser.StartDoctypeDeclHandler = parser.XmlDeclHandler = parser.CharacterDataHandler = None
        parser.StartElementHandler = parser.EndElementHandler = None

    def _recorder(self) -> Callable[[Any, list[str]], None]:
        append, learn = self.events.append, self._learn

        def start(closing: Any, attributes: list[str]) -> None:
            if attributes:
                append(attributes)
            try:
                if closing.marked:
                    append(self.place)
                append(closing.opening)
            except AttributeError:      # a text: expat gives the name itself the first time
                learn(closing)
        return start

    def _learn(self, name: str) -> None:
        """A name for the first time: from now on expat gives its Closing."""
        local = name.rpartition(":")[2]
        opening = self._openings.get(local) or Opening(local)
        self._names[name] = Closing(name, opening)
        self.events += (self.place, opening)

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        raise self.malformed("the file has a DOCTYPE, which could make it read other files or grow without end; "
                             "files of this kind need none, so it is refused")

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and not encoding.lower().startswith("utf-16"):      # that is known from its first bytes
            self.encoding = encoding

    def _parse(self, piece: bytes, *, last: bool) -> None:
        rest: bytes | memoryview | None = piece
        while rest is not None:
            try:
                self._parser.Parse(rest, last)
                return
            except ExpatError as error:
                if (rest := self._another(error)) is None:
                    raise self._broken(error) from error
            except (LookupError, ValueError) as error:      # of the encoding that the file names
                raise self.malformed(f"its encoding cannot be read: {error}") from error

    def _another(self, error: ExpatError) -> memoryview | None:
        """What is to be read next, if another document begins there, behind the one before."""
        at = self._before + self._parser.ErrorByteIndex
        parts = [memoryview(piece)[max(0, at - start):self.fed - start] for start, piece in self._kept
                 if start + len(piece) > at]
        rest = parts[0] if len(parts) == 1 else memoryview(b"".join(parts))
        begins = bytes(rest[:4]).startswith((b"<", _BOM + b"<"))
        if error.code not in _BEHIND or not begins or at == self._before:
            return None
        self._lines += self._parser.ErrorLineNumber - 1
        self._before = at
        self._close()
        self._open()
        return rest

    def _broken(self, error: ExpatError) -> Malformed:
        line = self._lines + self._parser.ErrorLineNumber
        what = "the file ends too early" if error.code in _ENDED else f"this is no XML ({ErrorString(error.code)})"
        return Malformed(f"line {line}: {what}", line=line, offset=self._before + self._parser.ErrorByteIndex)

    def _limit(self, piece: bytes) -> None:
        self._silent = 0 if b"<" in piece else self._silent + 1
        if self.fed - self.place[0] > LONGEST + PIECE or self._silent > _SILENT:
            raise self.malformed(f"one text or tag is longer than {LONGEST // _MIB} MiB")
        if self.fed - self.progress > self._largest:
            raise self.malformed(f"one element is larger than {self._largest // _MIB} MiB")
        if len(self._names) > NAMES:
            raise self.malformed(f"it has more than {NAMES} different names of elements and attributes")


_CODES = errors.codes
_ENDED = {_CODES[errors.XML_ERROR_NO_ELEMENTS], _CODES[errors.XML_ERROR_UNCLOSED_TOKEN],
          _CODES[errors.XML_ERROR_UNCLOSED_CDATA_SECTION], _CODES[errors.XML_ERROR_PARTIAL_CHAR]}
_BOM = b"\xef\xbb\xbf"
_BEHIND = {_CODES[errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT], _CODES[errors.XML_ERROR_MISPLACED_XML_PI],
           _CODES[errors.XML_ERROR_INVALID_TOKEN]}


def _whole(piece: bytes) -> Iterable[bytes]:
    return (piece,)
