"""Signed requests to one bucket."""
from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from ...http.answer import Answer, answered
from ...http.connection import Connection, Piece, is_slow, size_of
from ...model.errors import Denied, HaulierError, Unavailable
from .address import Address, address
from .credentials import Wallet
from .dial import Dial
from .faults import Refusal, refusal
from .pool import Leash, Pool
from .sign import EMPTY, UNSIGNED, Ask, encoded, signed

_LONGEST_ANSWER = 64 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Which bucket, where, and how to talk to it. Times in seconds."""

    bucket: str
    region: str
    endpoint_url: str = ""
    style: str = "auto"
    tls: ssl.SSLContext | None = None
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    sign_payload: bool = False
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @property
    def address(self) -> Address:
        return address(self.endpoint_url, self.region, self.bucket, self.style)

    @property
    def dial(self) -> Dial:
        where = self.address
        return Dial(where, self.tls if where.tls else None, self.connect_timeout,
                    self.read_timeout)

    def __str__(self) -> str:
        where = self.address
        return f"bucket {self.bucket} at {'https' if where.tls else 'http'}://{where.authority}"


class Call(NamedTuple):
    """One request; `key` '' is the bucket itself."""

    method: str
    key: str = ""
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = {}
    pieces: Sequence[Piece] = ()
    again: bool = True
    """Whether it may be sent twice when a kept connection turns out to be dead."""
    leash: Leash | None = None


class Refused(Exception):
    """The server said no: for callers to whom the reason matters. Never leaves this package."""

    def __init__(self, call: Call, why: Refusal, place: Place) -> None:
        super().__init__(call.key)
        self.why = why
        now = int(place.now().timestamp() * 1e9)
        self.error = why.error(call.key or "bucket", str(place), now)


class Client:
    """Thread-safe; a connection is used by one thread at a time."""

    def __init__(self, place: Place, wallet: Wallet) -> None:
        self.place = place
        self.wallet = wallet
        self.is_welcome = False
        """Whether the bucket has done anything that we asked for."""
        self._pool = Pool(place.dial)

    def do(self, call: Call) -> Answer:
        """A successful answer with its body read; a HaulierError otherwise."""
        try:
            return self.ask(call)
        except Refused as refused:
            raise refused.error from refused

    def ask(self, call: Call) -> Answer:
        """As do(), but a refusal is raised as Refused."""
        answer = self.open(call)
        self._read(call, answer, None if call.method == "GET" and call.key else _LONGEST_ANSWER)
        return answer

    def open(self, call: Call) -> Answer:
        """A successful answer whose body is still to be read, then release(); or Refused."""
        answer = self._sent(call)
        if answer.status < 300:
            self.is_welcome = True
            return answer
        why = self._reason(call, answer)
        if answer.status in {301, 400, 403} and why.region not in {"", self.place.region}:
            self._move(why.region)
            answer = self._sent(call)
            if answer.status < 300:
                return answer
            why = self._reason(call, answer)
        raise Refused(call, why, self.place)

    def release(self, call: Call, answer: Answer) -> None:
        """Keep the connection if it can be used again."""
        connection = answer.connection
        if call.leash is not None:
            call.leash.let_go(connection)
        if answer.is_reusable and connection.to is self._pool.dial:
            self._pool.give(connection)
        else:
            connection.close()

    def lost(self, call: Call, error: OSError) -> HaulierError:
        """What to raise when a connection fails."""
        what = call.key or "bucket"
        if isinstance(error, ssl.SSLCertVerificationError):
            return Denied(f"{what}: the server's certificate is not trusted "
                          f"({error.verify_message}): set ca_bundle to its authority's "
                          f"certificate ({self.place})")
        why = "no answer in time" if is_slow(error) else error.strerror or str(error)
        return Unavailable(f"{what}: connection lost or refused: {why} ({self.place})")

    def close(self) -> None:
        """Close connections, now or when they become free."""
        self._pool.close()

    def _sent(self, call: Call) -> Answer:
        """The head of the answer, whatever its status."""
        head = self._head(call)
        while True:
            connection = self._connection(call)
            kept = connection.used
            try:
                return _exchange(connection, call, head)
            except OSError as error:
                if call.leash is not None:
                    call.leash.let_go(connection)
                connection.close()
                if not (kept and call.again) or is_slow(error):
                    raise self.lost(call, error) from error
                self._pool.clear()      # the others are as old: a fresh one comes next

    def _connection(self, call: Call) -> Connection:
        try:
            connection = self._pool.take()
        except OSError as error:
            raise self.lost(call, error) from error
        if call.leash is not None:
            call.leash.hold(connection)
        return connection

    def _head(self, call: Call) -> bytes:
        where = self._pool.dial.address
        path = where.path(call.key)
        ask = Ask(call.method, where.authority, path, call.query, call.headers,
                  self._payload(call))
        headers = signed(ask, self.wallet(), self.place.region, self.place.now())
        if call.method in {"PUT", "POST"}:
            headers["content-length"] = str(size_of(call.pieces))
        query = encoded(call.query)
        lines = [f"{call.method} {path}{'?' if query else ''}{query} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _payload(self, call: Call) -> str:
        if not call.pieces:
            return EMPTY
        if call.method == "PUT" and not self.place.sign_payload:
            return UNSIGNED
        digest = hashlib.sha256()
        for piece in call.pieces:
            digest.update(piece)
        return digest.hexdigest()

    def _read(self, call: Call, answer: Answer, limit: int | None) -> None:
        try:
            answer.read(limit)
        except OSError as error:
            raise self.lost(call, error) from error
        finally:
            self.release(call, answer)

    def _reason(self, call: Call, answer: Answer) -> Refusal:
        """Why; asked again with GET where an answer to HEAD could not say."""
        self._read(call, answer, _LONGEST_ANSWER)
        if call.method != "HEAD" or answer.status == 404:
            return refusal(answer)
        try:
            self.ask(Call("GET", call.key, headers={"range": "bytes=0-0"}))
        except Refused as refused:
            return refused.why
        return refusal(answer)

    def _move(self, region: str) -> None:
        """Go on in the region where the server says that the bucket is."""
        self.place = replace(self.place, region=region)
        self._pool.clear()
        self._pool = Pool(self.place.dial)


def _exchange(connection: Connection, call: Call, head: bytes) -> Answer:
    try:
        connection.send(head, call.pieces)
    except (BrokenPipeError, ConnectionResetError):
        answer = answered(connection, call.method)     # it may have said why it hung up
        if answer.status < 300:
            raise
        return answer
    return answered(connection, call.method)
