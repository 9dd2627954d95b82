"""Where a source's files are, and where they go when they were taken."""
from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from ...core.archive import Archive
from ...core.importing.settling import report
from ...core.within import Within
from ...model.errors import Invalid, NotFound
from ...model.files import Entry
from ...model.intake import Intake, IntakeState
from ...model.names import joined, split
from ...ports import Store
from ...settings.spec import Env, StoreSpec

TRIES = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Folders of one store. `root`: what all of them are in; the others are paths below it, "" for none."""

    root: StoreSpec
    folder: str
    archive: str = ""
    errors: str = ""
    shown: str = ""

    @property
    def beside(self) -> tuple[str, ...]:
        """Those of its folders that are among the files, as patterns of what is no file of it."""
        start = f"{self.folder}/" if self.folder else ""
        return tuple(f"{one.removeprefix(start)}/*" for one in (self.archive, self.errors)
                     if one and one.startswith(start))

    def opened(self, env: Env) -> Opened:
        """Its store; close it."""
        return Opened(self, self.root.build(env))


class Opened:
    """A place whose store is open."""

    def __init__(self, place: Place, root: Store) -> None:
        self.place, self._root = place, root
        self.store: Store = Within(root, place.folder) if place.folder else root

    def close(self) -> None:
        """Let go of it."""
        self._root.close()

    def put_away(self, entry: Entry, intakes: Sequence[Intake]) -> str:
        """Where a file goes by what became of it; "" if it stays. Doing it twice does no harm."""
        bad = [one for one in intakes if one.state is IntakeState.REFUSED]
        folder = self.place.errors if bad else self.place.archive
        if not folder:
            return ""
        try:
            if not self.store.stat(entry.path).is_same_as(entry):
                return ""       # another one by now: its turn comes
            since = min((one.started for one in intakes), default=time.time_ns())
            archive = Archive(self._root, folder, folder, self.place.folder, stamped)
            where = archive.take(self.store, entry, _Now(), since=since)
        except NotFound:        # settled by a try that was not heard of again
            return ""
        if bad:
            with suppress(NotFound):
                report(self._root, where, bad)
        return where


class _Now:
    def now(self) -> int:
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def stamped(path: str) -> Iterator[str]:
    """What a file may be called in an archive: itself; if there is another of that name, with the time in it."""
    yield path
    folder, name = split(path)
    stem, dot, end = name.rpartition(".")
    stem, end = (stem, dot + end) if stem else (name, "")
    named = joined(folder, f"{stem}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    yield named + end
    for number in range(1, TRIES):
        yield f"{named}.{number}{end}"


def at_top(spec: StoreSpec, top: str, folder: str, archive: str | None, errors: str | None) -> Place:
    """A place whose folders hang from `top` of its server: "/", or "" for the folder one logs in to."""
    names = {"archive_dir": archive, "error_dir": errors}
    for name, one in names.items():
        if one and one.startswith("/") != folder.startswith("/"):
            raise Invalid(f"{name}: {one!r} and {folder!r}: give both from the top (/), or both from the folder that "
                          "one logs in to")
    own, kept, bad = (os.path.normpath(one).strip("/") if one else "" for one in (folder, archive, errors))
    own = "" if own == "." else own
    _distinct(own, kept, bad)
    shown = spec.model_copy(update={"path": folder}).location()
    return Place(spec.model_copy(update={"path": top}), own, kept, bad, shown)


def inside(spec: StoreSpec, archive: str | None, errors: str | None) -> Place:
    """A place whose other folders are in it, or hang from the top of its store if they begin with a slash."""
    given = [one for one in (archive, errors) if one]
    if not any(one.startswith("/") for one in given):
        return Place(spec, "", (archive or "").strip("/"), (errors or "").strip("/"), spec.location())
    if not all(one.startswith("/") for one in given):
        raise Invalid("archive_dir and error_dir: give both in the place, or both from the top of its store (/)")
    own = spec.path.strip("/")
    kept, bad = ((one or "").strip("/") for one in (archive, errors))
    _distinct(own, kept, bad)
    top = "/" if spec.path.startswith("/") else ""
    return Place(spec.model_copy(update={"path": top}), own, kept, bad, spec.location())


def _distinct(own: str, archive: str, errors: str) -> None:
    if own and own in (archive, errors):
        raise Invalid(f"archive_dir, error_dir: {own!r} is the folder that files come from; give another one")
