"""Open items from a function of one's own: `call: erp.py:open_items`."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from ..core.functions import Found, found_in_file, line
from ..core.reconcile.index import Index
from ..model.errors import HaulierError, Invalid, Transient
from ..model.match import OpenItem
from ..ports import Items, Sought
from ..settings.spec import Env
from .fields import Fields, MappedSpec


class PythonItemsSpec(MappedSpec):
    """Python function

    The function gives all open items, as mappings or as OpenItem, or an object that is asked for them:
    `lookup(references)` and, if it can, `by_id(ids)`, `candidates(sought)`, `search(text, limit)` and `close()`.
    """

    type: Literal["python"] = "python"
    call: str = Field(pattern=r"^[^:]+\.py:[A-Za-z_]\w*$")
    """The file in the folder of tasks and the function in it, as erp.py:open_items."""
    args: dict[str, Any] = {}
    """What it is called with."""
    live: bool | None = None
    """Whether the source knows of payments as soon as it was told of them. If empty, what the object says in
    `is_live`; a list of items does not."""

    def build(self, env: Env) -> Items:
        function = found_in_file(self.call, env.scripts)
        fields, made = Fields(self), None
        try:
            made = self._made(function, fields)
            return made
        finally:
            if not isinstance(made, _Asked):    # which closes it
                function.forget()

    def _made(self, function: Found, fields: Fields) -> Items:
        with _as_ours(self.call):
            function.check(self.args)
            found = function.function(**self.args)
            if callable(getattr(found, "lookup", None)):
                return _Asked(function, found, fields, self.live)
            if not isinstance(found, Iterable) or isinstance(found, str | bytes | Mapping):
                raise Invalid(f"call: {self.call} gave {type(found).__name__}, neither items nor an object with "
                              "lookup(references)")
            index = Index(fields.items(found, self.call))
        index.is_live = bool(self.live)
        return index


class _Asked:
    """An object of the user's own."""

    def __init__(self, function: Found, found: Any, fields: Fields, live: bool | None) -> None:
        self.is_live = bool(getattr(found, "is_live", True)) if live is None else live
        self._function, self._found, self._fields, self._is_closed = function, found, fields, False

    def heed(self, check: Callable[[], None]) -> None:
        """What others wrote is asked to its end."""

    def lookup(self, references: Sequence[str]) -> Iterable[OpenItem]:
        """What its lookup() gives."""
        return self._ask("lookup", list(references))

    def by_id(self, ids: Sequence[str]) -> Iterable[OpenItem]:
        """What its by_id() gives; nothing if it has none."""
        return self._ask("by_id", list(ids))

    def candidates(self, sought: Sequence[Sought]) -> Iterable[OpenItem]:
        """What its candidates() gives; nothing if it has none."""
        return self._ask("candidates", list(sought))

    def search(self, text: str, limit: int = 20) -> Iterator[OpenItem]:
        """What its search() gives; nothing if it has none."""
        return iter(self._ask("search", text, limit)[:limit])

    def close(self) -> None:
        """Close it, if it can be closed."""
        was_closed, self._is_closed = self._is_closed, True
        self._function.forget()
        if not was_closed and callable(close := getattr(self._found, "close", None)):
            with _as_ours(self._function.call):
                close()

    def _ask(self, name: str, *args: Any) -> list[OpenItem]:
        if not callable(function := getattr(self._found, name, None)):
            return []
        shown = f"{self._function.call}, {name}()"
        with _as_ours(shown):
            return [*self._fields.items(function(*args) or (), shown)]


class _as_ours:
    """Errors of what others wrote as ours: tried again, as with any other system."""

    def __init__(self, call: str) -> None:
        self._call = call

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, HaulierError):
            raise Transient(f"open items: {self._call}: {line(error)}") from error
