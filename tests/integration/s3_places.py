"""Where the S3 tests happen: two servers, stores on them, and a proxy that spoils things."""
from __future__ import annotations

import secrets
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from haulier.settings.spec import Env
from haulier.stores.s3 import S3Spec
from haulier.stores.s3.client import Client, Place
from haulier.stores.s3.credentials import Keys
from haulier.stores.s3.store import S3, Options
from haulier.testing.servers import localstack, rgw

MIB = 1 << 20
Server = rgw.Rgw | localstack.LocalStack
BUCKETS: dict[str, str] = {}


def bucket(server: Server) -> str:
    if server.endpoint not in BUCKETS:
        BUCKETS[server.endpoint] = server.bucket(f"test-{secrets.token_hex(4)}")
    return BUCKETS[server.endpoint]


@pytest.fixture(scope="session")
def ceph() -> rgw.Rgw:
    if any(shutil.which(program) is None for program in rgw.PROGRAMS):
        pytest.skip("Ceph is not installed")
    return rgw.shared()


@pytest.fixture(scope="session")
def emulator() -> localstack.LocalStack:
    return localstack.shared()


@pytest.fixture(params=["ceph", "emulator"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


Make = Callable[..., S3]


@pytest.fixture
def make() -> Iterator[Make]:
    """Stores under one new prefix each time, closed at the end."""
    opened: list[S3] = []
    prefix = secrets.token_hex(4)

    def make(server: Server, **settings: Any) -> S3:
        spec = S3Spec.model_validate({
            "type": "s3", "path": prefix, "bucket": bucket(server), "endpoint_url": server.endpoint,
            "access_key": server.key, "secret_key": server.secret, **settings})
        opened.append(spec.build(Env()))
        return opened[-1]
    yield make
    for store in opened:
        store.close()


@pytest.fixture
def ceph_store(ceph: rgw.Rgw, make: Make) -> S3:
    return make(ceph)


@pytest.fixture
def emulated(emulator: localstack.LocalStack, make: Make) -> S3:
    return make(emulator)


def plain(server: Server, options: Options, **place: Any) -> S3:
    """A store with what settings do not offer."""
    where = Place(bucket(server), "us-east-1", server.endpoint, **place)
    return S3(Client(where, lambda: Keys(server.key, server.secret)), options)


class Between:
    """A TCP proxy; hooks see each piece of data, and hang up when they return None."""

    def __init__(self, port: int, *, up: Callable[[bytes], bytes | None] = bytes,
                 down: Callable[[bytes], bytes | None] = bytes,
                 tls: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._target, self._up, self._down, self._tls = port, up, down, tls
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        for sock in (self._listener, *self._sockets):
            _hang_up(sock)
        for thread in self._threads:
            thread.join()
        for sock in (self._listener, *self._sockets):
            sock.close()

    def drop(self) -> None:
        """Hang up on everybody."""
        for sock in self._sockets:
            _hang_up(sock)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(near)
            try:
                if self._tls:
                    near = self._tls.wrap_socket(near, server_side=True)
                    self._sockets.append(near)
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            self.connections += 1
            self._sockets.append(far)
            for one, other, hook in ((near, far, self._up), (far, near, self._down)):
                self._threads.append(threading.Thread(target=_pump, args=(one, other, hook)))
                self._threads[-1].start()


def _pump(one: socket.socket, other: socket.socket, hook: Callable[[bytes], bytes | None]) -> None:
    try:
        while (data := one.recv(1 << 16)) and (passed := hook(data)) is not None:
            other.sendall(passed)
    except OSError:
        pass
    _hang_up(one)
    _hang_up(other)


def _hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


@pytest.fixture
def between() -> Iterator[Callable[..., Between]]:
    made: list[Between] = []

    def between(server: Server, **hooks: Any) -> Between:
        made.append(Between(server.port, **hooks))
        return made[-1]
    yield between
    for proxy in made:
        proxy.close()


def via(proxy: Between, scheme: str = "http") -> dict[str, str]:
    return {"endpoint_url": f"{scheme}://127.0.0.1:{proxy.port}"}
