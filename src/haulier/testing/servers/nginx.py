"""An nginx of one's own on loopback, with a configuration as people write it for theirs."""
from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from . import bound
from .starting import is_open, until

PATIENCE = 100.0  # seconds for the server to start or stop
MAIN = """\
daemon off;
master_process off;     # one process, which ends whole
pid {folder}/pid;
error_log {folder}/log;
events {{}}
http {{
    access_log off;
    {temporary}
    include {folder}/site.conf;
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass
class Nginx:
    """Serves `site` at `port`. `changed` says what of it is different here: each key must be there, once."""

    folder: Path
    site: str
    changed: Mapping[str, str]
    port: int

    def __enter__(self) -> Self:
        temporary = "".join(f"{one}_temp_path {self.folder}/{one}; " for one in TEMPORARY)
        (self.folder / "main.conf").write_text(MAIN.format(folder=self.folder, temporary=temporary))
        (self.folder / "site.conf").write_text(self._here())
        self._server = subprocess.Popen(
            bound([program(), "-c", f"{self.folder}/main.conf", "-p", str(self.folder), "-e", f"{self.folder}/log"]),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(lambda: is_open(self.port), "nginx", PATIENCE, server=self._server, log=lambda: self.log)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._server.kill()
        self._server.wait(PATIENCE)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _here(self) -> str:
        text = self.site
        for old, new in self.changed.items():
            if (found := text.count(old)) != 1:
                raise ValueError(f"the configuration of nginx must have {old!r} once; it has it {found} times")
            text = text.replace(old, new)
        return text


def program() -> str:
    """Where nginx is; FileNotFoundError if it is not on this machine."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError("no nginx on this machine")
    return found
