"""Places as people type them: URLs, `connection:path`, and paths of this machine."""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..model.errors import Invalid
from . import registry
from .connections import Connections, is_near
from .filling import filled
from .problems import Problem, Problems, Where, nearest
from .secrets import Secrets, is_reference
from .spec import StoreSpec

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_NAMED = re.compile(r"([^/:]+):(.*)", re.DOTALL)
_USER = re.compile(r"(?<=://)([^/?#]*|[^/?#:@]*:(?!\d*(?:/|$)).*)@", re.DOTALL)
"""User and password, also where the password has a slash in it that should have been %2F."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that was typed; whether `spec.path` is a file or a folder is for others to find out."""

    spec: StoreSpec
    is_folder: bool
    """What was typed ends with a slash, or has no path: it can only be a folder."""

    def parent(self) -> tuple[StoreSpec, str]:
        """The store of the folder above, and the name in it; Invalid if there is nothing above."""
        folder, slash, name = self.spec.path.rstrip("/").rpartition("/")
        if not name or name in (".", "..", "~"):
            raise Invalid(f"{self}: this is a folder, not a file")
        return self.spec.model_copy(update={"path": folder or slash}), name

    def __str__(self) -> str:
        return self.spec.location()


def place(text: str, connections: Connections, secrets: Secrets, folder: Path) -> Place:
    """The place that `text` means; relative paths hang from `folder`. Invalid if it means none."""
    if not text:
        raise Invalid("an empty place: give a path, connection:path or a URL")
    if url := _URL.match(text):
        return _of_url(text, url[1].lower(), secrets, folder)
    named = _NAMED.fullmatch(text)
    if named and named[1] in connections.names():
        return Place(connections.at(named[1], named[2]), named[2] == "" or named[2].endswith("/"))
    if named and not (folder / text).exists() and not text.startswith(("~", ".")):
        raise Invalid(_unknown(text, named[1], named[2], connections.names()))
    return _local(text, secrets, folder)


def shown(text: str) -> str:
    """A place as it may be shown: without the password of a URL."""
    return _USER.sub(lambda match: match[1].partition(":")[0] + "@", text)


def has_password(text: str) -> bool:
    """Whether there is a URL in it with a password that is not only a reference to one."""
    passwords = (match[1].partition(":")[2] for match in _USER.finditer(text))
    return any(password and not is_reference(password) for password in passwords)


def _of_url(url: str, scheme: str, secrets: Secrets, folder: Path) -> Place:
    name, spec = registry.for_scheme(scheme)
    try:
        parts = urlsplit(url)
        if (parts.password and not parts.hostname) or parts.port == 0:    # port: may raise
            raise ValueError
        settings = dict(spec.from_url(url))
    except Invalid as error:
        raise Invalid(_without_password(str(error), url)) from None
    except ValueError:
        raise Invalid(f"{shown(url)}: not a URL; in a user name or a password write %40 for @, "
                      "%2F for / and %3A for :") from None
    if settings.get("type") == name and "type" not in spec.model_fields:
        del settings["type"]
    made = _filled(spec, settings, secrets, url)
    if is_near(made) and not made.path.startswith("/"):
        raise Invalid(f"{shown(url)}: a relative path in a URL; write it without {scheme}://")
    return Place(made, not made.path or parts.path.endswith("/"))


def _local(text: str, secrets: Secrets, folder: Path) -> Place:
    _, spec = registry.for_scheme("file")
    path = folder / Path(text).expanduser()
    made = _filled(spec, {"path": str(path).replace("${", "$${")}, secrets, text)
    return Place(made, text.endswith("/") or path.name in ("", ".."))


def _filled(spec: type[StoreSpec], settings: Mapping[str, Any], secrets: Secrets,
            text: str) -> StoreSpec:
    def locate(where: Where, said: str, hint: str) -> Problem:
        return Problem(shown(text), 0, ".".join(map(str, where)), said, hint)

    try:
        return filled(spec, settings, secrets, locate)
    except Problems as error:
        raise Invalid(_without_password(str(error), text)) from None


def _without_password(said: str, url: str) -> str:
    """`said` with the password of `url` taken out, however it was written."""
    said = said.replace(url, shown(url))
    for match in _USER.finditer(url):
        password = match[1].partition(":")[2]
        for written in sorted({password, unquote(password)} - {""}, key=len, reverse=True):
            said = said.replace(written, "…")
    return said


def _unknown(text: str, name: str, rest: str, known: tuple[str, ...]) -> str:
    if "@" in name:
        return (f"{text}: write it as a URL: sftp://{name}/~/{rest}" if not rest.startswith("/")
                else f"{text}: write it as a URL: sftp://{name}{rest}")
    hint = nearest(name, known) or "this workspace has none"
    return f'no connection is called "{name}"; {hint}; a file of that name is ./{text}'
