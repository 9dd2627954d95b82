"""Looks out for files: wants a run of a flow when its source holds something to move, once over all hubs."""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial

from ..model.errors import HaulierError, NotFound
from ..model.files import Entry
from ..model.run import RunState, Seen, Slot, Trigger, Wanted
from ..ports import Agenda, Clock, Ledger
from .errands import Errands
from .folders import Folders
from .looking import Looks
from .trouble import Trouble, Unstored, apart
from .work import Work

log = logging.getLogger("haulier.engine")
PACE, GAP = 0.5, 1.0
"""Seconds between two turns, and at least between two looks at one source, however much happens in it."""
LONGEST = 600.0
"""Seconds until a source that cannot be looked at is tried again, at most."""
MOST = 10_000
"""Files that a run is told of."""
_BUSY = frozenset({RunState.QUEUED, RunState.RUNNING, RunState.PAUSED})


@dataclass(frozen=True, slots=True)
class Watch:
    """How to look out for a flow's files. `folder`: on this machine, where events tell of them; '': none.

    `told`: what a run is wanted with that is started by these files, which start no other one then, whatever becomes
    of them. None: a run itself finds what there is, and the ledger knows what it has delivered.
    """

    every: float
    place: str
    folder: str = ""
    is_deep: bool = False
    told: Callable[[Sequence[Entry]], str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sight:
    """What is needed for looking. `open` gives a flow's work, its stores open meanwhile."""

    ledger: Ledger
    agenda: Agenda
    clock: Clock
    open: Callable[[str], AbstractContextManager[Work]]


@dataclass(slots=True)
class _Post:
    """One flow that is looked out for. Moments are those of a clock that only runs forward."""

    watch: Watch
    due: float = 0.0
    looked: float = -GAP
    is_out: bool = False        # a thread is looking, or about to
    failures: int = 0
    quick: float = 0.0          # seconds until the next look for a file that may still be being written
    looks: Looks = field(default_factory=Looks)


class Lookout:
    """One thread for all flows; it has errands done where a place may not answer."""

    def __init__(self, sight: Sight, watches: Callable[[], Mapping[str, Watch]]) -> None:
        self._open, self._clock, self._watches = sight.open, sight.clock, watches
        self._ledger, self._agenda = apart(sight.ledger), apart(sight.agenda)
        self._posts: dict[str, _Post] = {}
        self._errands, self._trouble = Errands("look"), Trouble()
        self._folders = {deep: Folders(partial(self._happened, deep), deep=deep) for deep in (False, True)}
        self._wake, self._is_over = threading.Event(), False
        self._thread = threading.Thread(target=self._go, name="lookout", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Looks that are under way come to nothing."""
        self._is_over = True
        self._wake.set()
        self._errands.stop()
        for folders in self._folders.values():
            folders.stop()
        if self._thread.ident is not None:
            self._thread.join(2)

    def _go(self) -> None:
        while not self._is_over:
            try:
                self._turn()
                self._trouble.may_be_over()
            except (HaulierError, Unstored) as error:
                self._trouble.say(error)
            except Exception:
                log.exception("a bug in the engine; looking out again")
            self._wake.wait(self._pause())
            self._wake.clear()

    def _turn(self) -> None:
        watches = self._watches()
        self._posts = {flow: post if (post := self._posts.get(flow)) and post.watch == watch else _Post(watch)
                       for flow, watch in watches.items()}
        for deep, folders in self._folders.items():
            folders.watch(frozenset(one.folder for one in watches.values() if one.folder and one.is_deep is deep))
        now = time.monotonic()
        due = {flow: post for flow, post in self._posts.items() if not post.is_out and post.due <= now}
        busy = self._busy() if due else frozenset()
        for flow, post in due.items():
            if flow in busy:    # its run takes what is there; what it leaves is seen afterwards
                post.due = now + PACE
            else:
                post.is_out = True
                self._errands.send(post.watch.place, partial(self._look, flow, post))

    def _pause(self) -> float:
        now = time.monotonic()
        return min([PACE, *(max(0.01, post.due - now) for post in self._posts.values() if not post.is_out)])

    def _happened(self, deep: bool, folder: str) -> None:
        """Whatever it was, the files that it is about are found by a look."""
        for post in self._posts.values():
            if (post.watch.is_deep, post.watch.folder) == (deep, folder):
                post.due, post.quick = min(post.due, max(time.monotonic(), post.looked + GAP)), 0.0
        self._wake.set()

    def _busy(self) -> Set[str]:
        """Flows with a run that takes whatever is there. One that waits with an error has not seen any of it yet."""
        return {run.flow for run in self._agenda.open()
                if run.state in _BUSY or (run.state is RunState.WAITING and run.error)}

    # One look

    def _look(self, flow: str, post: _Post) -> None:
        post.looked = time.monotonic()
        post.due = post.looked + post.watch.every
        try:
            with self._open(flow) as work:
                self._fire(flow, work, post)
                settle = work.rules.complete.settle_seconds
            if post.failures:
                log.info("%s: its source can be looked at again", flow, extra={"flow": flow})
            post.failures = 0
            if post.looks.young:
                post.quick = min(post.watch.every, 2 * post.quick or settle + 0.05)
                post.due = min(post.due, time.monotonic() + post.quick)
        except HaulierError as error:
            self._failed(flow, post, error)
        except Unstored as error:
            self._trouble.say(error)
        finally:
            post.is_out = False
            self._wake.set()

    def _fire(self, flow: str, work: Work, post: _Post) -> None:
        """What was found before and is still there wants no other run; the agenda knows, for all hubs."""
        name = f"arrival/{flow}"
        before = self._agenda.slots().get(name)
        waiting = {run.id for run in self._agenda.open() if run.state is RunState.WAITING}
        told = post.watch.told
        found = post.looks.look(work, self._ledger, self._clock, waiting, most=MOST if told else 0)
        is_known = found.digest == (before.schedule if before else "")
        wants = found.has_left or (found.has_new and not is_known)
        if (is_known and not wants) or (wants and flow in self._busy()):
            return
        wanted = [Wanted(flow, Trigger.ARRIVAL, params=told(found.entries) if told else "")] if wants else []
        seen = [Seen(entry, b"") for entry in found.entries] if wanted and told else []
        self._agenda.fire(name, before, Slot(self._clock.now(), found.digest), wanted, seen)
        post.quick = 0.0
        if wants and not found.has_left:
            post.due = time.monotonic()     # as soon as the run is over

    def _failed(self, flow: str, post: _Post, error: HaulierError) -> None:
        """Told once, and tried less and less often."""
        if self._is_over or (isinstance(error, NotFound) and flow not in self._watches()):
            return
        if not post.failures:
            log.warning("%s: its source cannot be looked at: %s; it is tried again, less and less often", flow, error,
                        extra={"flow": flow})
        post.failures = min(post.failures + 1, 10)
        pause = post.watch.every * 2 ** (post.failures - 1)
        post.due = time.monotonic() + min(pause, max(LONGEST, post.watch.every))
