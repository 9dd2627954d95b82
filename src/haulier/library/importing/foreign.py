"""Whatever is given as a parser, as one of ours: also an object of the user's with `parse(content)`."""
from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

from ...model.errors import HaulierError, Invalid, Malformed
from ...model.record import RAW, Batch, Fault, Mark, Reject
from ...ports import START, Columns, Content, Parser
from ...settings import registry
from ...settings.spec import Env, ParserSpec
from .reading import RowParser, in_encoding

_ROWS = 500
_STRICT = ("strict", "strict_balances", "strict_totals")
"""Settings of parsers that ask for a file to be proved before any of it is taken."""


class Chosen(NamedTuple):
    """A parser, what it is called, and what differs when its settings do."""

    parser: Parser
    name: str
    version: str
    money: bool = False
    strict: bool = False


def chosen(given: Any, encoding: str) -> Chosen:
    """The parser that is meant: one of haulier.imports, a port's, the name of a format, settings, or one's own."""
    if isinstance(given, RowParser):
        given = given.config
    if isinstance(given, str):
        given = {"type": given}
    if isinstance(given, Mapping):
        kind = registry.parser(str(given.get("type", "")))
        given = kind.model_validate(dict(given))
    if isinstance(given, ParserSpec):
        spec = in_encoding(given, encoding)
        name = str(getattr(spec, "type", type(spec).__name__))
        written = f"{name}{spec.model_dump_json(exclude_unset=True)}"
        strict = any(getattr(spec, name, False) for name in _STRICT)
        return Chosen(spec.build(Env()), name, _short(written), type(spec).money, strict)
    if isinstance(given, Parser):
        return Chosen(given, type(given).__name__.lower(), _short(type(given).__qualname__))
    if callable(getattr(given, "parse", None)):
        name = type(given).__name__
        return Chosen(Own(given, encoding or "utf-8"), name, _short(f"{name}{encoding}"))
    raise Invalid(f"{given!r:.100} is no parser: give one of haulier.imports, the name of a format such as csv, or an "
                  "object with parse(content)")


class Own(Parser):
    """An object whose `parse(content)` gives mappings. It gets all of a file as a text, or as bytes if it says so."""

    def __init__(self, given: Any, encoding: str) -> None:
        self._given, self._encoding = given, encoding
        self._bytes = _takes_bytes(given.parse)

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        number = 0
        rows = self._rows(content)
        while part := list(islice(rows, _ROWS)):
            yield _batch(part, number)
            number += len(part)
        yield Batch([], [], [], Mark(number))

    def _rows(self, content: Content) -> Iterator[Any]:
        data = b"".join(content.read())
        try:
            found = self._given.parse(data if self._bytes else data.decode(self._encoding))
            yield from _iterated(found)
        except HaulierError:
            raise
        except UnicodeDecodeError as error:
            raise Malformed(f"{content.name}: not {self._encoding}: {error.reason} at byte {error.start}") from None
        except Exception as error:
            raise Malformed(f"{content.name}: its parser failed: {type(error).__name__}: {error}") from error


def _iterated(found: Any) -> Iterable[Any]:
    if not isinstance(found, Iterable) or isinstance(found, str | bytes | Mapping):
        raise Invalid(f"parse() gave {type(found).__name__}; it has to give an iterable of mappings")
    return found


def _batch(part: list[Any], before: int) -> Batch:
    numbers = range(before + 1, before + len(part) + 1)
    good = [(number, dict(row)) for number, row in zip(numbers, part, strict=True) if isinstance(row, Mapping)]
    bad = [Reject(number, 0, (Fault("no_row", f"it is {type(row).__name__}, and not a mapping"),), repr(row)[:RAW])
           for number, row in zip(numbers, part, strict=True) if not isinstance(row, Mapping)]
    rows = [row for _, row in good]
    return Batch(rows, [number for number, _ in good], [0] * len(good), Mark(numbers[-1]), bad,
                 raw=lambda at: repr(rows[at])[:RAW])


def _takes_bytes(parse: Any) -> bool:
    try:
        first = next(iter(inspect.signature(parse).parameters.values()), None)
    except (TypeError, ValueError):
        return False
    return first is not None and first.annotation in (bytes, "bytes")


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()
