"""A real OpenSSH server on a loopback port of its own.

As root it makes two users of its own: one with a password, locked into a folder and to SFTP, and
one with a key and a shell. Otherwise it serves the current user, by key.
"""
from __future__ import annotations

import fcntl
import getpass
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .starting import free_port, is_open, until

PASSPHRASE = "a phrase with blanks"
_LEFT_OVER = re.compile(r"hv(\d+)x[0-9a-f]+[pk]")
_CLOSED = re.compile(r'close "(.+)" bytes read \d+ written (\d+)')


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in. `folder` is where the user may write, as SFTP names it."""

    name: str
    folder: str
    local: Path             # the same folder on this machine
    password: str = ""
    key_file: Path | None = None


class Sshd:
    """Started when made; `stop()` it. Raises RuntimeError where OpenSSH's server is missing.

    `home` is where the users' folders are made, if the usual place will not do.
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, *, sftp: bool = True, options: str = "",
                 home: Path | None = None) -> None:
        self._program = _found("sshd")
        self._sftp = _found("sftp-server") if sftp else ""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.known_hosts = folder / "known_hosts"
        self.log, self.sftp_log = folder / "sshd.log", folder / "sftp.log"
        self._mark = f"hv{os.getpid()}x{secrets.token_hex(3)}"
        # sshd refuses folders below a place where everybody may write, such as /tmp.
        self.home = home or (Path("/srv", self._mark) if os.geteuid() == 0 else folder / "home")
        self._users: list[str] = []
        try:
            self._make_keys()
            self.keyed, self.locked = self._make_accounts()
            self._write_configuration(options)
            self._start()
        except BaseException:
            self.stop()
            raise

    _process: subprocess.Popen[bytes] | None = None

    # What tests ask

    def fingerprint(self, kind: str = "ed25519") -> str:
        """Of the server's host key of this kind (ed25519 or rsa)."""
        said = _output("ssh-keygen", "-lf", str(self.folder / f"host_{kind}.pub"))
        return said.split()[1]

    def received(self, name: str) -> int:
        """Bytes that came in for file `name` or drafts of it, over every connection that closed it.

        Counts the key user's connections. Never waits: the server logs a close before it answers it.
        """
        draft = re.compile(rf"(.*/)?\.?{re.escape(name)}(\.h[0-9a-z]+\.part)?")
        found = _CLOSED.findall(self.sftp_log.read_text(errors="replace"))
        return sum(int(count) for path, count in found if draft.fullmatch(path))

    def pids(self) -> list[int]:
        """The server's process and those of its connections, the youngest first."""
        if not self._process:
            return []
        found, parents = [self._process.pid], _parents()
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found[::-1]

    def signal(self, sign: signal.Signals) -> None:
        """To the server and all its connections: SIGSTOP, SIGCONT, SIGKILL …"""
        for pid in self.pids():
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                continue

    def restart(self) -> None:
        """Kill it with all connections and start it again at the same port."""
        self._kill()
        self._start()

    def stop(self) -> None:
        """End it, remove its users and folders. May be called twice."""
        self._kill()
        if self._users:
            with _user_lock():
                for user in self._users:
                    _remove_user(user)
            self._users = []
        if self.home.parent == Path("/srv"):
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Making it

    def _make_keys(self) -> None:
        for name, kind, phrase in (("host_ed25519", "ed25519", ""), ("host_rsa", "rsa", ""),
                                   ("user", "ed25519", ""), ("user_phrase", "ed25519", PASSPHRASE),
                                   ("user_phrase_pem", "rsa", PASSPHRASE)):
            form = ["-m", "PEM"] if name.endswith("pem") else []
            form += ["-b", "2048"] if kind == "rsa" else []
            _output("ssh-keygen", "-q", "-t", kind, *form, "-N", phrase, "-f", str(self.folder / name))
        kind, key, *_ = (self.folder / "host_ed25519.pub").read_text().split()
        self.known_hosts.write_text(f"[{self.host}]:{self.port} {kind} {key}\n")

    def _make_accounts(self) -> tuple[Account, Account | None]:
        self.home.mkdir(mode=0o755)
        key = self.folder / "user"
        if os.geteuid() != 0:
            return Account(getpass.getuser(), str(self.home), self.home, key_file=key), None
        keyed = Account(self._mark + "k", str(self.home / "keyed"), self.home / "keyed", key_file=key)
        locked = Account(self._mark + "p", "/in", self.home / "cage" / "in", secrets.token_hex(8))
        with _user_lock():
            _sweep()
            for account in (keyed, locked):
                account.local.mkdir(parents=True)
                _output("useradd", "-M", "-d", str(account.local), "-s", "/bin/sh", account.name)
                self._users.append(account.name)
                shutil.chown(account.local, account.name)
            _output("usermod", "-p", "*", keyed.name)
            _output("chpasswd", given=f"{locked.name}:{locked.password}\n")
        return keyed, locked

    def _write_configuration(self, options: str) -> None:
        keys = self.home / "keys"
        keys.write_text("".join((self.folder / name).read_text() for name in (
            "user.pub", "user_phrase.pub", "user_phrase_pem.pub")))
        keys.chmod(0o644)
        self.sftp_log.touch()
        self.sftp_log.chmod(0o666)
        if os.geteuid() == 0:
            log = self.home / "sftp.log"    # where the users can reach it
            log.touch()
            log.chmod(0o666)
            self.sftp_log = log
        lines = [
            f"Port {self.port}", f"ListenAddress {self.host}", "PidFile none", "UsePAM no", "StrictModes no",
            f"HostKey {self.folder / 'host_ed25519'}", f"HostKey {self.folder / 'host_rsa'}",
            f"AuthorizedKeysFile {keys}", "KbdInteractiveAuthentication no", "LogLevel VERBOSE",
            "MaxStartups 200", f"PasswordAuthentication {'yes' if self.locked else 'no'}", options]
        if self._sftp:
            lines.append(f"Subsystem sftp exec {self._sftp} -e -l INFO 2>>{self.sftp_log}")
        if self.locked:
            lines += [f"AllowUsers {self.keyed.name} {self.locked.name}", f"Match User {self.locked.name}",
                      f"  ChrootDirectory {self.home / 'cage'}", "  ForceCommand internal-sftp",
                      f"Match User {self.keyed.name}", "  PasswordAuthentication no"]
        (self.folder / "sshd_config").write_text("\n".join(lines) + "\n")

    def _start(self) -> None:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        words = [self._program, "-D", "-f", str(self.folder / "sshd_config"), "-E", str(self.log)]
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        until(lambda: is_open(self.port), "sshd", server=self._process,
              log=lambda: self.log.read_text(errors="replace"))

    def _kill(self) -> None:
        if self._process:
            self.signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


def _found(name: str) -> str:
    places = os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/openssh:/usr/libexec/openssh:/usr/libexec"
    path = shutil.which(name, path=places)
    if not path:
        raise RuntimeError(f"{name} is not installed: the tests against SFTP need an OpenSSH server")
    return path


def _output(*words: str, given: str = "") -> str:
    done = subprocess.run(words, input=given, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed: {done.stderr.strip()}")
    return done.stdout


def _parents() -> dict[int, int]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    return found


@contextmanager
def _user_lock() -> Iterator[None]:
    """One process at a time changes the list of users."""
    with open(Path(tempfile.gettempdir(), "haulier-users.lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    """Remove users and folders of test processes that died."""
    for user in pwd.getpwall():
        match = _LEFT_OVER.fullmatch(user.pw_name)
        if match and not Path("/proc", match[1]).exists():
            _remove_user(user.pw_name)
            shutil.rmtree(Path("/srv", user.pw_name[:-1]), ignore_errors=True)


def _remove_user(name: str) -> None:
    """With what still runs for it: a session outlives the server's death for a moment."""
    try:
        number = pwd.getpwnam(name).pw_uid
    except KeyError:
        return
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if entry.stat().st_uid == number:
                os.kill(int(entry.name), signal.SIGKILL)
        except (OSError, ValueError):
            continue
    subprocess.run(["userdel", "-f", name], capture_output=True)
