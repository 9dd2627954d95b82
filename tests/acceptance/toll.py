"""A TCP proxy that counts bytes, and a program that is killed when so many have passed."""
from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from acceptance.together import asked
from acceptance.waiting import until

HELD = 1 << 18
"""Bytes that a line of the toll may hold: they are counted, and lost with a process that did not take them."""


class Toll:
    """Passes everything on to `target` (a loopback port), counting bytes `up` and `down`."""

    def __init__(self, target: int) -> None:
        self.up = self.down = 0
        self.look: Callable[[str, bytes], None] = lambda way, data: None    # before anything is passed on
        self.is_quiet: Callable[[], bool] = lambda: True    # nothing that came is still being worked on
        self._target = target
        self._alarm: tuple[int, Callable[[], None]] | None = None
        self._lock = threading.Lock()
        self._age = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HELD)      # the accepted ones have it from here
        self.port: int = self._server.getsockname()[1]
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def when(self, passed: int, call: Callable[[], None]) -> None:
        """Call once when so many bytes have passed, both ways together, from now on."""
        self._alarm = (self.up + self.down + passed, call)

    def when_nothing(self) -> None:
        """Forget what when() was asked."""
        self._alarm = None

    def cut(self) -> None:
        """From the call of when(): nothing more passes on the lines that there are, as if they were cut.

        Else what a program that died had in its own buffers would still be on its way, and be counted.
        """
        self._age += 1

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._server.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self._target))
            except OSError:     # nobody is there
                ours.close()
                continue
            for line in (ours, there):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD)
                self._open.append(line)
            for way, ends in (("up", (ours, there)), ("down", (there, ours))):
                threading.Thread(target=self._pass, args=(*ends, way, self._age), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, way: str, age: int) -> None:
        try:
            while data := one.recv(1 << 16):
                with self._lock:
                    if age != self._age:
                        break
                    setattr(self, way, getattr(self, way) + len(data))
                    alarm = self._alarm
                    if alarm and self.up + self.down >= alarm[0]:
                        self._alarm = None
                        alarm[1]()
                self.look(way, data)
                other.sendall(data)
        except OSError:
            pass
        finally:
            for line in (one, other):
                try:
                    line.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)     # else whoever waits in accept() goes on listening
        self._accepting.join()
        self._server.close()
        for line in self._open:
            line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def size_of(path: Path) -> int:
    """Bytes of a draft; 0 of one that has just got its name."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class Haulier:
    """The installed program, in a home of its own."""

    def __init__(self, home: Path, connections: str = "") -> None:
        self.home = home
        self.workspace = home / "workspace"
        self.workspace.mkdir(parents=True, exist_ok=True)
        (self.workspace / "haulier.yaml").write_text("connections:\n" + connections if connections else "")
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8",
                            "XDG_STATE_HOME": str(home / "state")}

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        program = Path(sys.executable).with_name("haulier")
        return subprocess.Popen([program, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, env=self.environment, cwd=self.home)

    def run(self, *words: str | Path) -> tuple[int, str]:
        with self.start(*words) as process:
            try:
                out, _ = process.communicate(timeout=100)
            finally:
                process.kill()
        return process.returncode, out.decode()

    def each(self, *calls: Sequence[str | Path]) -> list[tuple[int, str]]:
        """Several calls in one start, as acceptance.together has it."""
        return [(told.code, told.out + told.err) for told in asked([(self.home, words) for words in calls],
                                                                   self.environment)]

    def copy(self, *words: str | Path) -> tuple[int, str]:
        return self.run("copy", "--workspace", self.workspace, *words)

    def copy_killed(self, toll: Toll, after: int, *words: str | Path) -> bool:
        """Start a copy and kill -9 it after so many bytes passed the toll; False if it ended before."""
        return self.killed(toll, after, "copy", "--workspace", self.workspace, *words)

    def killed(self, toll: Toll, after: int, *words: str | Path) -> bool:
        """The same with any command."""
        process = self.start(*words)

        def kill() -> None:
            os.kill(process.pid, signal.SIGKILL)
            toll.cut()

        toll.when(after, kill)
        return self._ended(process, toll)

    def killed_when(self, is_so: Callable[[], bool], *words: str | Path) -> bool:
        """Start a command and kill -9 it once something is so; False if it ended before."""
        process = self.start(*words)
        while process.poll() is None and not is_so():
            time.sleep(0.001)
        process.kill()
        return self._ended(process)

    @staticmethod
    def _ended(process: subprocess.Popen[bytes], toll: Toll | None = None) -> bool:
        out, _ = process.communicate(timeout=100)
        if toll:
            toll.when_nothing()
        time.sleep(0.2)     # what is on its way still arrives
        if toll:
            until(toll.is_quiet)
        assert process.returncode in (0, -signal.SIGKILL), out.decode()
        return process.returncode != 0

    def job(self, name: str, source: str, target: str, *more: str) -> tuple[str | Path, ...]:
        """Write the one job of the workspace, everything below a folder, and give the words that run it."""
        (self.workspace / "configs").mkdir(exist_ok=True)
        (self.workspace / "configs" / "jobs.yaml").write_text("\n    ".join((
            f"jobs:\n  - job_id: {name}", f"source: {{{source}}}", f"destination: {{{target}}}",
            "recursive: true", "complete: {settle_seconds: 0}", *more)) + "\n")
        return "run", name, "--workspace", self.workspace

    def told_each(self, *calls: Sequence[str | Path]) -> list[list[dict[str, Any]]]:
        """What several commands say as lines of JSON."""
        found = self.each(*((*words, "--workspace", self.workspace, "--json") for words in calls))
        assert all(code == 0 for code, _ in found), found
        return [[json.loads(line) for line in out.splitlines()] for _, out in found]

    def told(self, *words: str | Path) -> list[dict[str, Any]]:
        """What a command says as lines of JSON."""
        code, out = self.run(*words, "--workspace", self.workspace, "--json")
        assert code == 0, out
        return [json.loads(line) for line in out.splitlines()]
