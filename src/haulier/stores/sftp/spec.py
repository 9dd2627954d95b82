"""The settings of a folder on an SFTP server."""
from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from ...ports import Store
from ...settings.spec import Env
from ..ssh.settings import SshSpec, shown_before


class SftpSpec(SshSpec):
    """SFTP server"""

    model_config = ConfigDict(json_schema_extra=shown_before(
        connections="connect_timeout", fsync="client", shell="client"))

    schemes: ClassVar[tuple[str, ...]] = ("sftp",)
    kind_of_server: ClassVar[str] = "an SFTP server"

    type: Literal["sftp"] = "sftp"
    connections: Annotated[int, Field(ge=1, le=32)] | None = None
    """Channels for one big file; empty: 4 on a line with latency, 8 from 30 ms, else 1."""
    fsync: bool = False
    """Have the server put each file on its disk before it is published."""
    shell: bool = True
    """Let the server compute checksums by sha256sum, if the account turns out to have a shell."""

    def build(self, env: Env) -> Store:
        from .store import Sftp
        return Sftp(self.login(env), self.path, connections=self.connections, timeout=self.timeout,
                    fsync=self.fsync, shell=self.shell)
