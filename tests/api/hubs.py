"""A whole hub that listens on loopback: a real workspace, ledger, engine and server."""
from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI

from haulier.api import Hub, create
from haulier.api.signin.passwords import kept
from haulier.app.flows import RUNS
from haulier.app.hub import Hub as Made
from haulier.app.hub import hub
from haulier.app.tools import LiveTools
from haulier.engine.clock import SystemClock
from haulier.model.account import Role
from haulier.ports import Accounts
from haulier.settings.live import Live
from haulier.settings.scaffold import init

PASSWORD = "correct horse battery"
TOKENS = {role: f"hlr_for-tests-{role}" for role in Role}


class Clock(SystemClock):
    """The real time, and as much more as a test wants."""

    def __init__(self) -> None:
        self.ahead = self._still = 0

    def now(self) -> int:
        return (self._still or super().now()) + self.ahead

    @contextmanager
    def standing(self) -> Iterator[None]:
        """However long what is done meanwhile takes here, it takes no time."""
        self._still = super().now()
        try:
            yield
        finally:
            self._still = 0


@dataclass
class Place:
    """The hub, and ways to it."""

    home: Path
    made: Made
    app: FastAPI
    url: str
    clock: Clock
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def accounts(self) -> Accounts:
        return self.made.books.accounts

    def client(self, role: Role | None = Role.ADMIN, **more: Any) -> httpx.Client:
        """A program with a token of that role; None: without one."""
        headers = {**({"Authorization": f"Bearer {TOKENS[role]}"} if role else {}), **more.pop("headers", {})}
        made = httpx.Client(base_url=self.url, headers=headers, trust_env=False,
                            **{"timeout": 60, "verify": False, **more})     # quick to make: there is no TLS
        self.clients.append(made)
        return made

    def browser(self, name: str = "admin", password: str = PASSWORD) -> httpx.Client:
        """Somebody who signed in by cookie."""
        made = self.client(None)
        made.headers["X-Haulier"] = "1"
        answer = made.post("/api/v1/session", json={"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        return made


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What the condition returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.03)
    return found


def workspace(home: Path, jobs: str = "", settings: str = "") -> Path:
    """A workspace with these jobs."""
    init(home)
    if jobs:
        (home / "configs" / "jobs.yaml").write_text(jobs)
    if settings:
        (home / "haulier.yaml").write_text(settings)
    return home


@contextmanager
def running(home: Path) -> Iterator[Place]:
    """The hub of the workspace, with a user and a token for each role, all called as the role is."""
    live, clock = Live(home), Clock()
    with hub(live, clock=clock) as made:
        books = made.books
        tools = LiveTools(lambda: live.workspace, books.ledger, books.tasks, home / RUNS)
        app = create(Hub(live=live, ledger=books.ledger, agenda=books.agenda, reader=books.reader,
                         accounts=books.accounts, arrivals=books.arrivals, alerts=books.alerts, tasks=books.tasks,
                         imports=books.imports, engine=made.engine, tools=tools, clock=clock,
                         address="http://127.0.0.1", version="1.2.3"))
        passwords = app.state.desk.passwords
        passwords._argon2 = PasswordHasher(1, 1024, 1)      # the same, and quick
        digest = passwords.digest(PASSWORD)
        for role in reversed(Role):     # an admin first
            books.accounts.put_user(role, role=role, password=digest)
            books.accounts.add_token(kept(TOKENS[role]), f"{role}-token", role, role)
        with listening(app) as url:
            place = Place(home, made, app, url, clock)
            yield place
            for client in place.clients:
                client.close()


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """The application behind a real server."""
    # asyncio sends without delay only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="websockets-sansio",
                                           timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started or not thread.is_alive())
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    app.state.desk.hang_up()
    server.should_exit = True
    thread.join(60)
    listener.close()
    assert not thread.is_alive()
