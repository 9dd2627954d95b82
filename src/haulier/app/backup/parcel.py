"""The file of a backup: an archive whose first member says what the others must be."""
from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import secrets
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from ... import __version__
from ...ledger.copies import LATEST
from ...model.errors import AlreadyExists, Corrupt, Invalid
from ...model.names import checked

FORMAT = 1
"""Of the file; a program reads those up to its own."""
MANIFEST, LARGEST = "manifest.json", 1 << 24
LEDGER, WORKSPACE = "ledger", "workspace/"
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """What a member must be."""

    size: int
    sha256: str
    mode: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `tables` is the version of the ledger, `made` a moment in UTC."""

    made: str
    database: str
    has_secrets: bool
    members: Mapping[str, Member]
    haulier: str = __version__
    tables: str = LATEST
    format: int = FORMAT


def write(file: Path, manifest: Manifest, members: Mapping[str, Path | bytes]) -> None:
    """Whole or not at all, for its owner only; AlreadyExists if there is such a file."""
    if file.exists():
        raise AlreadyExists(f"{file}: is there already; give the backup another name")
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=3) as tar:
                _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode(), 0o600)
                for name, content in members.items():
                    _add(tar, name, content, manifest.members[name].mode)
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, file)
        _sync(file.parent)
    finally:
        draft.unlink(missing_ok=True)


def check(file: Path) -> Manifest:
    """What the file says of itself, if all of it is true. Corrupt; Invalid if it is no backup, or a newer program's."""
    with _opened(file) as tar:
        manifest = _manifest(tar, file)
        for _ in _verified(tar, manifest, file):
            pass
        return manifest


def unpack(file: Path, folder: Path) -> Manifest:
    """The same; its members are in the folder then."""
    with _opened(file) as tar:
        manifest = _manifest(tar, file)
        for name, mode, pieces in _verified(tar, manifest, file):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.writelines(pieces)
                os.fchmod(out.fileno(), mode)
        return manifest


def member(content: Path | bytes, mode: int) -> Member:
    """What is to be written about something that goes into a backup."""
    if isinstance(content, bytes):
        return Member(len(content), hashlib.sha256(content).hexdigest(), mode)
    with open(content, "rb") as opened:
        return Member(content.stat().st_size, hashlib.file_digest(opened, "sha256").hexdigest(), mode)


def _add(tar: tarfile.TarFile, name: str, content: Path | bytes, mode: int) -> None:
    found = tarfile.TarInfo(name)
    found.mode = mode
    if isinstance(content, bytes):
        found.size = len(content)
        tar.addfile(found, io.BytesIO(content))
    else:
        found.size = content.stat().st_size
        with open(content, "rb") as opened:
            tar.addfile(found, opened)


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with gzip.open(file) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            yield tar
            while stream.read(PIECE):   # to its end, where its own checksum is
                pass
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Corrupt(f"{file}: is damaged, or no backup ({error})") from error


def _manifest(tar: tarfile.TarFile, file: Path) -> Manifest:
    first = tar.next()
    text = tar.extractfile(first) if first and first.name == MANIFEST and first.size <= LARGEST else None
    if text is None:
        raise Invalid(f"{file}: is no backup of haulier")
    try:
        said = json.load(text)
        if said["format"] > FORMAT or said["tables"] > LATEST:
            raise Invalid(f"{file}: made by a newer version of haulier ({said['haulier']}); upgrade haulier")
        return Manifest(**{**said, "members": {name: Member(**one) for name, one in said["members"].items()}})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Corrupt(f"{file}: is damaged: what it says of itself cannot be read") from error


def _verified(tar: tarfile.TarFile, manifest: Manifest, file: Path) -> Iterator[tuple[str, int, Iterator[bytes]]]:
    """Each member, with its bytes, which are to be taken before the next one is asked for."""
    left = dict(manifest.members)
    while found := tar.next():
        wanted, body = left.pop(found.name, None), tar.extractfile(found) if found.isreg() else None
        if wanted is None or body is None or found.size != wanted.size or not _belongs(found.name):
            raise Corrupt(f'{file}: is damaged: "{found.name}" does not belong in it')
        digest = hashlib.sha256()
        pieces = _hashed(body, digest)
        yield found.name, wanted.mode & 0o777, pieces
        for _ in pieces:
            pass
        if digest.hexdigest() != wanted.sha256:
            raise Corrupt(f'{file}: is damaged: "{found.name}" is not what was put into it')
    if left:
        raise Corrupt(f'{file}: is damaged: "{next(iter(left))}" is missing')


def _belongs(name: str) -> bool:
    return checked(name) == LEDGER or name.startswith(WORKSPACE)


def _hashed(body: IO[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    while piece := body.read(PIECE):
        digest.update(piece)
        yield piece


def _sync(folder: Path) -> None:
    """That the name is there survives a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):     # not every file system can
            os.fsync(opened)
    finally:
        os.close(opened)
