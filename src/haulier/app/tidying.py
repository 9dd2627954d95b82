"""Forgets old history, a little at each look, so that nobody notices."""
from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..model.errors import NotFound
from ..model.history import Keep, Pruned
from ..ports import Agenda, Clock

log = logging.getLogger("haulier.hub")
PAUSE = 3600.0
"""Seconds from the end of one pass to the next."""


class Tidying:
    """One for each hub. Two at the same ledger do each other no harm: what is gone is gone."""

    def __init__(self, agenda: Agenda, clock: Clock, keep: Callable[[], Keep], runs: Path | None = None) -> None:
        self._agenda, self._clock, self._keep, self._runs = agenda, clock, keep, runs
        self._steps: Iterator[Pruned] | None = None
        self._sum = Pruned()
        self._next = 0.0

    def __call__(self) -> None:
        """The next step, if one is due."""
        if self._steps is None:
            if time.monotonic() < self._next:
                return
            self._steps, self._sum = self._agenda.prune(self._keep(), self._clock.now()), Pruned()
        self._next = time.monotonic() + PAUSE
        steps, self._steps = self._steps, None      # begun anew if this one cannot be stored
        done = next(steps, None)
        if done is not None:
            self._sum = Pruned(*map(sum, zip(self._sum, done, strict=True)))
            self._steps = steps
        else:
            if any(self._sum):
                log.info("forgotten: %d runs, %d files, %d events", *self._sum)
            self._sweep()

    def _sweep(self) -> None:
        """What tasks of runs printed goes with the runs."""
        for folder in self._runs.iterdir() if self._runs and self._runs.is_dir() else ():
            if folder.name.isdigit() and not self._is_known(int(folder.name)):
                shutil.rmtree(folder, ignore_errors=True)

    def _is_known(self, run: int) -> bool:
        try:
            self._agenda.run(run)
        except NotFound:
            return False
        return True
