"""The beginning of a file as a text, to guess what it is."""
from __future__ import annotations

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
          (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))


def plain(head: bytes) -> str:
    """As XML would be read; letters beyond ASCII may be wrong."""
    encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "latin-1")
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    return text if text.lstrip().startswith("<") else ""
