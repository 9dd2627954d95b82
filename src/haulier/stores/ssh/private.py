"""A folder only we can enter, for what ssh reads while it logs in: no secret is ever in a file."""
from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path

from .login import Login
from .options import configuration

_ASKPASS = """\
#!/bin/sh
cd "${0%/*}" || exit 1
question=$(printf '%s' "$1" | tr '\\n' ' ')
kill -0 @PID@ || exit 1     # nobody would read this, nor ever answer
printf '%s %s\\n' "$PPID" "$question" > ask
kill -0 @PID@ || exit 1
IFS= read -r line < answer || exit 1
case $line in
  +*) printf '%s\\n' "${line#+}" ;;
  *) exit 1 ;;
esac
"""

_PINNED = """\
[ "$1" = NONE ] && exit 0
printf '%s\\n' "$1" > "${0%/*}/shown"
[ "$1" = '@KEY@' ] && printf '%s %s %s\\n' "$2" "$3" "$4"
exit 0
"""


class Private:
    """`ask` and `answer` are pipes with names: ssh's askpass program asks, we may answer."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._told: set[str] = set()
        self.folder = Path(tempfile.mkdtemp(prefix="hv-ssh-", dir=_where()))
        self.ask = self._answer = -1
        self.line = self.folder / "line" if _takes_sockets(self.folder) else None
        try:
            self._fill()
        except BaseException:
            self.remove()
            raise

    def _fill(self) -> None:
        (self.folder / "config").write_text(configuration(self._login))
        if self._login.host_key:
            (self.folder / "pinned").write_text(_PINNED.replace("@KEY@", self._login.host_key))
        if not self.has_secrets:
            return
        script = self.folder / "askpass"
        script.write_text(_ASKPASS.replace("@PID@", str(os.getpid())))
        script.chmod(0o700)
        for name in ("ask", "answer"):
            os.mkfifo(self.folder / name, 0o600)
        # Opened for both: neither side then waits for the other to open its end.
        self.ask = os.open(self.folder / "ask", os.O_RDWR | os.O_NONBLOCK)
        self._answer = os.open(self.folder / "answer", os.O_RDWR | os.O_NONBLOCK)

    @property
    def has_secrets(self) -> bool:
        return self._login.password is not None or self._login.passphrase is not None

    def environment(self) -> dict[str, str]:
        """What ssh must find in its environment to ask us, and nobody else."""
        given = dict(os.environ)
        if not self.has_secrets:
            return given | {"SSH_ASKPASS_REQUIRE": "never"}
        given.setdefault("DISPLAY", ":0")   # OpenSSH before 8.4 asks only if there is one
        return given | {"SSH_ASKPASS": str(self.folder / "askpass"), "SSH_ASKPASS_REQUIRE": "force"}

    def reply(self, pid: int) -> None:
        """Answer a waiting question if it comes from process `pid` and was not answered before."""
        try:
            asked = os.read(self.ask, 4096).decode(errors="replace")
        except BlockingIOError:
            return
        asker, _, question = asked.partition(" ")
        secret = self._secret_for(question) if asker == str(pid) else None
        os.write(self._answer, b"-\n" if secret is None else f"+{secret}\n".encode())

    def _secret_for(self, question: str) -> str | None:
        """Each secret is told once: a second question means that it was wrong."""
        kind = "passphrase" if question.startswith("Enter passphrase for") else (
            "password" if "assword" in question else "")
        if not kind or kind in self._told:
            return None
        self._told.add(kind)
        return self._login.passphrase if kind == "passphrase" else self._login.password

    def shown(self) -> str:
        """The fingerprint of the host key that was compared with the pinned one."""
        try:
            return (self.folder / "shown").read_text().strip()
        except OSError:
            return ""

    def open_line(self) -> int:
        """A descriptor of the socket by which others share the connection, to outlive the folder; -1: none."""
        try:
            return os.open(self.line, os.O_PATH) if self.line else -1
        except OSError:
            return -1

    def remove(self) -> None:
        """Take everything away. May be called twice."""
        for fd in (self.ask, self._answer):
            if fd >= 0:
                os.close(fd)
        self.ask = self._answer = -1
        shutil.rmtree(self.folder, ignore_errors=True)


def _takes_sockets(folder: Path) -> bool:
    """Whether ssh can listen here: it gives up if it cannot. Long names and odd file systems do not do."""
    if not hasattr(os, "O_PATH"):
        return False
    longest = folder / f"line.{'x' * 16}"   # as ssh names it at first
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(longest))
            os.link(longest, folder / "line")
    except OSError:
        return False
    finally:
        longest.unlink(missing_ok=True)
        (folder / "line").unlink(missing_ok=True)
    return True


def _where() -> str | None:
    """A place where a program may be started from, if the usual one forbids that."""
    for place in (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), str(Path.home())):
        try:
            if place and not os.statvfs(place).f_flag & os.ST_NOEXEC and os.access(place, os.W_OK):
                return place
        except OSError:
            continue
    return None
