"""The beginning of a file as text, for guesses."""
from __future__ import annotations

import codecs

from .encoding_guess import single_byte

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
          (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MARKUP = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_WIDE = (("utf-32-le", 4, (1, 2, 3)), ("utf-32-be", 4, (0, 1, 2)), ("utf-16-le", 2, (1,)), ("utf-16-be", 2, (0,)))


def text_of(head: bytes) -> tuple[str, str]:
    """The text, and the encoding that settings must name; "" if they need not. Empty text: no text file."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return head[len(mark):].decode(name, "ignore"), ""
    if b"\0" in head:
        return _with_nul(head)
    try:
        # The last character may be cut off.
        return codecs.getincrementaldecoder("utf-8")().decode(head), ""
    except UnicodeDecodeError:
        encoding = single_byte(head)
        return head.decode(encoding, "replace"), encoding


def _with_nul(head: bytes) -> tuple[str, str]:
    """Unicode in wide characters, or a text in which a NUL is a mistake."""
    for name, width, places in _WIDE:
        whole = head[:len(head) // width * width]
        if len(whole) >= 8 and all(whole[at::width].count(0) * 10 >= len(whole) // width * 9 for at in places):
            text = whole.decode(name, "replace")
            return (text, name) if "\0" not in text else ("", "")
    if head.count(0) * 1000 > len(head) + 1000:
        return "", ""
    text, encoding = text_of(head.replace(b"\0", b""))
    return text, encoding


def markup_of(head: bytes) -> str:
    """The text of XML; letters beyond ASCII may be wrong. Empty: no XML."""
    encoding = next((name for mark, name in (*_MARKS, *_MARKUP) if head.startswith(mark)), "latin-1")
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    return text if text.lstrip().startswith("<") else ""


def whole_lines(text: str, lines: list[str]) -> list[str]:
    """Without the last one, if it may be cut off: a short text is likely all of the file."""
    return lines if len(text) < 4096 or text.endswith(("\n", "\r")) else lines[:-1]
