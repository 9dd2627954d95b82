"""Lanes: threads or forked processes that carry batches, and wait until each step is stored."""
from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, NamedTuple, TypeAlias

from ..core.journey import carry
from ..core.route import Route
from ..model.errors import Cancelled, Stopped, Withdrawn
from ..model.files import Cap
from ..model.run import Report, Transfer
from ..model.transfer import Signal
from .line import Line, between_threads

TELL_EVERY = 0.1
"""Seconds between two messages about bytes that moved."""
PATIENCE = 7.0
"""Seconds for all lanes to put away what they were doing."""


End: TypeAlias = "Connection[Any, Any] | Line"


class Message(NamedTuple):
    """From a lane: reports to be stored (then answered), bytes moved, or the end of a batch."""

    reports: Sequence[Report] | None = None
    moved: int = 0
    part: int = 0           # the large file that moves now, by the id of its transfer
    so_far: int = 0         # bytes of it in this try
    is_end: bool = False
    broken: str = ""        # traceback of a bug in the lane


@dataclass(slots=True)
class Lane:
    """Our end of one lane. `batch` is what it carries now."""

    line: End
    worker: threading.Thread | multiprocessing.process.BaseProcess
    batch: tuple[Transfer, ...] = ()
    ticket: str = ""        # what the gate gave for this batch
    number: int = 0         # of this batch, where that matters
    waits: bool = False     # until it is told that its reports are stored

    @property
    def is_idle(self) -> bool:
        return not self.batch


def lanes_of(route: Route, halts: Mapping[int, Signal], *, may_fork: bool) -> Lanes:
    """As many as pay off: over a network what the far side says, else a process per processor."""
    limits = route.rules.limits
    far = [store.lanes for store in (route.source, route.target) if Cap.NEAR not in store.caps]
    count = limits.lanes or (max(far) if far else route.target.lanes)
    forked = may_fork and not far and not limits.bandwidth and count > 1
    return Lanes(route, count, halts, forked=forked)


class Lanes:
    """A few lanes over one route. Forked ones for work that keeps a processor busy; those do not hear of `halts`."""

    def __init__(self, route: Route, count: int, halts: Mapping[int, Signal], *, forked: bool) -> None:
        self._route, self._count, self._halts, self._forked = route, count, halts, forked
        self._stop = threading.Event()
        self._lanes: list[Lane] = []

    def free(self) -> Lane | None:
        """A lane without work, started if there may be one more."""
        for lane in self._lanes:
            if lane.is_idle:
                return lane
        if len(self._lanes) >= self._count:
            return None
        self._lanes.append(self._start())
        return self._lanes[-1]

    @property
    def busy(self) -> int:
        return sum(not lane.is_idle for lane in self._lanes)

    def give(self, lane: Lane, batch: tuple[Transfer, ...], *, hold: bool) -> None:
        lane.batch = batch
        lane.line.send((batch, hold))

    def messages(self, timeout: float) -> list[tuple[Lane, Message]]:
        """What lanes have to say, waiting up to `timeout` seconds for the first."""
        busy = [lane for lane in self._lanes if not lane.is_idle]
        return [(lane, _heard(lane)) for lane in _speaking(busy, timeout)]

    @staticmethod
    def go_on(lane: Lane) -> None:
        """Its reports are stored."""
        lane.waits = False
        lane.line.send(True)

    def close(self, hear: Callable[[Message], None]) -> None:
        """End all lanes; what they were doing goes on from the last stored step another time.

        `hear` gets the reports of what they had done, so that a file which has arrived does not look as if it had not.
        """
        self._stop.set()
        for lane in self._lanes:
            if lane.is_idle:
                with contextlib.suppress(OSError):
                    lane.line.send(None)
            elif not isinstance(lane.worker, threading.Thread):
                lane.worker.terminate()
        until = time.monotonic() + PATIENCE
        self._hear_out(hear, until)
        for lane in self._lanes:
            lane.line.close()
            lane.worker.join(timeout=max(0.0, until - time.monotonic()))
            if not isinstance(lane.worker, threading.Thread):
                lane.worker.kill()      # if it did not listen
                lane.worker.join()
                lane.worker.close()
        self._lanes = []

    def _hear_out(self, hear: Callable[[Message], None], until: float) -> None:
        """Up to the next reports of each lane, or to its end; one that waits has said them already."""
        busy = [lane for lane in self._lanes if not lane.is_idle and not lane.waits]
        while busy and (left := until - time.monotonic()) > 0:
            for lane in _speaking(busy, left):
                message = _heard(lane)
                if message.reports is not None:
                    hear(message)
                if message.is_end or message.reports is not None:
                    busy.remove(lane)

    def _start(self) -> Lane:
        if not self._forked:
            near, far = between_threads()
            thread = threading.Thread(target=serve, args=(far, self._route, self._stop, self._halts),
                                      name="lane", daemon=True)
            thread.start()
            return Lane(near, thread)
        ours, theirs = Pipe()
        others = [ours, *(lane.line for lane in self._lanes)]
        process = multiprocessing.get_context("fork").Process(
            target=_serve_forked, args=(theirs, self._route, self._stop, others), daemon=True)
        process.start()
        theirs.close()
        return Lane(ours, process)


def _speaking(lanes: Sequence[Lane], timeout: float) -> list[Lane]:
    """Those that have something to say, waiting up to `timeout` seconds for the first."""
    found = wait([lane.line.fileno() for lane in lanes], timeout)
    return [lane for lane in lanes if lane.line.fileno() in found]


def _heard(lane: Lane) -> Message:
    try:
        message: Message = lane.line.recv()
    except (EOFError, OSError):
        return Message(is_end=True, broken="the lane's process was killed")
    lane.waits = message.reports is not None
    return message


def _serve_forked(line: Connection[Any, Any], route: Route, stop: threading.Event,
                  others: Sequence[End]) -> None:
    def cancel(*_: object) -> None:
        """Out of whatever this lane is doing, so that a step ends the program it has started."""
        stop.set()
        raise Cancelled("stopped")

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(Cancelled):
        signal.signal(signal.SIGTERM, cancel)
        _die_with_parent()
        for other in others:
            other.close()
        serve(line, route, stop, {})


def _die_with_parent() -> None:
    """A lane must not write on when nobody stores its steps: prctl(2), PR_SET_PDEATHSIG."""
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent or parent == 1:
        os._exit(1)


def serve(line: End, route: Route, stop: threading.Event, halts: Mapping[int, Signal]) -> None:
    """One lane: take batches until None, or until nobody listens any more."""
    teller = _Teller(line, stop, halts)
    with contextlib.suppress(EOFError, OSError, Stopped), contextlib.closing(line):
        while (order := line.recv()) is not None:
            batch, hold = order
            try:
                for reports in carry(replace(route, hold=hold, tell=teller.tell, begun=teller.begun), batch):
                    teller.flush()
                    line.send(Message(reports))
                    if not line.recv():
                        return
                line.send(Message(is_end=True))
            except (EOFError, OSError, Stopped):
                raise
            except Exception:
                line.send(Message(is_end=True, broken=traceback.format_exc()))


class _Teller:
    """Collects bytes that moved, and stops the lane, or one file in it, when asked."""

    def __init__(self, line: End, stop: threading.Event, halts: Mapping[int, Signal]) -> None:
        self._line, self._stop, self._halts = line, stop, halts
        self._moved, self._next = 0, 0.0
        self._part = self._so_far = 0

    def begun(self, transfer: int) -> None:
        """This file moves from now on; 0: none that could be stopped alone."""
        self.flush()
        self._part, self._so_far = transfer, 0

    def tell(self, size: int) -> None:
        self._moved += size
        self._so_far += size
        if self._stop.is_set():
            raise Cancelled("stopped")
        if self._part in self._halts:
            raise Withdrawn("asked for", pauses=self._halts[self._part] is Signal.PAUSE)
        if time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        if self._moved:
            self._line.send(Message(moved=self._moved, part=self._part, so_far=self._so_far))
            self._moved = 0
        self._next = time.monotonic() + TELL_EVERY
