"""The settings of a folder on a server with a shell and scp."""
from __future__ import annotations

from typing import ClassVar, Literal

from ...ports import Store
from ...settings.spec import Env
from ..ssh.settings import SshSpec


class ScpSpec(SshSpec):
    """Server with a shell and scp, but no SFTP"""

    schemes: ClassVar[tuple[str, ...]] = ("scp",)
    kind_of_server: ClassVar[str] = "a server with scp"

    type: Literal["scp"] = "scp"

    def build(self, env: Env) -> Store:
        from .store import Scp
        return Scp(self.login(env), self.path, timeout=self.timeout)
