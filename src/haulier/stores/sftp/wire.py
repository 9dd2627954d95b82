"""One SFTP connection: requests go out as they are posted, answers are waited for by number."""
from __future__ import annotations

import os
import select
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import NoReturn, TypeAlias, TypeVar

from ...model.errors import HaulierError, Unavailable, Unsupported
from ..ssh.carrier import Carrier
from . import packet
from .packet import Ask, Inbox, Limits, Malformed, Reply

T = TypeVar("T")

Exchange: TypeAlias = Generator[list[Ask], list[Reply], T]
"""A small conversation: yields requests that may go out together, gets their replies."""

EAGER = 256 << 10
"""Bytes not yet written that are worth a system call at once."""
AHEAD = 2 << 20
"""Bytes not yet written above which a writer waits."""
STALE = 0.002
"""Seconds that requests may lie unwritten while their writer is waiting for something else."""
PAUSE = 1
"""Milliseconds that a full pipe is left alone."""
FAR = 0.005
"""Seconds of round trip from which a line counts as one with latency."""
SURELY_FAR = 0.02
"""Seconds of round trip that a busy machine alone does not explain."""


class Wire:
    """Used by one thread at a time. After any error it is dead and closed.

    Unavailable when it is lost, or when nothing moved for `timeout` seconds.
    """

    def __init__(self, carrier: Carrier, place: str, *, timeout: float, patience: float) -> None:
        self.place = place
        self.dead = False
        self.waiting = 0            # requests without an answer yet
        self.unsent = 0             # bytes
        self._carrier, self._timeout = carrier, patience
        self._out: deque[bytes | memoryview] = deque()
        self._held: dict[int, Reply] = {}
        self._unwanted: set[int] = set()
        self._inbox = Inbox()
        self._number = 0
        self._pushed = time.monotonic()
        self._full_until = 0.0
        self._poll = select.poll()
        self._poll.register(carrier.reader, select.POLLIN)
        try:
            self.extensions = self._greet()
            carrier.settled()
            self._timeout = timeout
            self.limits, self.rtt = self._ask_limits()
            for _ in range(2 if self.rtt < SURELY_FAR else 0):
                self.rtt = min(self.rtt, self._ask_limits()[1])
        except BaseException:
            self.close()
            raise

    # One request

    def post(self, ask: Ask) -> int:
        """Queue a request; its number is what its reply is waited for by."""
        kind, body, data = ask
        self._number = number = (self._number + 1) & 0xFFFFFFFF
        size = 5 + len(body) + len(data)
        self._out.append(packet.HEAD.pack(size, kind, number) + body)
        if data:
            self._out.append(data)
        self.waiting += 1
        self.unsent += size + 4
        if self.unsent >= EAGER:
            self._write()
        return number

    def cast(self, ask: Ask) -> None:
        """Post a request whose reply is of no interest."""
        self.forget([self.post(ask)])

    def forget(self, numbers: Iterable[int]) -> None:
        """The replies to these are of no interest any more."""
        self._unwanted.update(number for number in numbers if self._held.pop(number, None) is None)

    def settle(self) -> None:
        """Wait until every request is on its way, and answered if the reply is of interest."""
        self.push()
        while self.unsent or self.waiting > len(self._unwanted):
            self._turn()

    def wait(self, number: int, others: Sequence[Wire] = ()) -> Reply:
        """The reply to request `number`; `others` that the same file goes over are kept going meanwhile."""
        while number not in self._held:
            self._turn(others)
        return self._held.pop(number)

    def has(self, number: int) -> bool:
        """Whether the reply is there already. Never waits."""
        if number not in self._held:
            self.push()
            if self._poll.poll(0):
                self._read()
        return number in self._held

    def push(self) -> None:
        """Write what can be written without waiting."""
        self._pushed = time.monotonic()
        if self._out:
            self._write()

    def ease(self, others: Sequence[Wire] = ()) -> None:
        """Wait until not too much is left to be written."""
        while self.unsent > AHEAD:
            self._turn(others)

    def call(self, ask: Ask) -> Reply:
        return self.wait(self.post(ask))

    # Conversations

    def run(self, exchange: Exchange[T]) -> T:
        """Hold one conversation to its end."""
        try:
            asks = next(exchange)
            while True:
                numbers = [self.post(ask) for ask in asks]
                asks = exchange.send([self.wait(number) for number in numbers])
        except StopIteration as stop:
            result: T = stop.value
            return result

    def run_many(self, exchanges: Iterable[Exchange[T]], window: int) -> Iterator[T]:
        """Hold up to `window` conversations at a time; their results as they come."""
        flying: deque[tuple[Exchange[T], list[int]]] = deque()
        for exchange in exchanges:
            try:
                flying.append((exchange, [self.post(ask) for ask in next(exchange)]))
            except StopIteration as stop:
                yield stop.value
            if time.monotonic() - self._pushed > STALE:
                self.push()
            while len(flying) >= window or self.unsent > AHEAD:
                yield from self._advance(flying)
        while flying:
            yield from self._advance(flying)

    def _advance(self, flying: deque[tuple[Exchange[T], list[int]]]) -> Iterator[T]:
        exchange, numbers = flying.popleft()
        replies = [self.wait(number) for number in numbers]
        try:
            flying.append((exchange, [self.post(ask) for ask in exchange.send(replies)]))
        except StopIteration as stop:
            yield stop.value

    # Its life

    @property
    def is_far(self) -> bool:
        return self.rtt >= FAR

    @property
    def is_idle(self) -> bool:
        """Alive, with nothing of interest under way: fit for the next user."""
        try:
            while not self.dead and self._poll.poll(0):
                self._read()
        except HaulierError:
            return False
        return not (self.dead or self.unsent or self._held or self.waiting > len(self._unwanted))

    def close(self) -> None:
        self.dead = True
        self._out.clear()
        self._held.clear()
        self._carrier.close()

    def _greet(self) -> dict[str, bytes]:
        self._out.append(packet.U32.pack(5) + bytes([packet.INIT]) + packet.U32.pack(3))
        self.unsent += 9
        while not self._held:
            self._turn()
        (version, (kind, body)), = self._held.items()
        if kind != packet.VERSION:
            self._fail(Malformed("what came is not SFTP"))
        if version != 3:
            self._fail(Unsupported(f"{self.place}: speaks version {version} of SFTP, not 3"))
        self._held.clear()
        self.waiting = 0
        return packet.extensions(body)

    def _ask_limits(self) -> tuple[Limits, float]:
        """The server's limits, or 32 KiB, which the protocol guarantees; and how long the answer took."""
        knows = "limits@openssh.com" in self.extensions
        before = time.monotonic()
        kind, body = self.call(packet.extended("limits@openssh.com") if knows else packet.about(packet.REALPATH, b"."))
        took = time.monotonic() - before
        told = packet.limits(body) if kind == packet.EXTENDED_REPLY else Limits(32768, 32768, 0)
        most = 255 << 10
        return Limits(min(told.read or most, most), min(told.write or most, most), told.handles), took

    # Bytes

    def _turn(self, others: Sequence[Wire] = ()) -> None:
        """Write what is queued and read what came, waiting for either, here or on one of the others.

        What several SSH processes hold ready must be fetched, or their windows close.
        """
        if self.dead:
            raise Unavailable(f"{self.place}: the connection is closed")
        wires = [self, *(wire for wire in others if wire is not self and not wire.dead)]
        for wire in wires:
            if wire._out:
                wire._write()
        full = [wire for wire in wires if wire._out]
        # After a pause: a pipe is emptied in small bites, and to refill each of them at once costs
        # more than half of the speed.
        if full and self._carrier.is_roomy and _moves(wires, [], PAUSE):
            return
        if not _moves(wires, full, self._timeout * 1000):
            self._fail(Unavailable(f"{self.place}: no answer for {self._timeout:g} seconds"))

    def _write(self) -> None:
        out = self._out
        if self._carrier.is_roomy and time.monotonic() < self._full_until:
            return
        try:
            while out:
                count = os.writev(self._carrier.writer, list(islice(out, 512)))
                self.unsent -= count
                while out and count >= len(out[0]):
                    count -= len(out.popleft())
                if count:
                    out[0] = memoryview(out[0])[count:]
        except BlockingIOError:
            self._full_until = time.monotonic() + PAUSE / 1000
        except OSError as error:
            self._lost(error)

    def _read(self) -> None:
        try:
            count = os.readv(self._carrier.reader, [self._inbox.room()])
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(error)
        if not count:
            self._lost(None)
        self._inbox.took(count)
        held = self._held
        try:
            for number, kind, body in self._inbox.packets():
                self.waiting -= 1
                if number in self._unwanted:
                    self._unwanted.remove(number)
                else:
                    held[number] = kind, body
        except Malformed as error:
            self._fail(error)

    def _lost(self, error: OSError | None) -> NoReturn:
        self._fail(self._carrier.why(), error)

    def _fail(self, error: HaulierError, cause: OSError | None = None) -> NoReturn:
        self.close()
        if isinstance(error, Malformed):
            raise Unsupported(f"{self.place}: {error}. Does a login script on the server print "
                              "something?") from error
        raise error from cause


def _moves(wires: list[Wire], full: list[Wire], patience: float) -> bool:
    """Read what comes, and write on where there is room again; False if neither can be for `patience` ms."""
    wanted = {wire._carrier.reader: select.POLLIN for wire in wires}
    for wire in full:
        wanted[wire._carrier.writer] = wanted.get(wire._carrier.writer, 0) | select.POLLOUT
    poll = select.poll()
    for end, mask in wanted.items():
        poll.register(end, mask)
    ready = dict(poll.poll(patience))
    for wire in wires:
        if ready.get(wire._carrier.reader, 0) & ~select.POLLOUT:
            wire._read()
    for wire in full:
        if not wire.dead and ready.get(wire._carrier.writer, 0) & ~select.POLLIN:
            wire._write()
    return bool(ready)
