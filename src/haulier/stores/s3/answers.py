"""What servers write in XML and in headers, as Python values."""
from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

from ...model.errors import Unavailable
from ...model.files import Entry

Element = ElementTree.Element
_NAMESPACE = re.compile(rb"""\sxmlns\s*=\s*("[^"]*"|'[^']*')""")


def parsed(body: bytes, *roots: str) -> Element:
    """An XML answer, its namespace dropped, whose root is one of `roots`.

    Unavailable if it is something else: a proxy's page must not pass for an empty listing.
    """
    if b"<!DOCTYPE" not in body[:1024]:
        try:
            root = ElementTree.fromstring(_NAMESPACE.sub(b"", body.strip(), count=1))
        except ElementTree.ParseError:
            pass
        else:
            if root.tag in roots:
                return root
    raise Unavailable("the server answered with something that is not S3's XML; is a proxy in "
                      f"between? ({' or '.join(roots)} was to come)")


def text(element: Element, name: str) -> str:
    """The text of a child, '' if there is none."""
    return element.findtext(name) or ""


def tag(etag: str) -> str:
    """An ETag without its quotes."""
    return etag.removeprefix("W/").strip('"')


def moment(written: str) -> int | None:
    """ISO or HTTP date as nanoseconds, cut to whole seconds, as headers know no finer."""
    try:
        read = datetime.fromisoformat if written[:1].isdigit() else parsedate_to_datetime
        when = read(written)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return int(when.timestamp()) * 1_000_000_000


def entry(path: str, headers: Mapping[str, str]) -> Entry:
    """A file as HEAD or GET of all of it describes it."""
    size = headers.get("content-length", "")
    if not size.isdigit():
        raise Unavailable(f"{path}: the server did not tell its size")
    return Entry(path, int(size), moment(headers.get("last-modified", "")), tag(headers.get("etag", "")))
