"""Ctrl-C, SIGTERM, a terminal that is closed: stop where it does no harm, soon, and in any case within seconds."""
from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE = 1.0
"""Seconds for the work to come to a good place to stop, before it is interrupted where it is."""
LONGEST = 8.0
"""Seconds for everything to be put away, before the process just ends."""
SHOW_CURSOR = "\x1b[?25h"


class Stopping:
    """Whether somebody asked us to stop. Only for the main thread."""

    def __init__(self) -> None:
        self.is_asked = False
        self.is_raised = False

    def check(self) -> None:
        """KeyboardInterrupt if we were asked to stop: called where stopping does no harm."""
        if self.is_asked and not self.is_raised:
            self._interrupt()

    def ask(self, *_: object) -> None:
        """A signal came. The second one does not wait for anything."""
        if self.is_asked:
            _end()
        self.is_asked = True
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    def press(self, *_: object) -> None:
        """Time is up: first for a good place, then for everything."""
        if self.is_raised:
            _end()
        self._interrupt()

    def _interrupt(self) -> None:
        self.is_raised = True
        signal.setitimer(signal.ITIMER_REAL, LONGEST)
        raise KeyboardInterrupt


@contextmanager
def gently() -> Iterator[Stopping]:
    """While this lasts, a signal stops the work at the next good place.

    Once the work was interrupted, the time limit stays: what comes after has to end as well.
    """
    stopping = Stopping()
    before = {number: signal.signal(number, stopping.ask) for number in _asking()}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, stopping.press)
    try:
        yield stopping
    finally:
        if not stopping.is_raised:      # also if it was asked too late to stop anything
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def by_signal() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does, so that it puts away what it made."""
    def interrupt(_: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    yield


@contextmanager
def until_asked() -> Iterator[Callable[[], bool]]:
    """For what runs until it is asked to stop: whether it was. It ends the process, with 0, soon after that.

    Whatever still hangs then is in the ledger, and is gone on with by the next start.
    """
    asked: list[int] = []

    def ask(number: int, _: FrameType | None) -> None:
        if not asked:
            signal.setitimer(signal.ITIMER_REAL, LONGEST)
        asked.append(number)

    signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
    for number in _asking():
        signal.signal(number, ask)
    yield lambda: bool(asked)
    sys.stdout.flush()
    os._exit(0)     # threads that a far side keeps waiting would be waited for


def _asking() -> tuple[signal.Signals, ...]:
    """What means that it is to stop; also that the terminal is closed, if nobody said nohup."""
    asking = signal.SIGINT, signal.SIGTERM
    return asking if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*asking, signal.SIGHUP)


def _end() -> None:
    """At once. What was on its way goes on from the last stored step another time."""
    if sys.stderr.isatty():
        os.write(2, SHOW_CURSOR.encode())
    os.write(2, b"\nhaulier: stopped at once; the same command goes on where it stopped\n")
    os._exit(130)
