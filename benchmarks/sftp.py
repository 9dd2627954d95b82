"""Cells: between this machine and an OpenSSH server on loopback, near and made distant."""
from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from haulier.testing.servers.delay import Delay
from haulier.testing.servers.sshd import Sshd

from .files import Into, arrived, big, found, fresh, tree
from .measure import Command, Contender, Faster, Goal
from .stage import Cell, Stage


class Load(NamedTuple):
    """So many files of one size, over a line with so many milliseconds of round trip more."""

    label: str
    files: int
    size: int
    goals: Sequence[Goal]
    delay: int = 0


def cells(*, quick: bool) -> Iterator[Cell]:
    one, far, many, few = (64, 16, 200, 50) if quick else (1024, 256, 2000, 500)
    loads = [
        Load(f"1 × {one:,} MiB", 1, one << 20, [Faster(2, "rclone"), Faster(0.95, "OpenSSH sftp")]),
        Load(f"{many:,} × 16 KiB", many, 16384, [Faster(8, "rclone"), Faster(1.3, "OpenSSH sftp")]),
        Load(f"1 × {far} MiB, 50 ms added", 1, far << 20, [Faster(3, "rclone")], 50),
        Load(f"{few} × 16 KiB, 20 ms added", few, 16384, [Faster(20, "rclone")], 20),
    ]
    for load in loads:
        yield Cell(f"local → SFTP {load.label}", uploads(load), load.goals)
        yield Cell(f"SFTP → local {load.label}", downloads(load), load.goals)


class Ssh:
    """A server, and `far`: the way to it that all programs have settings for. `way` may lead it through a proxy."""

    def __init__(self, stage: Stage, way: Callable[[int], int] = lambda port: port) -> None:
        self.programs = stage.programs
        self._batches = stage.place / "batches"
        server = Sshd(stage.place / "sshd", home=stage.place / "users")
        stage.callback(server.stop)
        self._account = server.keyed
        port, known, config = way(server.port), stage.place / "known_hosts", stage.place / "ssh_config"
        known.write_text("".join(f"[127.0.0.1]:{port} {line.split(' ', 1)[1]}\n"
                                 for line in server.known_hosts.read_text().splitlines()))
        user, key = self._account.name, str(self._account.key_file)
        config.write_text(f"Host far\n HostName 127.0.0.1\n Port {port}\n User {user}\n IdentityFile {key}\n"
                          f" UserKnownHostsFile {known}\n")
        self.options = ["-F", str(config)]
        self.login = {"host": "127.0.0.1", "port": port, "username": user, "key_file": key, "known_hosts": str(known)}
        for name, kind in (("far", "sftp"), ("far_scp", "scp")):
            self.programs.connection(name, type=kind, **self.login)
        self.programs.remote("far", type="sftp", host="127.0.0.1", port=port, user=user, key_file=key)

    def there(self, name: str) -> tuple[str, Path]:
        """A path as the server names it, and the same on this machine."""
        return f"{self._account.folder.rstrip('/')}/{name}", self._account.local / name

    def folder(self) -> tuple[str, Path]:
        """A new folder that the user may write to."""
        remote, local = self.there(fresh(self._account.local).name)
        local.mkdir()
        shutil.chown(local, self._account.name)
        return remote, local

    def upload(self, name: str, wanted: tuple[int, int], words: Callable[[str], Sequence[str]]) -> Command:
        at: list[Path] = []

        def before() -> Sequence[str]:
            remote, local = self.folder()
            at[:] = [local]
            return words(remote)
        return self.programs.command(name, before, lambda: arrived(at[0], wanted))

    def batch(self, command: str) -> Sequence[str]:
        file = fresh(self._batches)
        file.write_text(command + "\n")
        return ["sftp", "-q", *self.options, "-b", str(file), "far"]


def prepared(stage: Stage, load: Load, where: Callable[[Ssh], Path]) -> tuple[Ssh, Path]:
    """The server and the files to move."""
    ssh = Ssh(stage, lambda port: stage.enter_context(Delay(port, load.delay / 2000)).port if load.delay else port)
    source = where(ssh)
    return ssh, big(source / "file", load.size).parent if load.files == 1 else tree(source, load.files, load.size)


def uploads(load: Load) -> Callable[[Stage], Sequence[Contender]]:
    def prepare(stage: Stage) -> Sequence[Contender]:
        ssh, source = prepared(stage, load, lambda _: stage.place / "source")
        programs, wanted = stage.programs, found(source)
        contenders = [
            ssh.upload("haulier", wanted, lambda to: programs.copy(source, f"far:{to}")),
            ssh.upload("rclone", wanted, lambda to: programs.rclone("copy", source, f"far:{to}")),
        ]
        if not load.delay:
            contenders += [
                ssh.upload("OpenSSH sftp", wanted, lambda to: ssh.batch(f'put -r "{source}/." "{to}"')),
                ssh.upload("OpenSSH scp", wanted, lambda to: [
                    "scp", "-q", "-r", *ssh.options, f"{source}/.", f"far:{to}"]),
            ]
        return contenders
    return prepare


def downloads(load: Load) -> Callable[[Stage], Sequence[Contender]]:
    def prepare(stage: Stage) -> Sequence[Contender]:
        ssh, local = prepared(stage, load, lambda ssh: ssh.there("source")[1])
        programs, (remote, _) = stage.programs, ssh.there("source")
        into = Into(programs, stage.place / "out", found(local))
        contenders = [
            into.command("haulier", lambda to: programs.copy(f"far:{remote}", to)),
            into.command("rclone", lambda to: programs.rclone("copy", f"far:{remote}", to)),
        ]
        if not load.delay:
            contenders += [
                into.command("OpenSSH sftp", lambda to: ssh.batch(f'get -r "{remote}" "{to}"')),
                into.command("OpenSSH scp", lambda to: ["scp", "-q", "-r", *ssh.options, f"far:{remote}", str(to)]),
            ]
        return contenders
    return prepare
