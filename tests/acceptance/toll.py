"""A TCP proxy that counts bytes, and a program that is killed when so many have passed."""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self


class Toll:
    """Passes everything on to `target` (a loopback port), counting bytes `up` and `down`."""

    def __init__(self, target: int) -> None:
        self.up = self.down = 0
        self._target = target
        self._alarm: tuple[int, Callable[[], None]] | None = None
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def when(self, passed: int, call: Callable[[], None]) -> None:
        """Call once when so many bytes have passed, both ways together, from now on."""
        self._alarm = (self.up + self.down + passed, call)

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._server.accept()
            except OSError:
                return
            there = socket.create_connection(("127.0.0.1", self._target))
            for line in (ours, there):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(line)
            threading.Thread(target=self._pass, args=(ours, there, "up"), daemon=True).start()
            threading.Thread(target=self._pass, args=(there, ours, "down"), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, way: str) -> None:
        try:
            while data := one.recv(1 << 16):
                with self._lock:
                    setattr(self, way, getattr(self, way) + len(data))
                    alarm = self._alarm
                    if alarm and self.up + self.down >= alarm[0]:
                        self._alarm = None
                        alarm[1]()
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
        self._server.close()
        for line in self._open:
            line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
        process = self.start(*words)
        out, _ = process.communicate(timeout=100)
        return process.returncode, out.decode()

    def copy(self, *words: str | Path) -> tuple[int, str]:
        return self.run("copy", "--workspace", self.workspace, *words)

    def copy_killed(self, toll: Toll | None, after: int, *words: str | Path) -> bool:
        """Start a copy and kill -9 it after so many bytes passed the toll; False if it ended before."""
        process = self.start("copy", "--workspace", self.workspace, *words)
        if toll:
            toll.when(after, lambda: os.kill(process.pid, signal.SIGKILL))
        out, _ = process.communicate(timeout=100)
        if toll:
            toll._alarm = None
        time.sleep(0.2)     # what is on its way still arrives
        assert process.returncode in (0, -signal.SIGKILL), out.decode()
        return process.returncode != 0
