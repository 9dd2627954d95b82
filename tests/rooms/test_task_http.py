"""Web requests as tasks, against real servers on loopback."""
from __future__ import annotations

import gzip
import os
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr, ValidationError

from haulier.model.errors import Cancelled, Corrupt, Denied, HaulierError, Invalid, NotFound, Throttled, Unavailable
from haulier.ports import Task
from haulier.settings.filling import secret_fields
from haulier.tasks.http import HttpSpec
from haulier.testing.servers.site import Answer, Request, Site
from haulier.testing.tasks import Doing, Stage, TaskSuite, waited

SECRET = "hunter2-of-the-web"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def told(value: SecretStr) -> str:
    return value.get_secret_value().replace("${TOKEN}", SECRET)


def built(stage: Stage, url: str, **facts: Any) -> Task:
    return HttpSpec.model_validate({"url": url, **facts}).build(stage.built(secret=told))


def ran(stage: Stage, url: str, **facts: Any) -> Mapping[str, Any]:
    return built(stage, url, **facts).run(stage)


class TestHttp(TaskSuite):
    secret = SECRET
    page: ClassVar[Answer] = Answer(200, b"x", holds=True)

    @pytest.fixture(autouse=True)
    def at_a_site(self, site: Site) -> None:
        self.site = site

    def task(self, stage: Stage) -> Task:
        self.site.pages["/"] = Answer(200, b'{"a": 1}', {"Content-Type": "application/json"})
        return built(stage, f"{self.site.url}/")

    def endless(self, stage: Stage) -> Task:
        self.site.pages["/"] = self.page
        return built(stage, f"{self.site.url}/")

    def has_begun(self, stage: Stage) -> bool:
        return bool(self.site.requests)

    def failing(self, stage: Stage) -> Task:
        return built(stage, f"{self.site.url}/", query={"key": "${TOKEN}"}, headers={"X-Key": "${TOKEN}"},
                     auth={"type": "bearer", "token": "${TOKEN}"})


class TestSilent(TestHttp):
    """A server that takes what is asked and says nothing."""

    @pytest.fixture(autouse=True)
    def at_a_site(self, site: Site) -> Iterator[None]:
        self.site, self.connections = site, list[socket.socket]()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]
            thread = threading.Thread(target=self._accept, args=(listening,), daemon=True)
            thread.start()
            yield
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
        for one in self.connections:
            one.close()

    def _accept(self, listening: socket.socket) -> None:
        try:
            while True:
                self.connections.append(listening.accept()[0])
        except OSError:
            pass

    def endless(self, stage: Stage) -> Task:
        return built(stage, f"http://127.0.0.1:{self.port}/")

    def has_begun(self, stage: Stage) -> bool:
        return bool(self.connections)


# What is asked

def test_what_arrives(stage: Stage, site: Site) -> None:
    site.pages["/a b"] = site.pages["/a%20b"] = Answer()
    ran(stage, f"{site.url}/a%20b?x=1", query={"key": "${TOKEN}", "odd": "å &="}, headers={"X-Key": "${TOKEN}"})
    ran(stage, f"{site.url}/a%20b", method="PUT", json={"å": [1, None]}, auth={"username": "u", "password": "${TOKEN}"})
    ran(stage, f"{site.url}/a%20b", body="text å", headers={"Content-Type": "text/csv"})
    ran(stage, f"{site.url}/a%20b", method="DELETE", auth={"type": "bearer", "token": "${TOKEN}"})
    get, put, post, delete = site.requests
    assert get.method == "GET" and get.headers["x-key"] == SECRET and get.headers["user-agent"] == "haulier"
    assert get.path.partition("?")[2].replace("+", "%20") == f"x=1&key={SECRET}&odd=%C3%A5%20%26%3D"
    assert (put.method, put.body.decode()) == ("PUT", '{"å": [1, null]}')
    assert put.headers["content-type"] == "application/json"
    assert put.headers["authorization"] == f"Basic {b64encode(f'u:{SECRET}'.encode()).decode()}"
    assert (post.method, post.body.decode(), post.headers["content-type"]) == ("POST", "text å", "text/csv")
    assert (delete.method, delete.headers["authorization"]) == ("DELETE", f"Bearer {SECRET}")


@pytest.mark.parametrize("facts", [
    {"url": "ftp://a/b"}, {"url": "a/b"}, {"url": "http://u:p@a/b"}, {"url": "http://a:0/b"}, {"url": "http://a/b c"},
    {"body": "x", "json": {}}, {"save": "../x"}, {"save": "/x"}, {"headers": {"Host": "x"}}, {"headers": {"a b": "x"}},
    {"auth": {"type": "bearer"}}, {"auth": {"username": "x"}}, {"method": "get me"}, {"nosuch": 1},
])
def test_what_is_written_is_checked(facts: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HttpSpec.model_validate({"url": "http://a/b", **facts})


def test_what_was_filled_in_is_checked_too(stage: Stage) -> None:
    for facts, said in [({"url": "http://a/${NAME}"}, "no parameter"),
                        ({"url": "http://a", "headers": {"A": "a\r\nB: c"}}, "cannot be sent")]:
        with pytest.raises(Invalid, match=said):
            built(stage, **facts)   # type: ignore[arg-type]


def test_no_secret_is_logged_by_anybody(stage: Stage, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    site.pages["/"] = Answer(200, headers={"Set-Cookie": SECRET})
    found = ran(stage, f"{site.url}/", query={"key": "${TOKEN}"}, headers={"X-Key": "${TOKEN}"})
    assert SECRET in str(site.requests) and SECRET not in caplog.text + stage.printed() + str(found)


# What is made of the answer

def test_outputs(stage: Stage, site: Site) -> None:
    site.pages["/json"] = Answer(201, b'{"a": [1]}', {"Content-Type": "application/vnd.x+json", "Set-Cookie": "s=1"})
    site.pages["/text"] = Answer(200, "å".encode("latin-1"), {"Content-Type": "text/plain; charset=iso-8859-1"})
    site.pages["/broken"] = Answer(200, b'{"a": NaN}', {"Content-Type": "application/json"})
    site.pages["/binary"] = Answer(200, b"\xff\x00")
    site.pages["/long"] = Answer(200, b"x" * 65_537)
    site.pages["/just"] = Answer(200, b"x" * 65_300)
    site.pages["/quotes"] = Answer(200, b'"' * 40_000)
    site.pages["/huge"] = Answer(200, b'{"a": 1e999}', {"Content-Type": "application/json"})
    found = ran(stage, f"{site.url}/json")
    assert (found["status"], found["body"]) == (201, {"a": [1]}) and "set-cookie" not in found["headers"]
    assert ran(stage, f"{site.url}/text")["body"] == "å"
    assert ran(stage, f"{site.url}/broken")["body"] == '{"a": NaN}'
    assert ran(stage, f"{site.url}/binary")["body"] is None
    assert ran(stage, f"{site.url}/long")["body"] is None and "longer than 65536" in stage.printed()
    assert len(ran(stage, f"{site.url}/just")["body"]) == 65_300
    assert ran(stage, f"{site.url}/quotes")["body"] is None, "as JSON it is longer, and no run could keep it"
    assert ran(stage, f"{site.url}/huge")["body"] == '{"a": 1e999}'


def test_saved_as_a_file(stage: Stage, site: Site) -> None:
    data = os.urandom(3_000_000)
    site.pages["/"] = Answer(200, data)
    site.pages["/zip"] = Answer(200, gzip.compress(data), {"Content-Encoding": "gzip"})
    for path in ("/", "/zip"):
        found = ran(stage, f"{site.url}{path}", save="sub/x.bin")
        assert found["path"] == str(stage.folder / "sub" / "x.bin") and "body" not in found
        assert Path(found["path"]).read_bytes() == data
        assert os.listdir(stage.folder / "sub") == ["x.bin"]


@pytest.mark.parametrize(("page", "kind"), [
    (Answer(200, b"new", cut=True), Unavailable), (Answer(500, b"new"), Unavailable),
    (Answer(200, b"no gzip", {"Content-Encoding": "gzip"}), Corrupt)])
def test_a_file_that_was_there_is_untouched_if_the_answer_is_not_whole(stage: Stage, site: Site, page: Answer,
                                                                        kind: type[HaulierError]) -> None:
    (stage.folder / "x").write_text("old")
    site.pages["/"] = page
    with pytest.raises(kind):
        ran(stage, f"{site.url}/", save="x")
    assert (stage.folder / "x").read_text() == "old" and os.listdir(stage.folder) == ["x"]


def test_one_that_is_stopped_leaves_no_file(stage: Stage, site: Site) -> None:
    site.pages["/"] = Answer(200, b"x" * 100_000, holds=True)
    doing = Doing(built(stage, f"{site.url}/", save="x"), stage)
    waited(lambda: any(path.stat().st_size for path in stage.folder.iterdir()))
    stage.stop()
    assert doing.ended() and isinstance(doing.error, Cancelled)
    assert os.listdir(stage.folder) == []


def test_a_link_out_of_the_folder_is_not_written_through(stage: Stage, site: Site) -> None:
    site.pages["/"] = Answer(200, b"x")
    (stage.folder / "out").symlink_to(stage.home)
    with pytest.raises(Invalid, match="not inside"):
        ran(stage, f"{site.url}/", save="out/x")


@pytest.mark.parametrize(("page", "kind", "wait"), [
    (Answer(400), Invalid, None), (Answer(401), Denied, None), (Answer(403), Denied, None),
    (Answer(404), NotFound, None), (Answer(408), Throttled, None),
    (Answer(429, headers={"Retry-After": "7"}), Throttled, 7),
    (Answer(500), Unavailable, None), (Answer(503, headers={"Retry-After": "0"}), Throttled, 0),
    (Answer(503, headers={"Retry-After": "soon"}), Unavailable, None), (Answer(304), Invalid, None)])
def test_statuses(stage: Stage, site: Site, page: Answer, kind: type[HaulierError], wait: float | None) -> None:
    site.pages["/"] = page
    with pytest.raises(kind, match=f"GET {site.url}/ answered {page.status}") as raised:
        ran(stage, f"{site.url}/", query={"key": "${TOKEN}"})
    assert raised.type is kind and getattr(raised.value, "retry_after", None) == wait


def test_a_date_to_come_back(stage: Stage, site: Site) -> None:
    site.pages["/"] = Answer(429, headers={"Retry-After": formatdate(time() + 100, usegmt=True)})
    with pytest.raises(Throttled) as raised:
        ran(stage, f"{site.url}/")
    assert 60 < (raised.value.retry_after or 0) <= 100


def test_statuses_that_are_expected(stage: Stage, site: Site) -> None:
    site.pages["/"] = Answer(404, b"none")
    site.pages["/moved"] = Answer(302, headers={"Location": "/"})
    assert ran(stage, f"{site.url}/", expect=[200, 404])["body"] == "none"
    assert ran(stage, f"{site.url}/moved", expect=302)["status"] == 302
    site.pages["/"] = Answer(200)
    with pytest.raises(Invalid, match="answered 200, which is not expected"):
        ran(stage, f"{site.url}/", expect=404)


def test_nobody_is_there(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Unavailable, match=f"127.0.0.1:{port}/x: cannot be reached"):
        ran(stage, f"http://127.0.0.1:{port}/x", query={"key": "${TOKEN}"})


# Redirects

def test_redirects_are_followed(stage: Stage, site: Site) -> None:
    site.pages["/a"] = Answer(302, headers={"Location": "/b"})
    site.pages["/b"] = Answer(307, headers={"Location": f"{site.url}/c"})
    site.pages["/c"] = Answer(200, b"here")
    assert ran(stage, f"{site.url}/a", headers={"X-Key": "${TOKEN}"})["body"] == "here"
    assert [request.headers["x-key"] for request in site.requests] == [SECRET] * 3


def test_what_signs_in_is_sent_to_no_other_server(stage: Stage, site: Site) -> None:
    site.pages["/there"] = Answer(200, b"there")
    site.pages["/back"] = lambda request: Answer(302, headers={"Location": f"http://localhost:{port}/there"})
    port = site.url.rpartition(":")[2]
    for facts in ({"auth": {"type": "bearer", "token": "${TOKEN}"}},
                  {"headers": {"X-Key": "${TOKEN}", "Accept": "x/y"}},
                  {"headers": {"Cookie": "${TOKEN}"}}, {"query": {"key": "${TOKEN}"}}):
        site.requests.clear()
        assert ran(stage, f"{site.url}/back", **facts)["body"] == "there"
        first, second = site.requests
        assert SECRET in str(first) and SECRET not in str(second)
    assert "x/y" not in str(site.requests)


@pytest.mark.parametrize(("location", "said"), [("ftp://a/b", "ftp://, which is not followed"),
                                                ("file:///etc/passwd", "file://"), ("/loop", "more than 10 redirects")])
def test_redirects_that_are_not_followed(stage: Stage, site: Site, location: str, said: str) -> None:
    site.pages["/loop"] = Answer(302, headers={"Location": location})
    with pytest.raises(HaulierError, match=said):
        ran(stage, f"{site.url}/loop")


def test_a_connection_that_ends_early(stage: Stage, site: Site) -> None:
    def answer(request: Request) -> Answer:
        return Answer(200, b"some", cut=True)

    site.pages["/"] = answer
    with pytest.raises(Unavailable, match="the connection was lost"):
        ran(stage, f"{site.url}/")


def test_every_part_of_it_that_may_be_a_secret_is_one() -> None:
    assert secret_fields(HttpSpec) == {"query", "headers", "auth"}
    spec = HttpSpec.model_validate({"url": "http://a", "query": {"a": SECRET}, "headers": {"a": SECRET},
                                    "auth": {"username": SECRET, "password": SECRET}})
    assert SECRET not in repr(spec) + str(spec) + spec.model_dump_json()
