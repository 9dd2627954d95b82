"""Open items from an API: the suites against a real server, and what goes wrong."""
from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from haulier.core.reconcile.index import Index
from haulier.core.reconcile.references import keys
from haulier.items.http import HttpItemsSpec
from haulier.model.errors import Cancelled, Denied, HaulierError, Invalid, Malformed, NotFound, Throttled, Unavailable
from haulier.ports import Items, Sought
from haulier.settings.registry import items as items_named
from haulier.settings.spec import Env
from haulier.testing.items import ITEMS, ItemsSuite, ids
from haulier.testing.servers.site import Answer, Request, Site

INDEX = Index(ITEMS)
ALL: dict[str, Any] = {"asks": {"search": "q", "candidates": "sought"}}


def written(item: Any) -> dict[str, Any]:
    return {"id": item.id, "references": list(item.references), "due": float(item.due), "open": str(item.open),
            "currency": item.currency, "date": item.date and item.date.isoformat(), "party": item.party,
            "names": list(item.names), "accounts": list(item.accounts), "priority": item.priority, "note": "n"}


def found(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """What the API has for these parameters."""
    sought = [Sought(one["currency"], Decimal(one["lower"]), Decimal(one["upper"]), tuple(one["accounts"]),
                     *(one[end] and date.fromisoformat(one[end]) for end in ("since", "until")))
              for one in asked.get("sought", [])]
    items = [*INDEX.lookup(asked.get("references", [])), *INDEX.by_id(asked.get("ids", [])),
             *INDEX.candidates(sought), *INDEX.search(asked.get("q", ""), 100)]
    return [written(item) for item in items]


def asked_by(request: Request) -> dict[str, Any]:
    if request.method == "POST":
        return json.loads(request.body)
    asked: dict[str, Any] = {}
    for name, value in parse_qsl(urlsplit(request.path).query):
        asked[name] = value if name in ("q", "cursor", "page") else [*asked.get(name, []), *value.split(",")]
    return asked


def plain(request: Request) -> Answer:
    return Answer(body=json.dumps(found(asked_by(request))).encode())


def paged(request: Request) -> Answer:
    """One item a page."""
    asked = asked_by(request)
    at = int(asked.pop("cursor", 0))
    items = found(asked)
    more = at + 1 if at + 1 < len(items) else None
    return Answer(body=json.dumps({"data": {"bills": items[at:at + 1]}, "paging": {"next": more}}).encode())


def linked(request: Request) -> Answer:
    parts = urlsplit(request.path)
    asked = asked_by(request)
    at = int(asked.pop("page", 0))
    items = found(asked)
    query = "&".join(one for one in parts.query.split("&") if not one.startswith("page="))
    more = f"{parts.path}?{query}&page={at + 1}" if at + 1 < len(items) else ""
    return Answer(body=json.dumps({"items": items[at:at + 1], "next": more}).encode())


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/plain": plain, "/paged": paged, "/linked": linked}) as site:
        yield site


def built(site: Site, path: str, **settings: Any) -> Items:
    return HttpItemsSpec(url=site.url + path, **settings).build(Env())


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_this_machine_is_asked_without_a_proxy(site: Site, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for proxy in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    url = site.url.replace("127.0.0.1", name) + "/plain"
    items = HttpItemsSpec(url=url, method="POST", budget=0, **ALL).build(Env())
    assert ids(items.by_id([ITEMS[0].id])) == [ITEMS[0].id]
    items.close()


class TestPost(ItemsSuite):
    @pytest.fixture
    def items(self, site: Site) -> Iterator[Items]:
        items = built(site, "/plain", method="POST", batch=1000, **ALL)
        yield items
        items.close()


class TestGet(ItemsSuite):
    seeks = False

    @pytest.fixture
    def items(self, site: Site) -> Iterator[Items]:
        items = built(site, "/plain", batch=1000, asks={"search": "q"})
        yield items
        items.close()


class TestPages(ItemsSuite):
    @pytest.fixture
    def items(self, site: Site) -> Iterator[Items]:
        items = built(site, "/paged", method="POST", batch=1000, items="data.bills",
                      pages={"next": "paging.next", "parameter": "cursor"}, **ALL)
        yield items
        items.close()


class TestLinks(ItemsSuite):
    seeks = False

    @pytest.fixture
    def items(self, site: Site) -> Iterator[Items]:
        items = built(site, "/linked", batch=200, joined="", items="items", pages={"next": "next"},
                      asks={"search": "q"})
        yield items
        items.close()


def test_values_are_asked_for_in_parts(site: Site) -> None:
    items = built(site, "/plain", batch=2)
    assert ids(items.by_id(["1", "2", "3", "4", "5"])) == ["1", "2", "3", "4", "5"]
    assert [request.path for request in site.requests] == ["/plain?ids=1%2C2", "/plain?ids=3%2C4", "/plain?ids=5"]
    items.close()


def test_headers_and_sign_in_are_sent(site: Site) -> None:
    spec = HttpItemsSpec(url=f"{site.url}/plain", headers={"X-Key": "k1"},
                         auth={"type": "basic", "username": "me", "password": "secret"})
    assert "secret" not in repr(spec)
    assert "k1" not in repr(spec)
    items = spec.build(Env())
    items.lookup(["1"])
    items.close()
    sent = site.requests[0].headers
    assert (sent["x-key"], sent["authorization"]) == ("k1", "Basic bWU6c2VjcmV0")
    token = built(site, "/plain", auth={"type": "bearer", "token": "t0"})
    token.lookup(["1"])
    token.close()
    assert site.requests[1].headers["authorization"] == "Bearer t0"


def test_what_the_api_has_beside_comes_along(site: Site) -> None:
    items = built(site, "/plain", columns={"party": "note"})
    assert next(iter(items.by_id(["1"]))).party == "n"
    assert items.is_live
    assert not built(site, "/plain", live=False).is_live
    items.close()


def test_an_api_that_is_busy_is_asked_again(site: Site) -> None:
    answers = [Answer(503), Answer(429, headers={"Retry-After": "0.01"}), Answer(502, headers={"Retry-After": "soon"})]
    site.pages["/busy"] = lambda request: answers.pop() if answers else plain(request)
    items = built(site, "/busy")
    assert ids(items.by_id(["1"])) == ["1"]
    assert len(site.requests) == 4
    items.close()


@pytest.mark.parametrize("answer", [
    Answer(503, headers={"Retry-After": "50"}), Answer(503), Answer(body=b"[", holds=True)])
def test_whoever_waits_for_an_api_can_be_stopped(site: Site, answer: Answer) -> None:
    def check() -> None:
        if site.requests:       # it is on its way
            raise Cancelled("by anna")

    site.pages["/slow"] = answer
    items = built(site, "/slow")
    items.heed(check)
    begin = time.monotonic()
    with pytest.raises(Cancelled, match="by anna"):
        items.by_id(["1"])
    assert time.monotonic() - begin < 20        # it would take a minute
    items.close()


@pytest.mark.parametrize(("answer", "kind", "told"), [
    (Answer(503), Unavailable, "503"), (Answer(429, headers={"Retry-After": "900"}), Throttled, "429"),
    (Answer(401), Denied, "401"), (Answer(403), Denied, "403"), (Answer(404), NotFound, "404"),
    (Answer(400), Invalid, "400"), (Answer(302, headers={"Location": "/plain"}), Invalid, "redirects"),
    (Answer(body=b"<html>"), Malformed, "no JSON"), (Answer(body=b"{}"), Malformed, "no list"),
    (Answer(body=b"[1]"), Malformed, "item 1"), (Answer(body=b'[{"id": "1"}]'), Malformed, "no amount"),
    (Answer(body=b"[" * 100_000), Malformed, "no JSON"), (Answer(body=b"[]", cut=True), Unavailable, "GET")])
def test_answers_that_are_none(site: Site, answer: Answer, kind: type[HaulierError], told: str) -> None:
    site.pages["/bad"] = answer
    items = built(site, "/bad?token=hidden", budget=0, timeout=5)
    with pytest.raises(kind, match=told) as error:
        items.lookup(["1"])
    assert "hidden" not in str(error.value)
    items.close()


def test_how_long_to_wait_is_handed_on(site: Site) -> None:
    site.pages["/busy"] = Answer(429, headers={"Retry-After": "900"})
    items = built(site, "/busy", budget=1)
    with pytest.raises(Throttled) as error:
        items.lookup(["1"])
    assert error.value.retry_after == 900
    items.close()


def test_an_api_that_is_away_may_come_back() -> None:
    with Site({"/plain": plain}) as site:
        items = built(site, "/plain", budget=0)
    with pytest.raises(Unavailable):
        items.lookup(["1"])
    items.close()


@pytest.mark.parametrize("next_one", ["/pages", "http://127.0.0.1:1/pages", 5, [1], {"a": 1}])
def test_pages_that_lead_nowhere(site: Site, next_one: Any) -> None:
    site.pages["/pages"] = Answer(body=json.dumps({"items": [], "next": next_one}).encode())
    items = built(site, "/pages", items="items", pages={"next": "next"}, budget=0)
    with pytest.raises((Malformed, NotFound), match=r"never end|another server|404"):
        items.lookup(["1"])
    assert len(site.requests) <= 2
    items.close()


def test_amounts_are_exact(site: Site) -> None:
    site.pages["/exact"] = Answer(body=b'[{"id": 1, "references": "INV-1", "open": 12345678901234567.89, '
                                       b'"currency": "sek"}]')
    item = next(iter(built(site, "/exact").lookup(keys("INV-1"))))
    assert (item.open, item.currency, item.id) == (Decimal("12345678901234567.89"), "SEK", "1")


@pytest.mark.parametrize("settings", [
    {"url": "ftp://x/y"}, {"url": "https://user:pw@x/y"}, {"url": "https://x/y", "headers": {"Host": "z"}},
    {"url": "https://x/y", "asks": {"candidates": "c"}}, {"url": "https://x/y", "auth": {"type": "bearer"}},
    {"url": "https://x/y", "asks": {"references": ""}}])
def test_settings_that_do_not_fit(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"url|headers|asks|auth"):
        HttpItemsSpec(**settings)
    assert items_named("http") is HttpItemsSpec
