"""SHA-256 computed by the server: one command for any number of files."""
from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence

from ...model.errors import HaulierError, Unavailable
from ...model.files import Outcome, temporary
from ...model.names import checked
from ..ssh.dial import Dialer
from ..ssh.execute import execute
from . import packet
from .tree import Tree
from .wire import Wire

COMMAND = "xargs -0 sha256sum"
PATIENCE = 30.0
"""Seconds to wait for a shell that may never answer."""
_LINE = re.compile(rb"(\\?)([0-9a-f]{64}) [ *](.+)", re.DOTALL)
_ESCAPED = re.compile(rb"\\([\\nr])")
_ESCAPES = {b"\\": b"\\", b"n": b"\n", b"r": b"\r"}


class Checksums:
    """Asks the account's shell, once it has proved to see the same files as SFTP does."""

    def __init__(self, dialer: Dialer, tree: Tree) -> None:
        self._dialer, self._tree = dialer, tree
        self._home = b""
        self._proved: bool | None = None

    def trusted(self, wire: Wire) -> bool:
        """Whether the account has a shell that sees the same files as SFTP. Tries it out once."""
        if self._proved is None:
            kind, body = wire.call(packet.about(packet.REALPATH, b"."))
            if kind == packet.NAME:
                self._home = next(packet.names(body))[0]
            self._proved = any(self._prove(wire, tree) for tree in (self._tree, Tree("")))
        return self._proved

    def _prove(self, wire: Wire, tree: Tree) -> bool:
        mark = secrets.token_hex(8)
        name = temporary("proof", mark)
        ask = packet.opening(tree.at(name), packet.FOR_WRITE | packet.CREATE | packet.TRUNCATE)
        kind, body = wire.call(ask)
        if kind != packet.HANDLE:
            return False
        handle, _ = packet.string(body)
        try:
            wire.call(packet.writing(handle, 0, mark.encode()))
            wire.call(packet.closing(handle))
            remote = self._absolute(tree, name)
            return self._ask([remote], PATIENCE).get(remote) == hashlib.sha256(mark.encode()).digest()
        except HaulierError:
            return False
        finally:
            if not wire.dead:
                wire.call(packet.about(packet.REMOVE, tree.at(name)))

    def digests(self, wire: Wire, paths: Sequence[str]) -> Iterator[Outcome]:
        """The digest of each file, or why there is none."""
        remote = {path: self._absolute(self._tree, checked(path)) for path in paths}
        found = self._ask(list(remote.values()), None)
        for path, name in remote.items():
            digest = found.get(name)
            yield Outcome(path, data=digest) if digest else Outcome(path, self._why_none(wire, path))

    def _why_none(self, wire: Wire, path: str) -> HaulierError:
        try:
            wire.run(self._tree.stat(path))
        except HaulierError as error:
            return error
        return Unavailable(f"{path}: the server gave no checksum")

    def _absolute(self, tree: Tree, path: str) -> bytes:
        name = tree.at(path)
        return name if name.startswith(b"/") else self._home.rstrip(b"/") + b"/" + name

    def _ask(self, names: Sequence[bytes], patience: float | None) -> Mapping[bytes, bytes]:
        said = execute(self._dialer, COMMAND, b"".join(name + b"\0" for name in names), patience=patience)
        return dict(digest_lines(said))


def digest_lines(said: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and digest from each line of sha256sum, which escapes odd names."""
    for line in said.splitlines():
        if match := _LINE.fullmatch(line):
            name = match[3]
            if match[1]:
                name = _ESCAPED.sub(lambda escape: _ESCAPES[escape[1]], name)
            yield name, bytes.fromhex(match[2].decode())

