"""A hub that listens: the engine, the API and the dashboard in one process, until it is told to stop."""
from __future__ import annotations

import errno
import logging
import os
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
from ..model.errors import Busy, Denied, HaulierError, Invalid
from ..settings.live import Live
from . import logs
from .encryption import Encryption
from .flows import RUNS
from .hub import Hub, hub
from .lock import Holder, held
from .tools import LiveTools

PORT = 7345
LOOK = 0.1
RENEWED = 50
"""Ticks of the server, ten a second, between two looks at the certificate."""
LOG, WORKER_LOG = "logs/haulier.log", "logs/worker.log"
log = logging.getLogger("haulier.hub")


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a hub is to listen; port 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = PORT


def serve(home: Path, at: Listening, greet: Callable[[str, str | None], None], is_over: Callable[[], bool]) -> None:
    """Be a hub until `is_over`. `greet` gets the address and, the first time, the admin's password.

    Busy if another hub has the workspace or another program the port; Problems if its settings have mistakes.
    """
    live = Live(home)
    live.workspace.log_level()      # Problems before anything is touched
    tls = live.workspace.settings.tls
    encryption = Encryption(home, tls) if tls else None
    with held(home) as tell, closing(_socket(at)) as listener:
        address = _address(listener, "https" if encryption else "http")
        tell(Holder(os.getpid(), address, time.time_ns()))
        logs.begin(home / LOG, lambda: live.workspace.log_level())
        with hub(live) as made:
            server = _server(_for_api(made, address), encryption, is_over)
            password = first_admin(made.books.accounts)
            log.info("hub %s in %s listens at %s", __version__, home, address)
            greet(address, password)
            server.run(sockets=[listener])
            log.info("stopping")
        log.info("stopped")


def work(home: Path, greet: Callable[[str], None], is_over: Callable[[], bool]) -> None:
    """Carry runs for hubs elsewhere until `is_over`. Invalid if the ledger is not in PostgreSQL."""
    live = Live(home)
    if live.workspace.ledger_url().startswith("sqlite"):
        raise Invalid("a worker beside the hub needs a ledger that both can use: set `ledger: postgresql://…`"
                      " in haulier.yaml; with SQLite the hub does all the work itself")
    logs.begin(home / WORKER_LOG, lambda: live.workspace.log_level())
    with hub(live, ticks=False) as made:
        log.info("worker %s, haulier %s", made.engine.executor, __version__)
        greet(made.engine.executor)
        while not is_over():
            time.sleep(LOOK)
        log.info("stopping")
    log.info("stopped")


class _Server(uvicorn.Server):
    """Stops when `is_over`, having ended the streams of those who listen, which would not end by themselves."""

    def __init__(self, config: uvicorn.Config, encryption: Encryption | None, is_over: Callable[[], bool],
                 hang_up: Callable[[], None]) -> None:
        config.load()
        config.ssl = encryption.context if encryption else None
        super().__init__(config)
        self._encryption, self._is_over, self._hang_up = encryption, is_over, hang_up

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield   # whoever made us minds them, before we began and after we have ended

    async def on_tick(self, counter: int) -> bool:
        if self._encryption and counter % RENEWED == 0:
            self._encryption.refresh()
        return await super().on_tick(counter) or self._is_over()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hang_up()
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)   # who is cut off now is no bug of ours
        await super().shutdown(sockets)


def _server(asked: ApiHub, encryption: Encryption | None, is_over: Callable[[], bool]) -> _Server:
    application = create(asked)
    config = uvicorn.Config(application, log_config=None, access_log=False, lifespan="on", ws="websockets-sansio",
                            timeout_graceful_shutdown=1, server_header=False)
    return _Server(config, encryption, is_over, application.state.desk.hang_up)


def _for_api(made: Hub, address: str) -> ApiHub:
    books = made.books
    tools = LiveTools(lambda: made.live.workspace, books.ledger, books.tasks, made.live.workspace.path / RUNS)
    return ApiHub(live=made.live, ledger=books.ledger, agenda=books.agenda, reader=books.reader,
                  accounts=books.accounts, arrivals=books.arrivals, alerts=books.alerts, tasks=books.tasks,
                  imports=books.imports, engine=made.engine, tools=tools, clock=SystemClock(), address=address,
                  version=__version__)


def _address(listener: socket.socket, scheme: str) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _socket(at: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)    # else answers wait 40 ms for an ACK
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((at.host, at.port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise _refused(at, error) from error
    return listener


def _refused(at: Listening, error: OSError) -> HaulierError:
    said = f"cannot listen there ({error.strerror})"
    if error.errno == errno.EADDRINUSE:
        return Busy(f"{at.host}:{at.port}: {said}: another program has the port; choose one with --port")
    if isinstance(error, PermissionError):
        return Denied(f"{at.host}:{at.port}: {said}: choose a port above 1023 with --port")
    return Invalid(f"{at.host}: {said}: give an address of this machine with --host")
