"""A channel made by the system's ssh program, which does the cryptography on another core."""
from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import threading
from pathlib import Path

from ...model.errors import HaulierError, Unavailable
from .carrier import Carrier
from .login import Login
from .options import command
from .private import Private
from .trouble import explain, wrong_key

PIPE = 1 << 20
KEPT = 8192
"""How many of the last bytes of what ssh says are kept."""
ROOM = 4
"""Channels on one connection; servers allow ten, and more connections carry more over a far line."""


class Program(Carrier):
    """One ssh process. A small thread answers its questions and hears what it says.

    Its channel goes `beside` another's on the same connection if there is room. The process that made the
    connection lives until the last of them is closed. Where the server refuses, ssh makes its own connection.
    """

    def __init__(self, login: Login, remote: str, *, subsystem: bool = False, key_kind: str = "",
                 beside: Carrier | None = None) -> None:
        self._login = login
        self._said = bytearray()
        self._lock = threading.Lock()
        self._line, self._channels = -1, 1
        self._private: Private | None = Private(login)
        self._host = beside if isinstance(beside, Program) and beside._admit() else None
        try:
            words = command(login, self._private.folder, key_kind=key_kind, line=self._private.line,
                            beside=self._host._socket if self._host else None)
            words += ["-s"] if subsystem else []
            self._start([*words, "--", login.host, remote], self._private.environment())
        except BaseException:
            self._private.remove()
            if self._host:
                self._host._leave()
            raise
        self._ear = threading.Thread(target=self._listen, name=f"ssh {login.place}", daemon=True)
        self._ear.start()

    def _start(self, words: list[str], environment: dict[str, str]) -> None:
        theirs_in, self.writer = _pipe(PIPE)
        self.is_roomy = _capacity(theirs_in) >= PIPE // 2
        self.reader, theirs_out = _pipe(PIPE)
        self._errors, theirs_err = _pipe(0)
        try:
            self._process = subprocess.Popen(words, stdin=theirs_in, stdout=theirs_out, stderr=theirs_err,
                                             env=environment, start_new_session=True)
        except OSError as error:
            for fd in (self.reader, self.writer, self._errors):
                os.close(fd)
            raise Unavailable(f"{self._login.place}: ssh cannot be started ({error.strerror})") from error
        finally:
            for fd in (theirs_in, theirs_out, theirs_err):
                os.close(fd)
        os.set_blocking(self.reader, False)
        os.set_blocking(self.writer, False)

    def _listen(self) -> None:
        poll = select.poll()
        poll.register(self._errors, select.POLLIN)
        if self._private and self._private.ask >= 0:
            poll.register(self._private.ask, select.POLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd != self._errors:
                    self._answer(fd, poll)
                elif not self._hear():
                    os.close(self._errors)
                    return

    def _answer(self, fd: int, poll: select.poll) -> None:
        with self._lock:
            if self._private and self._private.ask == fd:
                self._private.reply(self._process.pid)
            else:
                poll.unregister(fd)

    def _hear(self) -> bytes:
        try:
            said = os.read(self._errors, 4096)
        except OSError:
            return b""
        self._said += said
        del self._said[:-KEPT]
        return said

    @property
    def has_room(self) -> bool:
        return self._line >= 0 and 0 < self._channels < ROOM and self._process.poll() is None

    def _admit(self) -> bool:
        with self._lock:
            admitted = self.has_room
            self._channels += admitted
        return admitted

    @property
    def _socket(self) -> Path:
        """Where another ssh finds ours: by descriptor, as the folder it was made in is gone."""
        return Path(f"/proc/{os.getpid()}/fd/{self._line}")

    def settled(self) -> None:
        with self._lock:
            if self._private:
                if self._host is None:
                    self._line = self._private.open_line()
                self._private.remove()
                self._private = None

    def finish(self) -> None:
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def why(self) -> HaulierError:
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        self._ear.join(1)
        shown = self._private.shown() if self._private else ""
        if shown and shown != self._login.host_key:
            return wrong_key(self._login, shown)
        said = self._said
        if self._host and self._host._process.poll() is not None:
            said = said + self._host._said
        return explain(self._login, said.decode(errors="replace"))

    def close(self) -> None:
        self.finish()
        if self.reader >= 0:
            os.close(self.reader)
            self.reader = -1
            self._leave()
            if self._host:
                self._host._leave()

    def _leave(self) -> None:
        """One channel less; the last one ends the process."""
        with self._lock:
            self._channels -= 1
        if self._channels:
            return
        self._end()
        self.settled()
        if self._host is None:      # what another one's process holds open, that one's end closes
            self._ear.join(5)
        if self._line >= 0:
            os.close(self._line)
            self._line = -1

    def _end(self) -> None:
        """With the process its own: a jump host's ssh is in its group."""
        # One that shares a connection has nothing to put away, and would wait for the server's farewell.
        for sign in (signal.SIGKILL,) if self._host else (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                return
            os.killpg(self._process.pid, sign)
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                continue


def _pipe(size: int) -> tuple[int, int]:
    ends = os.pipe()
    if size:
        try:
            fcntl.fcntl(ends[0], getattr(fcntl, "F_SETPIPE_SZ", 1031), size)
        except OSError:
            pass    # more than this user may have; the usual 64 KiB work, too
    return ends


def _capacity(end: int) -> int:
    try:
        return fcntl.fcntl(end, getattr(fcntl, "F_GETPIPE_SZ", 1032))
    except OSError:
        return 0
