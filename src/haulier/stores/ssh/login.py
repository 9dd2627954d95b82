"""Whom to reach, as whom, and which host keys to believe."""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Login:
    """Everything a client needs to log in. Secrets never show in its repr."""

    host: str = "localhost"
    port: int | None = 22               # None: what ssh_config says
    username: str | None = None         # None: what ssh_config says, else the local user
    password: str | None = field(default=None, repr=False)
    key_file: Path | None = None
    passphrase: str | None = field(default=None, repr=False)
    known_hosts: Path | None = None     # None: the user's and the system's
    host_key: str | None = None         # pinned, as `SHA256:…`; known_hosts is then not looked at
    accept_new: bool = False            # remember the key of a host that was never seen
    ssh_config: Path | None = None      # None: the user's and the system's
    connect_timeout: float = 30.0       # seconds
    compression: bool = False
    client: str = "auto"                # auto, ssh or asyncssh

    @property
    def place(self) -> str:
        """Where this leads, for messages."""
        user = f"{self.username}@" if self.username else ""
        return f"{user}{self.host}:{self.port}" if self.port else f"{user}{self.host}"
