"""Where the SSH tests happen: servers, new folders on them, and somebody who looks for secrets meanwhile."""
from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from haulier.testing.servers.sshd import Account, Sshd

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make users and mounts")
CLIENTS = ("ssh", "asyncssh")


@contextmanager
def server_or_skip(folder: Path, *, sftp: bool = True, options: str = "") -> Iterator[Sshd]:
    try:
        server = Sshd(folder, sftp=sftp, options=options)
    except RuntimeError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
    with server:
        yield server


def settings_for(server: Sshd, account: Account | None = None, **settings: Any) -> dict[str, Any]:
    """Settings for a new folder of this account."""
    account = account or server.keyed
    return {"path": f"{account.folder}/{uuid4().hex}", "host": server.host, "port": server.port,
            "username": account.name, "known_hosts": server.known_hosts, "key_file": account.key_file,
            "password": account.password or None} | settings


@contextmanager
def looking_for(secret: str, folder: Path) -> Iterator[list[Path]]:
    """Every command line, environment and file below `folder` in which `secret` was seen meanwhile."""
    seen: list[Path] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            for pattern in ("/proc/[0-9]*/cmdline", "/proc/[0-9]*/environ", f"{folder}/**/*"):
                for path in Path("/").glob(pattern[1:]):
                    try:
                        seen.extend([path] if path.is_file() and secret.encode() in path.read_bytes() else [])
                    except OSError:
                        continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()
