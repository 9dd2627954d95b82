"""A backup is made, while a hub may be at work."""
from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ...ledger import copies
from ...model.errors import Denied
from ...settings.documents import SETTINGS
from ...settings.workspace import Workspace
from .parcel import LEDGER, WORKSPACE, Manifest, member, write

FOLDERS = ("configs", "flows", "tasks")
DOTENV = ".env"


def make(workspace: Workspace, file: Path, *, secrets: bool) -> Manifest:
    """The ledger as it is at one moment, and what somebody wrote; the secrets only if that is asked for.

    What the engine remembers is not in it: it can be made from the ledger, and would have to agree with it.
    """
    made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    url = workspace.ledger_url()
    hidden = secret_files(workspace)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as folder:
            copy = Path(folder) / LEDGER
            copies.save(url, copy)
            members: dict[str, Path | bytes] = {LEDGER: copy}
            known = {LEDGER: member(copy, 0o600)}
            for path in _files(workspace, hidden, secrets=secrets):
                name = f"{WORKSPACE}{path.relative_to(workspace.path)}"
                members[name] = text = path.read_bytes()
                known[name] = member(text, 0o600 if path in hidden else path.stat().st_mode & 0o777)
            manifest = Manifest(made, database_of(url), secrets, known)
            write(file, manifest, members)
    except PermissionError as error:
        raise Denied(f"{error.filename}: {error.strerror}") from error
    return manifest


def database_of(url: str) -> str:
    """The kind of database that a ledger is in."""
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def secret_files(workspace: Workspace) -> set[Path]:
    """Files in the workspace that are secrets as a whole."""
    workspace.loaded        # noqa: B018 - looks at every reference
    home = workspace.path
    return {home / DOTENV, *(path for path in workspace.secrets.files if path.is_relative_to(home))}


def _files(workspace: Workspace, hidden: set[Path], *, secrets: bool) -> Iterator[Path]:
    written = [workspace.path / SETTINGS]
    for folder in FOLDERS:
        written += sorted((workspace.path / folder).rglob("*"))
    yield from (path for path in written if path.is_file() and path not in hidden)
    if secrets:
        yield from (path for path in sorted(hidden) if path.is_file())
