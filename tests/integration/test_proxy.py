"""A hub behind nginx, which has the configuration that the documentation gives (deploy/nginx.conf)."""
from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from acceptance.hubs import Hub, Hubs, job, until
from haulier.testing.servers.nginx import Nginx, program
from haulier.testing.servers.smtp import certificate
from haulier.testing.servers.starting import free_port

SITE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NAME = "haulier.example.com"
ELSEWHERE = "127.0.0.2"
"""Where browsers are, for the hub to tell them from the proxy."""


@dataclass
class Proxied:
    """The hub, and ways to it through nginx."""

    hubs: Hubs
    hub: Hub
    nginx: Nginx
    trust: ssl.SSLContext

    @property
    def host(self) -> str:
        return f"{NAME}:{self.nginx.port}"

    @property
    def token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.hubs.token}"}

    def client(self, host: str = "", **headers: str) -> httpx.Client:
        """Somebody at another address, who asks for that name."""
        way = httpx.HTTPTransport(verify=self.trust, local_address=ELSEWHERE)
        return httpx.Client(base_url=f"https://127.0.0.1:{self.nginx.port}", transport=way, timeout=20,
                            headers={"Host": host or self.host, **headers})

    def browser(self) -> httpx.Client:
        """The same as a page of the dashboard, signed in."""
        made = self.client(Origin=f"https://{self.host}", **{"X-Haulier": "1"})
        entered = made.post("/api/v1/session", json={"username": "admin", "password": self.hub.said["password"]})
        assert entered.status_code == 200, entered.text
        return made

    def line(self, **headers: str) -> ClientConnection:
        """A WebSocket."""
        return connect(f"wss://{self.host}/api/v1/ws", sock=socket.create_connection(("127.0.0.1", self.nginx.port)),
                       ssl=self.trust, server_hostname="localhost", additional_headers=headers, proxy=None)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    try:
        program()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    hubs = Hubs(tmp_path_factory.mktemp("hub"))
    cert, key = certificate(folder)
    try:
        hub = hubs.start_hub()
        changed = {"443": f"127.0.0.1:{port}", "/etc/ssl/haulier.pem": str(cert), "/etc/ssl/haulier.key": str(key),
                   "127.0.0.1:7345": hub.address.removeprefix("http://")}
        with Nginx(folder, SITE.read_text(), changed, port) as nginx:
            made = Proxied(hubs, hub, nginx, ssl.create_default_context(cafile=cert))
            call(made, f"public_url: https://{NAME}\n")
            yield made
    finally:
        hubs.end()


def call(proxied: Proxied, settings: str) -> None:
    """Tell the hub what it is called. Until then it does not answer to that name."""
    with proxied.client() as client:
        refused = client.get("/health")
        assert refused.status_code == 421 and f'not called "{NAME}"' in refused.json()["detail"]
        proxied.hubs.settings(settings)
        until(lambda: client.get("/health").status_code == 200)


def test_pages_come_as_from_the_hub(proxied: Proxied) -> None:
    with proxied.client() as client, httpx.Client(base_url=proxied.hub.address, trust_env=False) as near:
        for path in ("/", "/style/app.css", "/api/v1/nothing"):
            far, own = client.get(path), near.get(path)
            assert (far.status_code, far.content) == (own.status_code, own.content)
            assert far.headers["content-security-policy"] == own.headers["content-security-policy"]
            assert far.headers["cache-control"] == own.headers["cache-control"]


def test_signing_in(proxied: Proxied) -> None:
    with closing(proxied.browser()) as browser:
        cookie, = browser.cookies.jar
        assert cookie.secure and cookie.has_nonstandard_attr("HttpOnly")
        assert browser.get("/api/v1/session").json()["user"]["role"] == "admin"
        body = {"name": "eva", "role": "viewer", "password": "a long password"}
        assert browser.post("/api/v1/users", json=body).status_code == 201
        other = browser.post("/api/v1/users", json={**body, "name": "mal"}, headers={"Origin": "https://evil.example"})
        assert other.status_code == 403
        browser.headers["X-Forwarded-For"] = "192.0.2.9"
        assert browser.delete("/api/v1/users/eva").status_code == 204
        deeds = browser.get("/api/v1/audit").json()["items"]
    assert {one["address"] for one in deeds if one["what"] in ("session.opened", "user.removed")} == {ELSEWHERE}


def test_other_names_are_refused(proxied: Proxied) -> None:
    with proxied.client("evil.example") as client:
        assert client.get("/").status_code == 421


def test_as_much_is_taken_as_by_the_hub(proxied: Proxied) -> None:
    with proxied.client() as client:
        large = client.post("/api/v1/session", json={"username": "admin", "password": "x" * 1_900_000})
        assert large.status_code == 422 and large.headers["content-type"] == "application/problem+json"
        assert client.post("/api/v1/session", content=b"x" * (2 << 20 | 1)).status_code == 413


def test_events_come_while_they_happen(proxied: Proxied, tmp_path: Path) -> None:
    prepare(proxied, tmp_path)
    with (proxied.client(**proxied.token) as client, client.stream("GET", "/api/v1/events?after=0") as answer):
        assert answer.headers["content-type"].startswith("text/event-stream")
        proxied.hub.begin("reports")
        events = (json.loads(line[6:]) for line in islice(answer.iter_lines(), 200) if line.startswith("data: "))
        kinds = {*takewhile(lambda kind: kind != "run.done", (one.get("kind") for one in events))}
    assert "transfer.done" in kinds, kinds


def test_commands_and_news_over_a_websocket(proxied: Proxied, tmp_path: Path) -> None:
    prepare(proxied, tmp_path)
    with proxied.line(Origin=f"https://{proxied.host}", **proxied.token) as line:
        line.send(json.dumps({"type": "command.transfer.queue_batch", "data": {"device_connection_id": "reports"}}))
        kinds = set[str]()
        while not kinds >= {"command.done", "observation.transfer.processing.completed"}:
            kinds.add(json.loads(line.recv(timeout=20))["type"])
    with pytest.raises(InvalidStatus) as refused:
        proxied.line(Origin="https://evil.example", **proxied.token)
    assert refused.value.response.status_code == 403


def test_a_hub_that_was_away(proxied: Proxied) -> None:
    port = proxied.hub.address.rpartition(":")[2]
    proxied.hub.kill()
    with proxied.client(**proxied.token) as client:
        assert client.get("/health").status_code == 502
        proxied.hub = proxied.hubs.start_hub("--port", port)
        assert client.get("/api/v1/runs").status_code == 200


def prepare(proxied: Proxied, folder: Path) -> None:
    """A job with one file."""
    (folder / "out").mkdir()
    (folder / "out" / "a.csv").write_text("a")
    proxied.hubs.jobs(job("reports", folder / "out", folder / "in"))
    until(lambda: [one for one in proxied.hub.get("/jobs")["items"] if str(folder) in json.dumps(one)])
