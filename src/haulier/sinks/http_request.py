"""What is sent for rows: address, headers, JSON."""
from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import msgspec

from ..model.errors import Invalid
from ..model.record import Fault, Row

PLACEHOLDER = re.compile(r"(?<!\$)\{([^{}]+)\}")      # ${…} is not ours: a flow fills it in
_AS_THEY_ARE = "/?&=%:@!$'()*+,;~{}[]"

_LONGEST_KEY = 255


class Request(NamedTuple):
    """One request."""

    path: str
    headers: bytes      # whole lines
    body: bytes


class Unsendable(Exception):
    """A row that cannot be sent at all."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@dataclass(frozen=True)
class Target:
    """Where requests go, and what each of them has; names of headers are in small letters."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    key_header: str

    @property
    def shown(self) -> str:
        """As persons see it: without what may be secret."""
        parts = urlsplit(self.url)
        return f"{self.method} {parts.scheme}://{parts.netloc}{parts.path}"

    @cached_property
    def lines(self) -> bytes:
        """The headers that all requests have, as they are sent."""
        headers = {"content-type": "application/json", "accept": "application/json", "user-agent": "haulier",
                   **self.headers}
        headers.pop(self.key_header, None)
        return lines(headers)

    @cached_property
    def _whole(self) -> str:
        """From the server's root, with the columns still to be filled in."""
        parts = urlsplit(self.url)
        return quote(f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", safe=_AS_THEY_ARE)

    def path(self, row: Row) -> str:
        """The address of a row, from the server's root."""
        if "{" not in self._whole:
            return self._whole
        return PLACEHOLDER.sub(lambda found: _value(row, unquote(found[1])), self._whole)


@dataclass(frozen=True, slots=True)
class Format:
    """How rows become JSON: dates as ISO 8601 has them, amounts as text or as numbers."""

    numbers: bool       # amounts as numbers
    lists: bool         # a list, also of one
    wrap: str           # the name that the list is under
    key_field: str      # each row has its key under it

    def body(self, rows: Sequence[Row], keys: Sequence[str]) -> bytes:
        """The rows as JSON; Unsendable if it is one and has a value that JSON cannot have."""
        said: list[Any] = [*rows]
        if self.key_field:
            if any(self.key_field in row for row in rows):
                raise Invalid(f"key_field: rows have the column {self.key_field}, which it would write over")
            said = [{**row, self.key_field: key} for row, key in zip(rows, keys, strict=True)]
        try:
            return _ENCODERS[self.numbers].encode(({self.wrap: said} if self.wrap else said) if self.lists
                                                   else said[0])
        except (TypeError, ValueError, RecursionError) as error:
            raise Unsendable(Fault("no_json", f"it cannot be written as JSON: {str(error)[:200]}")) from None


_ENCODERS = {False: msgspec.json.Encoder(decimal_format="string"), True: msgspec.json.Encoder(decimal_format="number")}


def lines(headers: Mapping[str, str]) -> bytes:
    """Headers as they stand in a request."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")


def written(method: str, target: str, headers: bytes, body: bytes) -> bytes:
    """A whole request: head and body leave together, which is half the packets where most requests are a row."""
    return b"%b %b HTTP/1.1\r\n%bcontent-length: %d\r\n\r\n%b" % (
        method.encode(), target.encode(), headers, len(body), body)


def key_of(keys: Sequence[str]) -> str:
    """The key of a request with these rows: its row's, or one made of all; something that can stand in a header."""
    if len(keys) == 1 and len(keys[0]) <= _LONGEST_KEY and keys[0].isascii() and keys[0].isprintable():
        return keys[0]
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()


def request(target: Target, written: Format, rows: Sequence[Row], keys: Sequence[str]) -> Request:
    """What is sent for these; Unsendable if that cannot be."""
    key = lines({target.key_header: key_of(keys)}) if target.key_header else b""
    return Request(target.path(rows[0]), target.lines + key, written.body(rows, keys))


def _value(row: Row, column: str) -> str:
    """For an address. What would make it another one (nothing, or a step up) is refused."""
    value = row.get(column)
    text = "" if value is None else str(value)
    if text in ("", ".", ".."):
        raise Unsendable(Fault("no_address", f"{column} is needed for the address and is {text!r}", column, text))
    return quote(text, safe="")
