"""The command line and configuration that the ssh program is started with."""
from __future__ import annotations

from pathlib import Path

from ...model.errors import Invalid
from .login import Login

_AFTER_THE_USERS = """\
Host *
  Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,\
aes128-ctr,aes192-ctr,aes256-ctr
  ServerAliveInterval 15
  ServerAliveCountMax 4
"""
"""Settings that only hold where the user's own configuration says nothing: ssh takes the first."""

_ALWAYS = (
    "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no",
    "RemoteCommand=none", "RequestTTY=no", "EscapeChar=none", "ControlPersist=no",
    "LogLevel=INFO", "UpdateHostKeys=no", "CheckHostIP=no", "NumberOfPasswordPrompts=1",
)


def quoted(value: str | Path) -> str:
    """A value for ssh's configuration, where blanks separate and % means something."""
    text = str(value)
    if any(char in text for char in '"\n\\'):
        raise Invalid(f"ssh cannot take this in its configuration: {text!r}")
    return '"' + text.replace("%", "%%") + '"'


def configuration(login: Login) -> str:
    """The text of a configuration file: the user's first, then our preferences."""
    if login.ssh_config:
        files = [login.ssh_config]
    else:
        files = [Path("~/.ssh/config").expanduser(), Path("/etc/ssh/ssh_config")]
    included = [f'Include "{file}"\n' for file in files if file.exists()]
    if login.ssh_config and not included:
        raise Invalid(f"{login.ssh_config}: no such ssh_config")
    return "".join(included) + _AFTER_THE_USERS


def command(login: Login, folder: Path, *, key_kind: str = "", line: Path | None = None,
            beside: Path | None = None) -> list[str]:
    """`ssh` with everything up to the host, reading its configuration from `folder`.

    Its channel goes over the connection whose socket is `beside`, if that can be; else it makes a connection,
    which others may share by the socket `line`.
    """
    socket = beside or line
    options = [*_ALWAYS, f"ControlMaster={'yes' if line and not beside else 'no'}",
               f"ControlPath={quoted(socket) if socket else 'none'}",
               f"ConnectTimeout={max(1, round(login.connect_timeout))}",
               f"Compression={'yes' if login.compression else 'no'}",
               *_identity(login), *_host_keys(login, folder)]
    if key_kind:
        options.append(f"HostKeyAlgorithms={key_kind}")
    words = ["ssh", "-F", str(folder / "config"), "-T"]
    for option in options:
        words += ["-o", option]
    if login.port:
        words += ["-p", str(login.port)]
    if login.username:
        words += ["-l", login.username]
    return words


def _identity(login: Login) -> list[str]:
    options = []
    if login.key_file:
        if not login.key_file.is_file():
            raise Invalid(f"{login.key_file}: no such key file")
        options += [f"IdentityFile={quoted(login.key_file)}", "IdentitiesOnly=yes"]
    if login.password is not None:
        options.append("PreferredAuthentications=password,keyboard-interactive,publickey")
    elif login.passphrase is not None:
        options.append("PreferredAuthentications=publickey")
    else:
        options.append("BatchMode=yes")
    return options


def _host_keys(login: Login, folder: Path) -> list[str]:
    if login.host_key:
        return ["StrictHostKeyChecking=yes", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null",
                f"KnownHostsCommand=/bin/sh {quoted(folder / 'pinned')} %f %H %t %K"]
    options = [f"StrictHostKeyChecking={'accept-new' if login.accept_new else 'yes'}"]
    if login.known_hosts:
        options += [f"UserKnownHostsFile={quoted(login.known_hosts)}", "GlobalKnownHostsFile=/dev/null"]
    return options
