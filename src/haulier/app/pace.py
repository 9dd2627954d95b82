"""The bandwidth that all runs of one process share: what the workspace's timetable says now."""
from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from ..core.limits import Bandwidth
from ..core.timetable import bandwidth
from ..model.timetable import Timetable
from ..ports import Clock
from ..settings.options import WorkspaceForm

FRESH = 1.0
"""Seconds for which a rate holds before it is looked up again: bytes come in very many pieces."""


class Pace:
    """One for each process. A run that began while there was no limit at all keeps none until it begins again."""

    def __init__(self, settings: Callable[[], WorkspaceForm], clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._shared = Bandwidth(self._rate, clock)
        self._known: tuple[float, int | None] = 0.0, None

    def __call__(self) -> Bandwidth | None:
        """What a run that begins now is to keep to; None, so that it may copy in faster ways, if there is no limit."""
        table = self._table()
        return self._shared if table.bandwidth or table.rows else None

    def _rate(self) -> int | None:
        looked, rate = self._known
        if time.monotonic() - looked > FRESH:
            rate = bandwidth(self._table(), datetime.fromtimestamp(self._clock.now() / 1e9, UTC))
            self._known = time.monotonic(), rate
        return rate

    def _table(self) -> Timetable:
        return self._settings().timetable()
