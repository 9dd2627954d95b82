"""Runs that transfers and events belong to, remembered: a page of files has few runs, and they are asked for often."""
from __future__ import annotations

import threading
from collections import OrderedDict

from ...model.errors import NotFound
from ...model.run import Run
from ...ports import Agenda

REMEMBERED = 10_000


class Origins:
    """Runs by id; of those that are remembered, only the flow and the places are as they are now."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._runs: OrderedDict[int, Run] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, id: int) -> Run | None:
        """The run; None if there is none."""
        with self._lock:
            if found := self._runs.get(id):
                return found
        try:
            found = self._agenda.run(id)
        except NotFound:
            return None
        if found.started:   # it goes from there to there for ever
            self._remember(found)
        return found

    def flow(self, id: int) -> str:
        """The name of its flow; '' if there is no such run."""
        found = self.of(id) if id else None
        return found.flow if found else ""

    def _remember(self, run: Run) -> None:
        with self._lock:
            self._runs[run.id] = run
            while len(self._runs) > REMEMBERED:
                self._runs.popitem(last=False)
