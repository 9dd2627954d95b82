"""A line to one shell on the server, kept open for many commands.

One persistent shell, rather than a channel for each command: a channel costs a handshake of its own (or
a control socket that only one of the SSH clients has), and commands sent ahead of their answers make many
small files independent of the line's latency. Answers end with marks that nobody else can know.
"""
from __future__ import annotations

import os
import secrets
import select
from collections import deque
from collections.abc import Iterator
from typing import NoReturn

from ...model.errors import HaulierError, Unavailable, Unsupported
from ..ssh.carrier import Carrier
from .script import FUNCTIONS, NEEDED, NEWLINE, quoted
from .trouble import error_for, refusal

BLOCK = 1 << 20
"""Bytes of a file in one command, and the most that is handed out at a time."""
AHEAD = 2 << 20
"""Bytes not yet written above which a writer waits."""
LONGEST = 64 << 20
"""Bytes without an end of something that should be short, after which a server is given up."""


class Line:
    """Used by one thread at a time. Unavailable when it is lost, or nothing moved for `timeout` seconds."""

    def __init__(self, carrier: Carrier, place: str, *, timeout: float, patience: float) -> None:
        self.place = place
        self.dead = False
        self.waiting = 0        # answers that are still to come
        self.patience = patience
        self._carrier, self._greeted = carrier, False
        self._in, self._out, self._unsent = bytearray(), deque[memoryview](), 0
        key = secrets.token_hex(16).encode()
        self._begin, self._end = key + b" ", key + b"\n"
        try:
            self.programs = self._greet()
            carrier.settled()
        except BaseException:
            self.close()
            raise
        self.patience = timeout

    def _greet(self) -> frozenset[str]:
        self.send(self._end + self._begin + NEWLINE + b"\n")
        self.ask("eval", FUNCTIONS)
        programs = frozenset(self.answer(self.place).decode().split())
        self._greeted = True
        if missing := sorted(NEEDED - programs):
            raise Unsupported(f"{self.place}: no usable {', '.join(missing)} there; "
                              "coreutils or busybox is needed")
        return programs

    # Commands and answers

    def ask(self, command: str, *words: bytes | str | int, body: bytes | memoryview = b"") -> None:
        """Queue a command; `body` is its input. One answer will come."""
        plain = (word if isinstance(word, bytes) else str(word).encode() for word in words)
        self.waiting += 1
        self.send(b" ".join([self._begin + command.encode(), *map(quoted, plain)]) + b"\n")
        if body:
            self.send(body)

    def answer(self, path: str) -> bytes:
        """What the oldest command whose answer is due had to say; raises what that means if it failed."""
        for _ in self.chunks():
            pass
        return self.verdict(path)

    def chunks(self) -> Iterator[bytes]:
        """The bytes that come before the verdict, as they come."""
        while (at := self._in.find(self._begin)) < 0:
            if (sure := len(self._in) - len(self._begin) + 1) > 0:
                yield self._taken(min(sure, BLOCK))
            else:
                self._turn()
        while at:
            at -= (count := min(at, BLOCK))
            yield self._taken(count)
        self._taken(len(self._begin))

    def verdict(self, path: str) -> bytes:
        """The end of an answer, after its chunks()."""
        status, _, said = self.until(self._end).partition(b" ")
        self.waiting -= 1
        if status != b"0":
            raise error_for(path, said)
        return said

    def is_answered(self) -> bool:
        """Whether an answer is complete. Never waits."""
        self._turn(wait=False)
        return self._in.find(self._end) >= 0

    # Bytes

    def send(self, data: bytes | memoryview) -> None:
        """Queue bytes, waiting while too many are queued."""
        self._out.append(memoryview(data))
        self._unsent += len(data)
        while self._unsent > AHEAD:
            self._turn()

    def exactly(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes, as they come."""
        while size:
            while not self._in:
                self._turn()
            chunk = self._taken(min(size, len(self._in), BLOCK))
            size -= len(chunk)
            yield chunk

    def until(self, end: bytes) -> bytes:
        """The bytes before `end`, which is taken, too."""
        while (at := self._in.find(end)) < 0:
            if len(self._in) > LONGEST:
                self._fail(Unavailable(f"{self.place}: what came is no answer"))
            self._turn()
        said = self._taken(at)
        self._taken(len(end))
        return said

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._in[:count])
        del self._in[:count]
        return taken

    def _turn(self, *, wait: bool = True) -> None:
        """Write what is queued and read what came, waiting for either."""
        if self.dead:
            raise Unavailable(f"{self.place}: the connection is closed")
        poll = select.poll()
        reader, writer = self._carrier.reader, self._carrier.writer
        poll.register(reader, select.POLLIN)
        if self._out:
            poll.register(writer, select.POLLOUT | (select.POLLIN if writer == reader else 0))
        events = poll.poll(self.patience * 1000 if wait else 0)
        if wait and not events:
            self._fail(Unavailable(f"{self.place}: no answer for {self.patience:g} seconds"))
        for fd, event in events:
            if fd == reader and event & ~select.POLLOUT:
                self._read()
            if fd == writer and event & ~select.POLLIN and self._out:
                self._write()

    def _read(self) -> None:
        try:
            block = os.read(self._carrier.reader, BLOCK)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(error)
        if not block:
            self._lost(None)
        self._in += block

    def _write(self) -> None:
        try:
            count = os.write(self._carrier.writer, self._out[0])
        except BlockingIOError:
            return
        except OSError as error:
            if self._greeted:
                self._lost(error)
            self._out.clear()       # why it ended is still to be read
            return
        self._unsent -= count
        self._out[0] = self._out[0][count:]
        if not self._out[0]:
            self._out.popleft()

    # Its life

    @property
    def is_idle(self) -> bool:
        """Alive, with nothing under way: fit for the next user."""
        if self.dead or self.waiting or self._out or self._in:
            return False
        poll = select.poll()
        poll.register(self._carrier.reader, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        self.dead = True
        self._out.clear()
        self._carrier.close()

    def _lost(self, error: OSError | None) -> NoReturn:
        why = self._carrier.why()
        self._fail(why if self._greeted else refusal(self.place, bytes(self._in), why), error)

    def _fail(self, error: HaulierError, cause: OSError | None = None) -> NoReturn:
        self.close()
        raise error from cause
