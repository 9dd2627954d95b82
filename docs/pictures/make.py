"""Makes the pictures beside this file from real runs. Usage, as root: python docs/pictures/make.py

It starts an SFTP server and an S3 gateway on loopback, makes a workspace in /srv/transfers, runs the
commands for real, and lets rich draw what they printed. Everything is removed again.
"""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from haulier.testing.servers.rgw import Rgw
from haulier.testing.servers.sshd import Sshd

HERE = Path(__file__).parent
HOME = Path("/srv/transfers")
WIDTH = 112
HAULIER = shutil.which("haulier", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "haulier"

JOBS = """\
jobs:
  - job_id: payroll_to_bank
    source: { type: local, path: outgoing, file_pattern: "*.txt" }
    destination: { connection: bank, path: inbox }
    check: checksum
    settle: archive

  - job_id: nightly_backup
    source: { type: local, path: dumps }
    destination: { connection: offsite, path: nightly }
"""


class Screen:
    """What a person sees who types these commands."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self._new()

    def _new(self) -> None:
        self.console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: SIM115
        self.text = ""

    def type(self, command: str, *, seconds: float | None = None) -> None:
        """Run it; with `seconds`, kill it with signal 9 after so long."""
        shown = command if seconds is None else f"{command} & sleep {seconds:g}; kill -9 $!"
        process = subprocess.Popen(command.replace("haulier", HAULIER, 1).split(), cwd=HOME, env=self.env,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if seconds is not None:
            time.sleep(seconds)
            process.kill()
        said, _ = process.communicate()
        self.console.print(Text(f"$ {shown}", "bold cyan"), soft_wrap=True)
        self.console.print(Text(said.rstrip("\n")), overflow="fold") if said else None
        self.text += f"$ {shown}\n{said}"

    def save(self, name: str, title: str) -> None:
        drawn = self.console.export_svg(title=title, unique_id=name)
        # A picture that asks another site for its letters tells that site who looks at it.
        drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
        (HERE / f"{name}.svg").write_text(drawn)
        sys.stdout.write(f"--- {name}\n{self.text}\n")
        self.console.file.close()
        self._new()


def configure(sshd: Sshd, rgw: Rgw) -> None:
    account = sshd.keyed
    for name in ("outgoing", "dumps"):
        (HOME / name).mkdir()
    for path in (HERE.parents[1] / "samples").glob("*_*.*"):
        shutil.copy(path, HOME / "outgoing")
    (HOME / "dumps" / "orders.dump").write_bytes(os.urandom(1 << 20) * 96)
    for path in (*(HOME / "outgoing").iterdir(), *(HOME / "dumps").iterdir()):
        os.utime(path, (1_743_436_800, 1_743_436_800))
    (HOME / "ssh_config").write_text(
        f"Host sftp.bank.example\n  HostName 127.0.0.1\n  Port {sshd.port}\n  User {account.name}\n"
        f"  IdentityFile {account.key_file}\n  HostKeyAlias bank\n")
    kind, key, *_ = (sshd.folder / "host_ed25519.pub").read_text().split()
    (HOME / "known_hosts").write_text(f"bank {kind} {key}\n")
    (HOME / "haulier.yaml").write_text(
        "connections:\n"
        "  bank: { type: sftp, host: sftp.bank.example, port: null, ssh_config: ssh_config,"
        " known_hosts: known_hosts }\n"
        f"  offsite: {{ type: s3, bucket: {rgw.bucket('company-backups')}, endpoint_url: '{rgw.endpoint}',\n"
        "    access_key: '${S3_KEY}', secret_key: '${S3_SECRET}' }\n")
    with (HOME / ".env").open("a") as env:
        env.write(f"S3_KEY={rgw.key}\nS3_SECRET={rgw.secret}\n")
    (HOME / "configs" / "jobs.yaml").write_text(JOBS)


@contextmanager
def workspace() -> Iterator[Screen]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("HAULIER_")}
    env |= {"TERM": "dumb", "TZ": "UTC", "COLUMNS": str(WIDTH)}
    HOME.mkdir()
    try:
        screen = Screen(env)
        subprocess.run([HAULIER, "init", "."], cwd=HOME, env=env, check=True, stdout=subprocess.DEVNULL)
        yield screen
    finally:
        shutil.rmtree(HOME)


def main() -> None:
    with workspace() as screen, Sshd(HOME / "state" / "sshd") as sshd:
        rgw = Rgw()
        try:
            configure(sshd, rgw)
            screen.type("haulier plan payroll_to_bank")
            screen.type("haulier run payroll_to_bank")
            screen.type("haulier ls bank:inbox")
            screen.type("haulier why payroll_2025-03.txt")
            screen.save("why", "One job, and the story of one file")
            screen.type("haulier run nightly_backup --bwlimit 10MB/s", seconds=6)
            screen.type("haulier ls offsite:nightly")
            screen.type("haulier why orders.dump")
            screen.type("haulier run nightly_backup")
            screen.type("haulier history nightly_backup")
            screen.type("haulier run nightly_backup")
            screen.save("resume", "Killed, and run again")
        finally:
            rgw.stop()


if __name__ == "__main__":
    main()
