"""Wait for files to be there and whole, for a time of day, or for some time."""
from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasChoices, Field, model_validator

from ..core import kept
from ..core.item import item_of
from ..core.select import selector
from ..model.errors import Invalid, Later
from ..model.files import Entry
from ..model.flow import Completion, Filters
from ..ports import Doing
from ..settings.rules import Patterns
from ..settings.spec import Env, TaskSpec
from ..settings.units import Duration

MOST = 10_000
"""Files that may be found: they are remembered from look to look."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone: write it like Europe/Stockholm or UTC") from None
    return name


class WaitSpec(TaskSpec):
    """Wait

    For files at a place, until a time of day, or for some time. Nothing is held up meanwhile.
    """

    type: Literal["wait"] = "wait"
    place: str | dict[str, Any] | None = None
    """Where files are to appear: `connection:folder`, a folder, or a mapping as `source` of a job."""
    patterns: Patterns = Field(default=(), validation_alias=AliasChoices("patterns", "pattern"))
    """Which files; if empty, all of them."""
    recursive: bool = False
    """Whether files in folders below it count too."""
    count: int = Field(default=1, ge=1, le=MOST)
    """How many there must be."""
    settle: Duration = 5.0
    """How long size and time of a file must not have changed; 0: it counts as soon as it is seen."""
    every: Duration = Field(default=10.0, gt=0)
    """How often is looked."""
    until: str | None = Field(default=None, pattern=r"^([01]?\d|2[0-3]):[0-5]\d$")
    """A time of day, HH:MM: the next after the task began."""
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Whose time of day that is."""
    for_: Duration | None = Field(default=None, alias="for")
    """A duration, from when the task began."""

    @model_validator(mode="after")
    def _is_one_of_three(self) -> Self:
        given = [name for name, value in (("place", self.place), ("until", self.until), ("for", self.for_))
                 if value is not None]
        if len(given) != 1:
            raise ValueError(f"{' and '.join(given) or 'nothing'} is given; what is waited for is one of place, until "
                             "and for")
        return self

    def build(self, env: Env) -> Files | Moment:
        if self.place is None:
            return Moment(self.until, ZoneInfo(self.timezone), self.for_ or 0.0)
        deep = self.recursive or any("/" in pattern for pattern in self.patterns)
        return Files(self.place, self.patterns, self.count, self.settle, self.every, deep=deep)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that comes."""

    until: str | None
    zone: ZoneInfo
    seconds: float = 0.0

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """When it had come; Later before."""
        due = self._next(doing.since) if self.until else doing.since / 1e9 + self.seconds
        at, left = datetime.fromtimestamp(due, UTC), due - time.time()
        if left > 0:
            raise Later(f"waits until {at:%Y-%m-%d %H:%M:%S} UTC", retry_after=left)
        return {"at": at.isoformat(timespec="seconds").replace("+00:00", "Z")}

    def _next(self, since: int) -> float:
        began = datetime.fromtimestamp(since / 1e9, self.zone)
        hour, minute = map(int, (self.until or "").split(":"))
        day = began.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
        found = day if day.timestamp() > began.timestamp() else day + timedelta(days=1)
        return found.timestamp()


@dataclass(frozen=True, slots=True)
class Files:
    """Files that are to come. What was seen is kept in TMP_DIR, so that nothing runs between two looks."""

    place: str | dict[str, Any]
    patterns: Sequence[str] = ()
    count: int = 1
    settle: float = 5.0
    every: float = 10.0
    deep: bool = False

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """Those that are there and whole; Later if they are too few."""
        memory = doing.folder / f".wait-{doing.task}.json"
        now = time.time_ns()
        before, seen = _remembered(memory), {}
        found = list(self._found(doing))
        for entry in found:
            seen[entry.path] = _look(entry, before.get(entry.path), now)
        left = {path: self.settle - (now - look[-1]) / 1e9 for path, look in seen.items()}
        whole = [entry for entry in found if left[entry.path] <= 0]
        if len(whole) >= self.count:
            memory.unlink(missing_ok=True)
            return _told(doing, [item_of(entry) for entry in sorted(whole, key=lambda entry: entry.path)])
        _remember(memory, seen)
        raise Later(self._said(len(whole), len(found) - len(whole)),
                    retry_after=min([self.every, *(max(0.01, wait) for wait in left.values() if wait > 0)]))

    def _found(self, doing: Doing) -> Iterator[Entry]:
        reason = selector(Filters(include=tuple(self.patterns)), Completion(), time.time_ns())
        taken = 0
        with doing.store(self.place) as store:
            for entry in store.scan(deep=self.deep):
                doing.check()
                if entry.fault or reason(entry):
                    continue
                taken += 1
                if taken > MOST:
                    raise Invalid(f"wait: more than {MOST} files match; write patterns that fewer do")
                yield entry

    def _said(self, whole: int, changing: int) -> str:
        more = f", {changing} may still be written to" if changing else ""
        which = f" that match {', '.join(self.patterns)}" if self.patterns else ""
        return f"waits for files{which}: {whole} of {self.count} there{more}"


def _told(doing: Doing, files: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    found = {"count": len(files), "files": files}
    if kept.fits(found):
        return found
    doing.say(f"{len(files):,} files are there: too many for `files`, so that only `count` is told")
    return {"count": len(files)}


Look = list[Any]
"""Size, time and tag of a file, and since when we see it like that."""


def _look(entry: Entry, before: Look | None, now: int) -> Look:
    like = [entry.size, entry.modified, entry.tag]
    is_same = before is not None and before[:3] == like and before[3] <= now    # else the clock was set back
    return [*like, before[3] if before is not None and is_same else now]


def _remembered(path: Path) -> Mapping[str, Look]:
    try:
        found: Mapping[str, Look] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _remember(path: Path, seen: Mapping[str, Look]) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(seen))
    os.replace(draft, path)
