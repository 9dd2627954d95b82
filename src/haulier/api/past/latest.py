"""What the jobs did last."""
from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from ...model.errors import NotFound
from ...model.query import FlowFacts, RunQuery
from ...model.run import OVER, Run
from ...ports import Agenda, Reader

LOOK = 200


class Latest:
    """The last run of each flow. What is over does not change, and is looked up once."""

    def __init__(self, reader: Reader, agenda: Agenda) -> None:
        self._reader, self._agenda = reader, agenda
        self._over: dict[str, Run] = {}
        self._lock = threading.Lock()

    def runs(self, facts: Iterable[FlowFacts]) -> Mapping[str, Run]:
        """By flow; for those that ever ran."""
        wanted = {one.flow: one.last_run for one in facts if one.last_run}
        with self._lock:
            found = {flow: run for flow, run in self._over.items() if wanted.get(flow) == run.id}
        if len(found) < len(wanted):
            recent = {run.id: run for run in self._reader.runs(RunQuery(limit=LOOK)).items}
            for flow, id in wanted.items():
                run = found.get(flow) or recent.get(id) or self._one(id)
                if run:
                    found[flow] = run
        with self._lock:
            self._over = {flow: run for flow, run in found.items() if run.state in OVER}
        return found

    def _one(self, id: int) -> Run | None:
        try:
            return self._agenda.run(id)
        except NotFound:
            return None
