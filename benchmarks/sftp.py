"""Cells: between this machine and an OpenSSH server on loopback, near and made distant."""
from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from haulier.testing.servers.delay import Delay
from haulier.testing.servers.sshd import Sshd

from .files import arrived, big, fresh, tree
from .local import Into
from .measure import Cell, Contender, Goal
from .programs import Programs


class Lines:
    """One server and ways to it: `near`, and proxies that add a round trip."""

    def __init__(self, programs: Programs, place: Path) -> None:
        self.programs, self.place = programs, place
        self.server = Sshd(place / "sshd", home=place / "users")
        self.account = self.server.keyed
        self._proxies: list[Delay] = []
        self.ports = {"near": self.server.port}

    def add(self, name: str, seconds: float) -> None:
        """A line with `seconds` added to the round trip."""
        proxy = Delay(self.server.port, seconds / 2)
        self._proxies.append(proxy)
        self.ports[name] = proxy.port

    def configure(self) -> None:
        """The same login for everybody."""
        ssh = self.place / "ssh_config"
        keys = "\n".join(line.split(" ", 1)[1] for line in self.server.known_hosts.read_text().splitlines())
        known = self.place / "known_hosts"
        known.write_text("".join(f"[127.0.0.1]:{port} {key}\n" for port in self.ports.values()
                                 for key in keys.splitlines()))
        ssh.write_text("".join(
            f"Host {name}\n HostName 127.0.0.1\n Port {port}\n User {self.account.name}\n"
            f" IdentityFile {self.account.key_file}\n UserKnownHostsFile {known}\n"
            for name, port in self.ports.items()))
        connections = "".join(
            f"  {name}: {{type: sftp, host: 127.0.0.1, port: {port}, username: {self.account.name},"
            f" key_file: {self.account.key_file}, known_hosts: {known}}}\n" for name, port in self.ports.items())
        self.programs.workspace.mkdir(exist_ok=True)
        (self.programs.workspace / "haulier.yaml").write_text("connections:\n" + connections)
        self.programs.rclone_config.write_text("".join(
            f"[{name}]\ntype = sftp\nhost = 127.0.0.1\nport = {port}\nuser = {self.account.name}\n"
            f"key_file = {self.account.key_file}\n" for name, port in self.ports.items()))
        self.ssh = ["-F", str(ssh)]

    def stop(self) -> None:
        for proxy in self._proxies:
            proxy.stop()
        self.server.stop()

    # Where things are on the server

    def there(self, name: str) -> tuple[str, Path]:
        """A path as the server names it, and the same on this machine."""
        return f"{self.account.folder.rstrip('/')}/{name}", self.account.local / name

    def upload(self, name: str, files: int, size: int,
               command: Callable[[str], Sequence[str]]) -> Contender:
        state: list[Path] = []

        def before() -> Sequence[str]:
            remote, local = self.there(fresh(Path("/")).name)
            state[:] = [local]
            local.mkdir()
            shutil.chown(local, self.account.name)
            return command(remote)
        return Contender(name, before, arrived(lambda: state[0], files, size))


def cells(lines: Lines, source: Path, line: str, label: str, goals: Sequence[Goal]) -> list[Cell]:
    """The same files up and down; OpenSSH takes part if there is a goal against it."""
    programs, ssh = lines.programs, lines.ssh
    sizes = [file.stat().st_size for file in source.rglob("*") if file.is_file()]
    files, size = len(sizes), sum(sizes)
    with_openssh = any(goal.peer.startswith("OpenSSH") for goal in goals)
    up = [
        lines.upload("haulier", files, size, lambda to: programs.copy(source, f"{line}:{to}")),
        lines.upload("rclone", files, size, lambda to: programs.rclone("copy", source, f"{line}:{to}")),
    ]
    if with_openssh:
        up.append(lines.upload("OpenSSH sftp", files, size, lambda to: batch(
            lines, line, f'put -r "{source}/." "{to}"')))
        up.append(lines.upload("OpenSSH scp", files, size, lambda to: [
            "scp", "-q", "-r", *ssh, f"{source}/.", f"{line}:{to}"]))
    remote, local = lines.there(f"down-{source.name}")
    if not local.exists():
        shutil.copytree(source, local)
    into = Into(lines.place / "down", files, size)
    down = [
        into.contender("haulier", lambda to: programs.copy(f"{line}:{remote}", to)),
        into.contender("rclone", lambda to: programs.rclone("copy", f"{line}:{remote}", to)),
    ]
    if with_openssh:
        down.append(into.contender("OpenSSH sftp", lambda to: batch(lines, line, f'get -r "{remote}" "{to}"')))
        down.append(into.contender("OpenSSH scp", lambda to: [
            "scp", "-q", "-r", *ssh, f"{line}:{remote}", str(to)]))
    return [Cell(f"local → SFTP {label}", up, goals), Cell(f"SFTP → local {label}", down, goals)]


def batch(lines: Lines, line: str, command: str) -> Sequence[str]:
    file = fresh(lines.place / "batches")
    file.parent.mkdir(exist_ok=True)
    file.write_text(command + "\n")
    return ["sftp", "-q", *lines.ssh, "-b", str(file), line]


def all_cells(lines: Lines, place: Path, *, quick: bool) -> list[Cell]:
    one = big(place / "one" / "file", (64 if quick else 1024) << 20).parent
    small = tree(place / "small2000", 2000, 16384)
    far_one = big(place / "far" / "file", (16 if quick else 256) << 20).parent
    far_small = tree(place / "small500", 500, 16384)
    return [
        *cells(lines, one, "near", f"1 × {64 if quick else 1024} MiB", [Goal(2, "rclone"), Goal(0.95, "OpenSSH sftp")]),
        *cells(lines, small, "near", "2,000 × 16 KiB", [Goal(8, "rclone"), Goal(1.3, "OpenSSH sftp")]),
        *cells(lines, far_one, "ms50", f"1 × {16 if quick else 256} MiB, 50 ms added", [Goal(3, "rclone")]),
        *cells(lines, far_small, "ms20", "500 × 16 KiB, 20 ms added", [Goal(20, "rclone")]),
    ]
