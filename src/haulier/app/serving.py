"""A hub that listens: the engine, the API and the dashboard in one process, until it is told to stop."""
from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from .. import __version__
from ..api.assembly import create
from ..api.hub import Hub as ApiHub
from ..api.signin.first import first_admin
from ..engine.clock import SystemClock
from ..model.errors import Busy, Denied, Invalid
from ..settings.live import Live
from . import logs
from .hub import Hub, hub
from .lock import Holder, held
from .tools import LiveTools

PORT = 7345
log = logging.getLogger("haulier.hub")


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a hub is to listen; port 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = PORT


def serve(home: Path, at: Listening, greet: Callable[[str, str | None], None]) -> None:
    """Be a hub until SIGTERM or SIGINT. `greet` gets the address and, the first time, the admin's password.

    Busy if another hub has the workspace or another program the port; Problems if its settings have mistakes.
    """
    live = Live(home)
    logs.begin(home, live.workspace.log_level())
    with closing(_socket(at)) as listener:
        host, port = listener.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        with held(home, Holder(os.getpid(), address, time.time_ns())), hub(live) as made:
            application = create(_for_api(made, address))
            password = first_admin(made.books.accounts)
            server = _Server(uvicorn.Config(
                application, log_config=None, access_log=False, lifespan="on", ws="websockets-sansio",
                timeout_graceful_shutdown=2, server_header=False, date_header=True))
            log.info("hub %s in %s listens at %s", __version__, home, address)
            greet(address, password)
            server.run(sockets=[listener])
    log.info("stopped")


def work(home: Path, greet: Callable[[str], None], wait: Callable[[], object]) -> None:
    """Carry runs for hubs elsewhere until `wait` returns. Invalid if the ledger is not in PostgreSQL."""
    live = Live(home)
    if live.workspace.ledger_url().startswith("sqlite"):
        raise Invalid("a worker beside the hub needs a ledger that both can use: set `ledger: postgresql://…`"
                      " in haulier.yaml; with SQLite the hub does all the work itself")
    logs.begin(home, live.workspace.log_level())
    with hub(live) as made:
        greet(made.engine.executor)
        wait()


class _Server(uvicorn.Server):
    """Stops on SIGINT and SIGTERM, and leaves it at that: what comes after is put down in peace."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        yield
        for number in before:   # a second one while engine and ledger are closed ends nothing twice
            signal.signal(number, signal.SIG_IGN)


def _for_api(made: Hub, address: str) -> ApiHub:
    books = made.books
    return ApiHub(live=made.live, ledger=books.ledger, agenda=books.agenda, reader=books.reader,
                  accounts=books.accounts, engine=made.engine,
                  tools=LiveTools(lambda: made.live.workspace, books.ledger), clock=SystemClock(),
                  address=address, version=__version__)


def _socket(at: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((at.host, at.port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        kind = Denied if isinstance(error, PermissionError) else Busy
        raise kind(f"{at.host}:{at.port}: cannot listen there ({error.strerror}); another program may have the"
                   " port: choose one with --port") from error
    return listener


