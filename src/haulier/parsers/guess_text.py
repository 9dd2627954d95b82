"""The beginning of a file as text, for guesses."""
from __future__ import annotations

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF16_LE, "utf-16-le"),
          (codecs.BOM_UTF16_BE, "utf-16-be"))
_MARKUP = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))


def text_of(head: bytes) -> tuple[str, str]:
    """The text, and the encoding that settings must name; "" if they need not. Empty text: no text file."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return head[len(mark):].decode(name, "ignore"), ""
    if b"\0" in head:
        return "", ""
    try:
        # The last character may be cut off.
        return codecs.getincrementaldecoder("utf-8")().decode(head), ""
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace"), "cp1252"


def markup_of(head: bytes) -> str:
    """The text of XML; letters beyond ASCII may be wrong. Empty: no XML."""
    encoding = next((name for mark, name in (*_MARKS, *_MARKUP) if head.startswith(mark)), "latin-1")
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    return text if text.lstrip().startswith("<") else ""


def whole_lines(text: str, lines: list[str]) -> list[str]:
    """Without the last one, if it may be cut off: a short text is likely all of the file."""
    return lines if len(text) < 4096 or text.endswith(("\n", "\r")) else lines[:-1]
