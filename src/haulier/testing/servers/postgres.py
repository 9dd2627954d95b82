"""A PostgreSQL server of one's own: loopback, a free port, a temporary folder."""
from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .starting import free_port, until

USER = "haulier"
PASSWORD = "for-tests-only"
PATIENCE = 100.0  # seconds for the server to start or stop


class Postgres:
    """Started by the constructor; as system user `postgres` when we are root, as initdb demands."""

    def __init__(self, *, fsync: bool = False) -> None:
        self._programs = programs()
        self._settings = ["-c", "listen_addresses=127.0.0.1", "-c", f"fsync={str(fsync).lower()}",
                          "-c", "shared_buffers=32MB"]
        self._as: dict[str, Any] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="haulier-postgres-"))
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.port = free_port()
        self._names = count(1)
        self._server: subprocess.Popen[bytes] | None = None
        try:
            self._init()
            self.start()
        except BaseException:
            self.stop()
            raise

    def url(self, database: str = "postgres", *, password: str = PASSWORD) -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test{next(self._names)}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, name,
                  env={**os.environ, "PGPASSWORD": PASSWORD})
        return self.url(name)

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._programs / "postgres", "-D", self.folder / "data", "-p", str(self.port),
                 "-k", self.folder, *self._settings],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as)
        ready = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        until(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL", PATIENCE, server=self._server,
              log=self._log)

    def halt(self) -> None:
        """Cut all connections and end the server, keeping its data for `start`."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(PATIENCE)
        self._server = None

    def stop(self) -> None:
        """End it and remove all it had; may be called twice."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def _init(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", USER, "-E", "UTF8",
                  "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256",
                  f"--pwfile={secret}", "--no-sync")

    def _run(self, program: str, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        done = subprocess.run([self._programs / program, *arguments], cwd=self.folder, env=env,
                              capture_output=True, text=True, check=False, timeout=PATIENCE,
                              **self._as)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip() or done.stdout.strip()}")

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace").strip()[-2000:]


def programs() -> Path:
    """The folder with initdb and postgres, the newest there is; FileNotFoundError if none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: float(path.parts[-3]))
    where = shutil.which("initdb")
    if where:
        found.append(Path(where).resolve())
    if not found:
        raise FileNotFoundError("no PostgreSQL server programs (initdb) on this machine")
    return found[-1].parent
