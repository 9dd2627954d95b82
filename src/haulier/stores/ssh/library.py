"""A channel made by asyncssh, for machines without an ssh program. Its loop stays in here."""
from __future__ import annotations

import asyncio
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...model.errors import Denied, HaulierError, Invalid, Unavailable, Unsupported
from .carrier import Carrier
from .login import Login
from .trouble import changed_key, unknown_key, wrong_key

if TYPE_CHECKING:
    import asyncssh

BLOCK = 1 << 18
CIPHERS = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com",
           "aes128-ctr", "aes192-ctr", "aes256-ctr"]


class Library(Carrier):
    """One asyncssh connection with a loop in a thread, joined to us by a pair of sockets."""

    def __init__(self, login: Login, remote: str, *, subsystem: bool = False, key_kind: str = "") -> None:
        self._login = login
        self._remote = {"subsystem": remote} if subsystem else {"command": remote}
        self._key_kind = key_kind
        self._error: HaulierError | None = None
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.reader = self.writer = self._ours.fileno()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name=f"asyncssh {login.place}", daemon=True)
        self._thread.start()

    def settled(self) -> None:
        pass

    def finish(self) -> None:
        self._ours.shutdown(socket.SHUT_WR)

    def why(self) -> HaulierError:
        self._thread.join(5)
        return self._error or Unavailable(f"{self._login.place}: the connection was lost")

    def close(self) -> None:
        if self.reader < 0:
            return
        self.reader = self.writer = -1
        self._ours.close()
        try:
            self._loop.call_soon_threadsafe(self._cancel)
        except RuntimeError:
            pass    # it has ended already
        self._thread.join(5)

    def _cancel(self) -> None:
        if self._task:
            self._task.cancel()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._carry())
        except (asyncio.CancelledError, KeyboardInterrupt):
            pass
        finally:
            self._theirs.close()

    async def _carry(self) -> None:
        import asyncssh
        self._task = asyncio.current_task()
        if self.reader < 0:
            return      # closed before it began
        keys = _HostKeys(self._login)
        try:
            options = self._options()
            keys.look_into(options["config"])
            options |= {"known_hosts": keys.trusted, "client_factory": keys.client}
            async with asyncssh.connect(self._login.host, **options) as connection:
                keys.remember()
                await self._join(connection)
        except asyncssh.ChannelOpenError as error:
            lacking = ("offers no SFTP: use type scp" if "subsystem" in self._remote else
                       "runs no commands; if it allows only SFTP, use type sftp")
            self._error = Unsupported(f"{self._login.place}: the server {lacking} ({error.reason})")
        except HaulierError as error:
            self._error = error
        except (asyncssh.Error, OSError, TimeoutError, ValueError) as error:
            self._error = keys.error or _translated(self._login, error)

    def _options(self) -> dict[str, Any]:
        login = self._login
        given: dict[str, Any] = {
            "connect_timeout": login.connect_timeout, "login_timeout": login.connect_timeout,
            "keepalive_interval": 15, "keepalive_count_max": 4,
            "compression_algs": ["zlib@openssh.com", "none"] if login.compression else None}
        configs = [login.ssh_config] if login.ssh_config else [Path("~/.ssh/config").expanduser(),
                                                               Path("/etc/ssh/ssh_config")]
        given["config"] = [str(file) for file in configs if os.access(file, os.R_OK)]
        if login.port:
            given["port"] = login.port
        if login.username:
            given["username"] = login.username
        if not any("ciphers" in Path(file).read_text(errors="replace").lower() for file in given["config"]):
            given["encryption_algs"] = CIPHERS
        if self._key_kind:
            given["server_host_key_algs"] = self._key_kind.split(",")
        return given | self._identity()

    def _identity(self) -> dict[str, Any]:
        login = self._login
        given: dict[str, Any] = {}
        if login.password is not None:
            given |= {"password": login.password,
                      "preferred_auth": ["password", "keyboard-interactive", "publickey"]}
        if login.passphrase is not None:
            given["passphrase"] = login.passphrase
        if login.key_file:
            if not login.key_file.is_file():
                raise Invalid(f"{login.key_file}: no such key file")
            given |= {"client_keys": [str(login.key_file)], "agent_path": None}
        return given

    async def _join(self, connection: asyncssh.SSHClientConnection) -> None:
        """Carry bytes both ways until the far side ends or we are closed."""
        loop = asyncio.get_running_loop()
        stdin, stdout, _ = await connection.open_session(encoding=None, **self._remote)

        async def pour() -> None:
            while data := await loop.sock_recv(self._theirs, BLOCK):
                stdin.write(data)
                await stdin.drain()
            stdin.write_eof()

        up = asyncio.create_task(pour())
        try:
            while data := await stdout.read(BLOCK):
                await loop.sock_sendall(self._theirs, data)
        finally:
            up.cancel()
            await asyncio.gather(up, return_exceptions=True)


class _HostKeys:
    """The same rules as ssh's: known, pinned, or remembered when first seen."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._new = b""
        self.error: Denied | None = None
        self._files: list[Path] = []

    def look_into(self, config: list[str]) -> None:
        """Find the known_hosts files: ours, those that the configuration names, or the usual ones."""
        import asyncssh
        said = asyncssh.SSHClientConnectionOptions(config=config, host=self._login.host).known_hosts
        named = [Path(file).expanduser() for file in said] if isinstance(said, list) else []
        usual = [Path("~/.ssh/known_hosts").expanduser(), Path("/etc/ssh/ssh_known_hosts")]
        self._files = [self._login.known_hosts] if self._login.known_hosts else named or usual

    def trusted(self, host: str, addr: str, port: int | None) -> Any:
        """Keys to trust for a host, in asyncssh's form."""
        import asyncssh
        files = [str(file) for file in self._files if file.exists()]
        if self._login.host_key or not files:
            return [], [], [], [], [], [], []
        return asyncssh.read_known_hosts(files).match(host, addr, port)

    def client(self) -> Any:
        """An asyncssh client that asks us about every key not trusted."""
        import asyncssh
        judge = self._judge

        class Client(asyncssh.SSHClient):
            def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
                return judge(host, addr, port, key)
        return Client()

    def _judge(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        shown = key.get_fingerprint()
        if self._login.host_key:
            if shown != self._login.host_key:
                self.error = wrong_key(self._login, shown)
        elif any(self.trusted(host, addr, port)[:2]):
            self.error = changed_key(self._login, shown)
        elif self._login.accept_new:
            name = f"[{host}]:{port}" if port != 22 else host
            self._new = name.encode() + b" " + key.export_public_key().strip() + b"\n"
        else:
            self.error = unknown_key(self._login, shown)
        return self.error is None

    def remember(self) -> None:
        """Write the key of a host seen for the first time to known_hosts."""
        if self._new:
            self._files[0].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._files[0].open("ab") as file:
                file.write(self._new)


def _translated(login: Login, error: Exception) -> HaulierError:
    import asyncssh
    if "bcrypt" in str(error):
        return Unsupported(f"{login.place}: asyncssh needs the package bcrypt for this key file")
    meanings: tuple[tuple[type[Exception] | tuple[type[Exception], ...], type[HaulierError], str], ...] = (
        (asyncssh.PermissionDenied, Denied, "login refused: check username, password and key"),
        ((asyncssh.KeyImportError, asyncssh.KeyEncryptionError), Denied,
         "the key file cannot be used (wrong passphrase, or not a private key)"),
        (asyncssh.KeyExchangeFailed, Unsupported, "client and server have no algorithm in common"),
        (asyncssh.ConfigParseError, Invalid, "ssh_config cannot be used"),
        (socket.gaierror, Unavailable, "the host name cannot be resolved"),
        (ConnectionRefusedError, Unavailable, "connection refused"),
        (TimeoutError, Unavailable, "no answer (timed out)"),
        (Exception, Unavailable, "the connection was lost"))
    kind, meaning = next((kind, meaning) for what, kind, meaning in meanings if isinstance(error, what))
    return kind(f"{login.place}: {meaning} ({str(error) or type(error).__name__})")
