"""Other programs: fed and drained by the calling thread, never outliving what they were for."""
from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ..model.errors import Unavailable, Unsupported
from ..model.files import go_on

_READ = 256 * 1024
_TICK = 0.2             # seconds between two looks at whether it is still there


class TimedOut(Exception):
    """The program did not end in time; it has been killed."""


class Child:
    """A program in a process group of its own, which is killed as a whole on `__exit__`.

    Nothing is read from what it is fed with, nor from it, but when `output` is asked for more.
    """

    def __init__(self, argv: Sequence[str], *, fed: bool = False, cwd: Path | None = None,
                 env: Mapping[str, str] | None = None, passed: Sequence[int] = ()) -> None:
        try:
            self._process = subprocess.Popen(
                argv, cwd=cwd, env=env, pass_fds=passed, start_new_session=True,
                stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except FileNotFoundError as error:
            raise Unsupported(f"{argv[0]}: no such program here") from error
        except OSError as error:
            raise Unavailable(f"{argv[0]}: cannot be started: {error.strerror}") from error
        self.status: int | None = None
        """Exit status, negative for a signal, once `output` has ended."""
        self.swallowed = True
        """Whether it took all that it was fed."""
        self._ended = False
        self._tails: dict[int, tuple[bytearray, int]] = {}

    def keep(self, file: IO[bytes] | int, most: int) -> bytearray:
        """The last `most` bytes of another pipe from it, filled in while `output` runs."""
        tail = bytearray()
        self._tails[file if isinstance(file, int) else file.fileno()] = tail, most
        return tail

    def keep_errors(self, most: int) -> bytearray:
        """The last `most` bytes of its standard error."""
        assert self._process.stderr is not None
        return self.keep(self._process.stderr, most)

    def output(self, body: Iterator[bytes] | None = None, *, seconds: float = inf,
               stop_if_asked: Callable[[], None] = go_on) -> Iterator[bytes]:
        """Its standard output, while `body` goes into it; `status` is known at the end.

        `stop_if_asked` is called several times a second, and what it raises ends the waiting.
        """
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as pipes:
            feed = self._register(pipes, body or iter(()))
            while pipes.get_map():
                ready = pipes.select(_TICK)
                for key, _ in ready:
                    if key.fileobj is self._process.stdin:
                        self._feed(pipes, feed)
                    elif data := self._drained(pipes, key.fd):
                        yield data
                if self._is_over() and not ready:
                    break  # something that left its group holds the pipes, and is silent
                stop_if_asked()
                _check(deadline)
        while not self._is_over():
            stop_if_asked()
            _check(deadline)
            time.sleep(0.005)
        self.status = self._process.wait()

    def _register(self, pipes: selectors.BaseSelector, body: Iterator[bytes]) -> Iterator[bytes]:
        process = self._process
        assert process.stdout is not None
        for fd in (process.stdout.fileno(), *self._tails):
            pipes.register(fd, selectors.EVENT_READ)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            pipes.register(process.stdin, selectors.EVENT_WRITE)
        return self._fed(body)

    def _fed(self, body: Iterator[bytes]) -> Iterator[bytes]:
        """Write `body`, coming back after each time that the pipe may be full."""
        assert self._process.stdin is not None
        fd = self._process.stdin.fileno()
        for chunk in body:
            rest = memoryview(chunk)
            while rest:
                try:
                    rest = rest[os.write(fd, rest):]
                except BlockingIOError:
                    pass
                except BrokenPipeError:
                    self.swallowed = False
                    return
                yield b""

    def _feed(self, pipes: selectors.BaseSelector, feed: Iterator[bytes]) -> None:
        if next(feed, None) is None:
            assert self._process.stdin is not None
            pipes.unregister(self._process.stdin)
            self._process.stdin.close()

    def _drained(self, pipes: selectors.BaseSelector, fd: int) -> bytes:
        data = os.read(fd, _READ)
        if not data:
            pipes.unregister(fd)
        if fd not in self._tails:
            return data
        tail, most = self._tails[fd]
        tail += data
        del tail[:-most]
        return b""

    def _is_over(self) -> bool:
        """Whether the program itself has ended; what it left behind is killed then.

        It is not reaped here: until then nobody else can get its number, nor its group's.
        """
        if not self._ended:
            how = os.WEXITED | os.WNOHANG | os.WNOWAIT
            self._ended = os.waitid(os.P_PID, self._process.pid, how) is not None
            if self._ended:
                self._kill()
        return self._ended

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._process.returncode is None:
            self._kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def _check(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise TimedOut
