"""What is given as open items, as a source of them."""
from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from inspect import Parameter, signature
from typing import Any
from urllib.parse import urlsplit

import msgspec
from pydantic import ValidationError

from ...core.reconcile.index import Index
from ...items.fields import Fields, MappedSpec
from ...model.errors import HaulierError, Invalid, Transient
from ...model.match import OpenItem
from ...ports import Items, Sought
from ...settings import registry
from ...settings.problems import Problem, Problems, translated
from ...settings.spec import Env
from .calls import Line

VARIABLE = "HAULIER_ITEMS"
"""Where open items are if a pipeline is given none."""
_COLUMNS: dict[str, str | list[str]] = {
    "references": ["references", "reference", "ocr"], "names": ["names", "name"], "accounts": ["accounts", "account"]}
log = logging.getLogger("haulier.imports")


def items_of(given: Any, line: Line, currency: str = "", live: bool | None = None) -> Items:
    """Open items: a list of mappings or OpenItem, a function that gives one, a function that is asked for
    references, an object with lookup(), a CSV file, the address of an API or a database, or settings of one.

    None: what HAULIER_ITEMS says; without it nothing is known, and every payment is unmatched.
    """
    if given is None:
        given = os.environ.get(VARIABLE) or _nothing()
    if isinstance(given, str | os.PathLike):
        given = _settings(os.fspath(given))
    if isinstance(given, Mapping):
        return _built(given)
    fields = Fields(MappedSpec(columns=_COLUMNS, currency=currency))
    if callable(getattr(given, "lookup", None)):
        return Asked(given, fields, line, bool(getattr(given, "is_live", True)) if live is None else live)
    if callable(given):
        if _wants_references(given):
            return Asked(_Function(given), fields, line, live is not False)
        with _as_ours("open items"):
            given, live = line.ask(given), live is not False
    index = Index(fields.items(_listed(given), "open items"))
    index.is_live = bool(live)
    return index


class Asked:
    """An object of the user's own; its methods may be async."""

    def __init__(self, given: Any, fields: Fields, line: Line, is_live: bool) -> None:
        self.is_live = is_live
        self._given, self._fields, self._line = given, fields, line
        self._known: dict[str, OpenItem] | None = None if callable(getattr(given, "by_id", None)) else {}

    def heed(self, check: Callable[[], None]) -> None:
        """Whoever waits for the call heeds it."""

    def lookup(self, references: Sequence[str]) -> Iterable[OpenItem]:
        """What its lookup() gives."""
        found = self._ask("lookup", list(references))
        if self._known is not None:
            self._known |= {item.id: item for item in found}
        return found

    def by_id(self, ids: Sequence[str]) -> Iterable[OpenItem]:
        """What its by_id() gives; if it has none, what lookup() gave before."""
        if self._known is not None:
            return [self._known[name] for name in ids if name in self._known]
        return self._ask("by_id", list(ids))

    def candidates(self, sought: Sequence[Sought]) -> Iterable[OpenItem]:
        """What its candidates() gives; nothing if it has none."""
        return self._ask("candidates", list(sought))

    def search(self, text: str, limit: int = 20) -> Iterator[OpenItem]:
        """What its search() gives; nothing if it has none."""
        return iter(self._ask("search", text, limit)[:limit])

    def close(self) -> None:
        """Close it, if it can be closed."""
        if callable(close := getattr(self._given, "close", None)):
            self._line.ask(close)

    def _ask(self, name: str, *arguments: Any) -> list[OpenItem]:
        if not callable(function := getattr(self._given, name, None)):
            return []
        with _as_ours(f"open items, {name}()"):
            return [*self._fields.items(self._line.ask(function, *arguments) or (), f"open items, {name}()")]


class _Function:
    """A function that is asked for references."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.lookup = function


class _as_ours:
    """Errors of what others wrote as ours: tried again, as with any other system."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, HaulierError):
            text = str(error).strip().split("\n")[0][:300]
            raise Transient(f"{self._what}: {type(error).__name__}: {text}") from error


def _nothing() -> list[Any]:
    log.warning("no open items: every payment is unmatched; give items=… to the pipeline, or set %s", VARIABLE)
    return []


def _listed(given: Any) -> Iterable[Any]:
    if not isinstance(given, Iterable) or isinstance(given, bytes):
        raise Invalid(f"items: {type(given).__name__} is neither a list of items nor what gives one")
    return given


def _wants_references(function: Any) -> bool:
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(one.default is Parameter.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
               for one in parameters)


def _settings(text: str) -> Mapping[str, Any]:
    """What an address means."""
    if text.lstrip().startswith("{"):
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise Invalid(f"items: no JSON: {error}") from None
    scheme = urlsplit(text).scheme
    if scheme in ("http", "https"):
        return {"type": "http", "url": text}
    if "://" in text and scheme != "file":
        url, _, table = text.partition("#")
        return {"type": "sql", "url": url, "table": table or "open_items"}
    return {"type": "csv", "file": os.path.abspath(text.removeprefix("file://"))}


def _built(given: Mapping[str, Any]) -> Items:
    kind = registry.items(str(given.get("type", "")))
    try:
        return kind.model_validate(dict(given)).build(Env())
    except ValidationError as error:
        raise Problems(translated(error, given, kind, lambda where, text, hint: Problem(
            "items", 0, ".".join(map(str, where)), text, hint))) from None
