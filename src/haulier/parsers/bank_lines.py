"""Lines of files from banks one by one, each in whatever encoding."""
from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator

from ..model.errors import Invalid
from .lines import whole

_CONTROLS = dict.fromkeys([*range(9), *range(10, 32), 127])


def lines(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each line with its number from 1, without its end and a mark of byte order."""
    number = 0
    for offset, data in whole(chunks):
        for line in (data if offset else data.removeprefix(BOM_UTF8)).splitlines():
            number += 1
            yield number, line


def decoded(line: bytes, encoding: str = "") -> str:
    """A line as text, without characters that only machines see. No encoding: UTF-8, or else Latin-1."""
    try:
        text = line.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        text = line.decode(encoding if encoding else "latin-1", "replace")
    return text.translate(_CONTROLS) if not text.isprintable() else text


def encoding_of(name: str) -> str:
    """The encoding, if there is one of that name in which lines end as in ASCII; Invalid if not."""
    try:
        is_good = not name or "\n".encode(name) == b"\n"
    except LookupError:
        is_good = False
    if not is_good:
        raise Invalid(f"encoding: {name!r} is none that lines can be in; as utf-8, latin-1 or cp1252")
    return name
