"""The settings that everything reached over SSH has in common."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import Field, SecretStr, field_validator

from ...model.errors import Invalid
from ...settings.spec import Env, StoreSpec
from .login import Login

_HOST = re.compile(r"[^\s/@\-][^\s/@]*")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


class SshSpec(StoreSpec):
    """Folder on a server that one logs in to by SSH. The first of a subclass's `schemes` is its type."""

    kind_of_server: ClassVar[str] = "an SSH server"
    """As messages call it."""

    path: str = ""
    """Folder on the server; a relative one hangs from the folder one logs in to."""
    host: str = "localhost"
    """Name or address of the server, or a Host of ssh_config."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = 22
    """Port; empty: what ssh_config says."""
    username: str | None = None
    """User to log in as; empty: what ssh_config says, or the local user."""
    password: SecretStr | None = None
    """Password; tried before any key."""
    key_file: Path | None = None
    """Private key; without one, the SSH agent's and the default keys are tried."""
    passphrase: SecretStr | None = None
    """Passphrase of the private key."""
    known_hosts: Path | None = None
    """File with the host keys to believe; empty: the user's and the system's."""
    host_key: str | None = None
    """Fingerprint (SHA256:…) that the server's key must have; known_hosts is then not looked at."""
    unknown_hosts: Literal["refuse", "accept-new"] = "refuse"
    """What to do about a server whose key was never seen: refuse it, or remember its key."""
    ssh_config: Path | None = None
    """OpenSSH client configuration (jump hosts, algorithms); empty: the user's and the system's."""
    connect_timeout: Annotated[float, Field(gt=0)] = 30.0
    """Seconds until a connection that does not come about is given up."""
    timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds without a byte from a server that owes an answer, until it is given up."""
    compression: bool = False
    """Compress on the line; pays off on slow lines only."""
    client: Literal["auto", "ssh", "asyncssh"] = "auto"
    """SSH client: the ssh program, the asyncssh library, or the first of them that is there."""

    @field_validator("host")
    @classmethod
    def _is_host(cls, host: str) -> str:
        if not _HOST.fullmatch(host):
            raise ValueError(f"not a host name: {host!r}")
        return host

    @field_validator("host_key")
    @classmethod
    def _is_fingerprint(cls, key: str | None) -> str | None:
        if key is not None and not _FINGERPRINT.fullmatch(key.rstrip("=")):
            raise ValueError("a host key's fingerprint looks like SHA256: and 43 letters (ssh-keygen -lf)")
        return key.rstrip("=") if key else None

    @field_validator("password", "passphrase")
    @classmethod
    def _is_one_line(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and any(char in secret.get_secret_value() for char in "\n\r\0"):
            raise ValueError("it must be one line")
        return secret

    @classmethod
    def from_url(cls, url: str) -> Mapping[str, Any]:
        """`scheme://user@host:port/folder`, or `…/~/folder` for one below the login folder."""
        try:
            parts = urlsplit(url)
            found: dict[str, Any] = {"host": unquote(parts.hostname or ""), "port": parts.port or 22}
        except ValueError as error:
            raise Invalid(f"not a usable URL ({error})") from error
        if parts.scheme not in cls.schemes or not found["host"] or parts.query or parts.fragment:
            raise Invalid(f"a URL of {cls.kind_of_server} looks like {cls.schemes[0]}://user@host:22/folder")
        path = unquote(parts.path)
        found["path"] = path[2:].lstrip("/") if path == "/~" or path.startswith("/~/") else path
        if parts.username:
            found["username"] = unquote(parts.username)
        if parts.password:
            found["password"] = unquote(parts.password)
        return {"type": cls.schemes[0]} | found

    def location(self) -> str:
        user = f"{quote(self.username, safe='')}@" if self.username else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port not in (None, 22) else ""
        path = self.path if self.path.startswith("/") else "/~/" + self.path.removeprefix("~").lstrip("/")
        return f"{self.schemes[0]}://{user}{host}{port}{quote(path)}"

    def login(self, env: Env) -> Login:
        """How to log in, with paths of this machine and secrets resolved."""
        def file(path: Path | None) -> Path | None:
            return None if path is None else env.home / path.expanduser()

        def plain(secret: SecretStr | None) -> str | None:
            return None if secret is None else env.secret(secret)

        return Login(host=self.host, port=self.port, username=self.username,
                     password=plain(self.password), key_file=file(self.key_file),
                     passphrase=plain(self.passphrase), known_hosts=file(self.known_hosts),
                     host_key=self.host_key, accept_new=self.unknown_hosts == "accept-new",
                     ssh_config=file(self.ssh_config), connect_timeout=self.connect_timeout,
                     compression=self.compression, client=self.client)


def shown_before(**places: str) -> Callable[[dict[str, Any]], None]:
    """For json_schema_extra: where forms and documents show a subclass's own settings, if not at the end."""
    def arrange(schema: dict[str, Any]) -> None:
        fields = schema["properties"]
        order = list(fields)
        for name, other in places.items():
            order.remove(name)
            order.insert(order.index(other), name)
        schema["properties"] = {name: fields[name] for name in order}
    return arrange
