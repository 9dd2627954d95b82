"""Questions for open items to an API, and its answers."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from ..model.errors import Malformed
from ..model.match import OpenItem
from ..ports import Sought
from .fields import Fields
from .http_client import Asked, Client

_PAGES = 10_000
"""Pages of one answer: an API that never ends is wrong."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the API is asked. `asks`: the parameter of each question, "" for those it cannot be asked."""

    method: str
    url: str
    asks: Mapping[str, str]
    joined: str             # between many values of one parameter
    batch: int
    items: str              # where in the answer the list is
    next: str               # where in the answer it says what follows; "" if all comes at once
    parameter: str          # that this is sent in; "" if it is an address

    @property
    def shown(self) -> str:
        """What is asked, without what may be secret."""
        parts = urlsplit(self.url)
        return f"{self.method} {parts.scheme}://{parts.netloc}{parts.path}"


class HttpItems:
    """Open items of an API, as they are when they are asked for."""

    def __init__(self, way: Way, fields: Fields, client: Client, *, live: bool) -> None:
        self.is_live = live
        self._way, self._fields, self._client, self._shown = way, fields, client, way.shown

    def heed(self, check: Callable[[], None]) -> None:
        """Also while it waits."""
        self._client.check = check

    def lookup(self, references: Sequence[str]) -> Iterable[OpenItem]:
        """What the API has for these."""
        return self._all(self._way.asks["references"], references)

    def by_id(self, ids: Sequence[str]) -> Iterable[OpenItem]:
        """Those items; nothing if the API cannot be asked so."""
        return self._all(self._way.asks["ids"], ids)

    def candidates(self, sought: Sequence[Sought]) -> Iterable[OpenItem]:
        """What the API has that fits one of these; nothing if it cannot be asked so."""
        return self._all(self._way.asks["candidates"], [_plain(one) for one in sought])

    def search(self, text: str, limit: int = 20) -> Iterator[OpenItem]:
        """What the API finds; nothing if it cannot be asked so."""
        if not self._way.asks["search"] or not text.strip():
            return iter(())
        return iter([*islice(self._items(self._asked(self._way.asks["search"], text.strip())), limit)])

    def close(self) -> None:
        """Let go of the connections; the next question makes new ones."""
        self._client.close()

    def _all(self, name: str, values: Sequence[Any]) -> list[OpenItem]:
        found: dict[str, OpenItem] = {}
        for at in range(0, len(values) if name else 0, self._way.batch):
            for item in self._items(self._asked(name, [*values[at:at + self._way.batch]])):
                found.setdefault(item.id, item)
        return [*found.values()]

    def _asked(self, name: str, value: Any) -> Asked:
        if self._way.method == "POST":
            return Asked("POST", self._way.url, (), {name: value})
        many = value if isinstance(value, list) else [value]
        if self._way.joined and isinstance(value, list):
            return Asked("GET", self._way.url, ((name, self._way.joined.join(map(str, many))),))
        return Asked("GET", self._way.url, tuple((name, str(one)) for one in many))

    def _items(self, asked: Asked) -> Iterator[OpenItem]:
        """All pages."""
        seen: set[Any] = set()
        for _ in range(_PAGES):
            answer = self._read(self._client.answer(asked, self._shown))
            found = _at(answer, self._way.items)
            if not isinstance(found, list):
                raise Malformed(f"{self._shown}: there is no list of items at {self._way.items or 'the top'} of the "
                                "answer")
            yield from self._fields.items(found, self._shown)
            mark = _at(answer, self._way.next) if self._way.next else None
            if mark in (None, "", False):
                return
            if not isinstance(mark, str | int) or mark in seen:
                break
            seen.add(mark)
            asked = self._next(asked, str(mark))
        raise Malformed(f"{self._shown}: its pages never end")

    def _next(self, asked: Asked, mark: str) -> Asked:
        if name := self._way.parameter:
            if asked.method == "POST":
                return asked._replace(body={**(asked.body or {}), name: mark})
            return asked._replace(query=(*(one for one in asked.query if one[0] != name), (name, mark)))
        url = urljoin(asked.url, mark)
        if urlsplit(url)[:2] != urlsplit(self._way.url)[:2]:
            raise Malformed(f"{self._shown}: its next page is on another server, which is not asked")
        return asked._replace(url=url, query=())    # what was asked for is in the address

    def _read(self, body: bytes) -> Any:
        try:
            return json.loads(body, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise Malformed(f"{self._shown}: the answer is no JSON") from None


def _at(answer: Any, path: str) -> Any:
    """What stands in an answer at a path like data.items; None if there is nothing."""
    for name in path.split(".") if path else ():
        answer = answer.get(name) if isinstance(answer, Mapping) else None
    return answer


def _plain(sought: Sought) -> dict[str, Any]:
    """As JSON: amounts as texts."""
    return {"currency": sought.currency, "lower": str(sought.lower), "upper": str(sought.upper),
            "accounts": list(sought.accounts), "since": sought.since and sought.since.isoformat(),
            "until": sought.until and sought.until.isoformat()}
