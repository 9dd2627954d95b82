"""One try of one task: what it is given, and how it is told to stop."""
from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from ...model.errors import Cancelled, TimeUp
from ...model.task import Decision
from ...ports import Doing, ImportBook, Store


class Halt(IntEnum):
    """What is wanted of tries that are under way. It only rises, but for PARK."""

    NONE = 0
    PARK = 1        # runs of its own are to let go; programs may end what they do
    STOP = 2        # to be begun again another time
    CANCEL = 3
    TIME_UP = 4     # that of the whole run


WHY = {Halt.STOP: "stopped with the process that ran it; it begins again with the next start",
       Halt.CANCEL: "cancelled"}


@dataclass
class Stint(Doing):
    """`left`: seconds until its time is up; None: never. `carry`: carries a run of its own, and gives its outputs."""

    flow: str
    run: int
    task: str
    number: int
    since: int
    params: Mapping[str, Any]
    env: Mapping[str, str]
    home: Path
    folder: Path
    log: Path
    left: float | None
    places: Callable[[Mapping[str, Any] | str], AbstractContextManager[Store]]
    carry: Callable[[Stint, str, Mapping[str, Any] | None, Mapping[str, Any]], Mapping[str, Any]]
    books: Callable[[], ImportBook]
    decision: Decision | None = None
    child: int = 0
    """The run that it is, once it is known."""
    parking: threading.Event = field(default_factory=threading.Event)
    """Set while runs of its own are to let go."""
    _halt: Halt = Halt.NONE
    _bell: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _begun: float = field(default_factory=time.monotonic)

    @cached_property
    def imports(self) -> ImportBook:
        return self.books()

    def say(self, text: str) -> None:
        """A line of the log."""
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"{text}\n")

    def check(self) -> None:
        """Cancelled or TimeUp if it is to end now."""
        if self._halt in WHY:
            raise Cancelled(f"{self.task}: {WHY[self._halt]}")
        if self._halt is Halt.TIME_UP:
            raise TimeUp(f"{self.task}: stopped, as the time of the whole run is up")
        if self.left is not None and time.monotonic() - self._begun > self.left:
            raise TimeUp(f"{self.task}: not done in time, so it was stopped; if it needs more, set a longer "
                         "timeout")

    def wake(self) -> int:
        """Becomes readable when somebody wants it to stop."""
        with self._lock:
            if self._bell < 0:
                self._bell = os.eventfd(int(self._halt >= Halt.STOP), os.EFD_CLOEXEC)
            return self._bell

    def halt(self, how: Halt) -> None:
        """From another thread: it is to stop so. Only PARK can be taken back."""
        with self._lock:
            if how > self._halt or self._halt is Halt.PARK:
                self._halt = how
            (self.parking.set if self._halt else self.parking.clear)()
            if self._halt >= Halt.STOP and self._bell >= 0:
                os.eventfd_write(self._bell, 1)

    @property
    def halted(self) -> Halt:
        """How it was told to stop, if it was."""
        return self._halt

    def close(self) -> None:
        """It has ended."""
        with self._lock:
            if self._bell >= 0:
                os.close(self._bell)
            self._bell = -1

    @contextmanager
    def store(self, place: Mapping[str, Any] | str) -> Iterator[Store]:
        """The files at a place."""
        with self.places(place) as store:
            yield store

    def transfer(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """A job, as a run of its own."""
        job = settings.get("job")
        name = str(job) if job else f"{self.flow}/{self.task}"
        return self.carry(self, name, None if job else settings, {})

    def start(self, flow: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Another flow, as a run of its own."""
        return self.carry(self, flow, None, params)
