"""What `${…}` and conditions in a flow can name, and what programs are told by their environment."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...core.params import as_text
from ...model.run import Run
from ...model.task import Key, TaskRun, TaskState

LONGEST = 100_000
"""Bytes of a parameter that is a variable too: Linux takes 128 KiB of each."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Tasks(Mapping[str, Any]):
    """The tasks of a run by id, as they are at the moment that one is asked for."""

    def __init__(self, rows: Mapping[Key, TaskRun], ids: tuple[str, ...]) -> None:
        self._rows, self._ids = rows, ids

    def __getitem__(self, id: str) -> Mapping[str, Any]:
        if id not in self._ids:
            raise KeyError(id)
        row = self._rows.get(Key(id))
        if row is None:
            return {"state": TaskState.QUEUED.value, "outputs": {}, "error": "", "tries": 0}
        return {"state": row.state.value, "outputs": self._outputs(row), "error": row.error, "tries": row.tries}

    def _outputs(self, row: TaskRun) -> Mapping[str, Any]:
        """Of one that was done for each of a list those of all, also where they are too many to be kept together."""
        if row.items is None or "count" not in row.outputs or "items" in row.outputs:
            return row.outputs
        each = [self._rows[Key(row.key.task, at)].outputs for at in range(1, len(row.items) + 1)]
        return {**row.outputs, "items": each}

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def scope(run: Run, params: Mapping[str, Any], tasks: Tasks, zone: str) -> Mapping[str, Any]:
    """What is the same for all tasks of a run. Parameters may be named without `params.`, if nothing else is."""
    return {**params, "params": params, "tasks": tasks, "run": facts(run, zone)}


def facts(run: Run, zone: str) -> Mapping[str, Any]:
    """What is known of a run: its moment is the slot of its schedule, or when it was wanted."""
    moment = datetime.fromtimestamp((run.slot or run.created or run.started) / 1e9, UTC).replace(microsecond=0)
    return {"id": run.id, "flow": run.flow, "trigger": run.trigger.value, "priority": run.priority.name.lower(),
            "slot": moment.isoformat().replace("+00:00", "Z"),
            "date": moment.astimezone(ZoneInfo(zone)).date().isoformat()}


def environment(base: Mapping[str, str], params: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, str]:
    """What is the same for all programs of a run. A parameter never takes the place of something that is set, and one
    that is longer than a variable can be is none."""
    told = {name: value for name, value in params.items() if len(json.dumps(value)) <= LONGEST}
    found = {**base, "HAULIER_RUN": str(run["id"]), "HAULIER_FLOW": run["flow"], "HAULIER_SLOT": run["slot"],
             "HAULIER_DATE": run["date"], "HAULIER_PARAMS": json.dumps(told)}
    for name, value in told.items():
        if _NAME.fullmatch(name) and name not in found:
            found[name] = as_text(value)
    return found
