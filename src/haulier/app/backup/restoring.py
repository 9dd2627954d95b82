"""A workspace is made out of a backup."""
from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from ...ledger import books, copies
from ...model.errors import AlreadyExists, Busy, Denied, Invalid
from ...settings.documents import JOBS, SETTINGS
from ...settings.secrets import read_dotenv
from ...settings.workspace import Workspace
from ..hub import engine_url
from ..lock import held
from .making import DOTENV, database_of
from .parcel import LEDGER, WORKSPACE, Manifest, check, unpack

SQLITE = "sqlite:///"
LAST = (JOBS.partition("/")[0], SETTINGS)
"""Without these a folder is no workspace, and no hub begins in it."""


class Restored(NamedTuple):
    """What came of it; `aside`: what the names of whatever was there end with, or its folder's name is."""

    manifest: Manifest
    aside: str


def restore(file: Path, home: Path, *, replace: bool) -> Restored:
    """Make the folder what it was when the backup was made. What is there is kept aside, if it may be replaced.

    AlreadyExists if it may not; Busy if somebody is at work there; Corrupt or Invalid if the file is not good.
    """
    if not replace and home.exists() and any(home.iterdir()):
        raise AlreadyExists(f"{home}: is not empty; choose another folder with --to, or say --replace, which keeps"
                            " what is there aside")
    check(file)     # before anything is touched
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=home) as folder, held(home):
            return _restored(file, Path(folder), home, replace=replace)
    except PermissionError as error:
        raise Denied(f"{error.filename}: {error.strerror}") from error


def _restored(file: Path, draft: Path, home: Path, *, replace: bool) -> Restored:
    manifest = unpack(file, draft)
    fresh = draft / WORKSPACE
    fresh.mkdir(exist_ok=True)
    url = _ledger_url(fresh, home)
    if database_of(url) != manifest.database:
        raise Invalid(f"{file}: holds a ledger of {manifest.database}, and haulier.yaml in it names another database")
    _refuse_in_use(url, replace=replace)
    aside = time.strftime("replaced-%Y%m%dT%H%M%S", time.gmtime())
    names = sorted((path.name for path in fresh.iterdir()), key=lambda name: (name in LAST, name))
    _move(reversed(names), home, home / aside)
    _set_engine_aside(url, aside)
    copies.restore(url, draft / LEDGER, f".{aside}")
    _move(names, fresh, home)
    with closing(books(url)) as opened:
        opened.accounts.note("command line", "state.restored", file.name, f"as it was at {manifest.made}")
    return Restored(manifest, aside)


def _ledger_url(fresh: Path, home: Path) -> str:
    """As it will be in the workspace, whose secrets stay where the backup has none."""
    environ = {**read_dotenv(home / DOTENV, DOTENV)[0], **os.environ}
    url = Workspace(fresh, environ).ledger_url()
    path = Path(url.removeprefix(SQLITE))
    inside = url.startswith(SQLITE) and path.is_relative_to(fresh)
    return f"{SQLITE}{home / path.relative_to(fresh)}" if inside else url


def _refuse_in_use(url: str, *, replace: bool) -> None:
    if not copies.is_made(url):
        return
    if not replace:
        raise AlreadyExists("the database that haulier.yaml names has a ledger already; say --replace, which keeps it"
                            " under another name")
    with closing(books(url)) as opened:
        if alive := next((one for one in opened.agenda.executors() if not one.is_gone), None):
            raise Busy(f"process {alive.pid} on {alive.host} works with this ledger; stop it first, then try again"
                       " after 15 seconds")


def _set_engine_aside(url: str, aside: str) -> None:
    """What it remembers is about another ledger; it is made anew. In PostgreSQL it goes with the ledger's schema."""
    path = engine_url(url).removeprefix(SQLITE)
    for ending in ("", "-wal", "-shm"):
        if url.startswith(SQLITE) and os.path.exists(path + ending):
            os.replace(path + ending, f"{path}.{aside}{ending}")


def _move(names: Iterator[str] | list[str], source: Path, target: Path) -> None:
    """Those that are there."""
    for name in names:
        if (source / name).exists():
            target.mkdir(exist_ok=True)
            shutil.move(source / name, target / name)
