"""Rows to an API through a proxy, as the environment says."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haulier.model.errors import Denied, Invalid, Unavailable
from haulier.model.record import Row
from haulier.ports import Sink
from haulier.settings.spec import Env
from haulier.sinks import http_line, http_place, http_proxy
from haulier.sinks.http import HttpSpec
from haulier.testing.servers.books import Books
from haulier.testing.servers.proxy import Proxy
from haulier.testing.servers.receiver import Receiver
from haulier.testing.servers.smtp import certificate
from haulier.testing.sinks import file, keys

SECRET = "hunter2-of-the-proxy"
SIGN = "Basic bWU6aHVudGVyMi1vZi10aGUtcHJveHk="
ROWS: list[Row] = [{"id": number} for number in range(1, 21)]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_PROXY".upper(), raising=False)
    return monkeypatch


@pytest.fixture
def books() -> Iterator[Books]:
    with Books() as books:
        yield books


def built(url: str, **facts: Any) -> Sink:
    return HttpSpec.model_validate({"url": url, "budget": 0, "concurrency": 4, **facts}).build(Env())


def put(url: str, **facts: Any) -> None:
    with built(url, **facts) as sink:
        sink.begin(file())
        assert not sink.put(ROWS, keys(ROWS))


def test_plain_requests_go_through_it(books: Books, environment: pytest.MonkeyPatch) -> None:
    with Proxy(books.port, sign=SIGN) as proxy:
        environment.setenv("http_proxy", f"http://me:{SECRET}@127.0.0.1:{proxy.port}")
        put("http://api.example.test/rows?x=1")
    assert len(books.kept) == 20 and proxy.asked[0] == "POST http://api.example.test/rows?x=1 HTTP/1.1"
    assert books.asked[0].headers["host"] == "api.example.test" and books.asked[0].path.endswith("/rows?x=1")


def test_secured_ones_are_not_read_by_it(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    made = certificate(tmp_path, "api.example.test")
    environment.setenv("SSL_CERT_FILE", str(made[0]))
    http_line._trusted.cache_clear()
    with Receiver(certificate=made) as receiver, Proxy(receiver.port, sign=SIGN) as proxy:
        environment.setenv("HTTPS_PROXY", f"me:{SECRET}@127.0.0.1:{proxy.port}")
        put("https://api.example.test/rows", auth={"type": "bearer", "token": "t0ken"})
    http_line._trusted.cache_clear()
    assert len(receiver.posts) == 20 and receiver.posts[0].headers["authorization"] == "Bearer t0ken"
    assert {*proxy.asked} == {"CONNECT api.example.test:443 HTTP/1.1"}
    assert not any(SECRET in str(post.headers) or "proxy" in str(post.headers) for post in receiver.posts)
    assert b"t0ken" not in proxy.seen and b"rows" not in proxy.seen


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached_directly(books: Books, environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv("ALL_PROXY", "http://proxy.example.test:1")
    put(f"http://{name}:{books.port}/rows")
    assert len(books.kept) == 20 and http_proxy.found("http", "::1", 80) is None


def test_what_needs_none(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALL_PROXY", f"http://me:{SECRET}@proxy.example.test:3128")
    environment.setenv("NO_PROXY", "inside.example.test,.local")
    assert http_proxy.found("https", "inside.example.test", 443) is None
    assert http_proxy.found("https", "x.local", 443) is None and http_proxy.found("https", "127.8.9.1", 443) is None
    found = http_proxy.found("https", "api.example.test", 443)
    assert found == ("proxy.example.test", 3128, SIGN) and SECRET not in repr(found) and SIGN not in repr(found)
    place = http_place.Place.of("https://api.example.test", 1, 1, direct=True)
    assert place.proxy is None
    assert SIGN not in repr(http_place.Place.of("https://api.example.test", 1, 1))


@pytest.mark.parametrize("url", ["http://api.example.test/rows", "https://api.example.test/rows"])
@pytest.mark.parametrize(("facts", "error"), [({"sign": "Basic other"}, Denied), ({"refuses": 403}, Denied),
                                              ({"refuses": 502}, Unavailable)])
def test_a_proxy_that_does_not_let_through(books: Books, environment: pytest.MonkeyPatch, url: str,
                                           facts: dict[str, Any], error: type[Exception]) -> None:
    with Proxy(books.port, **facts) as proxy:
        environment.setenv("all_proxy", f"http://me:{SECRET}@127.0.0.1:{proxy.port}")
        with pytest.raises(error) as raised:
            put(url)
    assert SECRET not in str(raised.value) and SIGN not in str(raised.value) and not books.kept


@pytest.mark.parametrize("url", ["http://api.example.test/rows", "https://api.example.test/rows"])
def test_a_proxy_that_is_away(environment: pytest.MonkeyPatch, url: str) -> None:
    with Proxy(1) as proxy:
        pass
    environment.setenv("all_proxy", f"http://me:{SECRET}@127.0.0.1:{proxy.port}")
    with pytest.raises(Unavailable, match=rf"127\.0\.0\.1:{proxy.port}, the proxy before api\.example\.test:\d+: "
                                          "cannot be reached") as raised:
        put(url)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("said", ["socks5://x:1", f"https://me:{SECRET}@x:1", "http://:9", "http://x:port"])
def test_a_proxy_that_is_none(environment: pytest.MonkeyPatch, said: str) -> None:
    environment.setenv("https_proxy", said)
    with pytest.raises(Invalid, match="is no address like http://proxy") as raised:
        built("https://api.example.test/rows")
    assert SECRET not in str(raised.value)
    with built("https://api.example.test/rows", proxy="none"):
        pass


def test_a_name_that_no_server_can_have() -> None:
    with pytest.raises(Invalid, match="cannot be the name of a server"):
        built(f"https://{'a' * 70}.test/rows")
