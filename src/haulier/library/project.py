"""A folder with flows, from Python."""
from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..app.carrying import Order, carry
from ..app.ground import Given, Ground, ground
from ..app.rehearsing import rehearsed
from ..model.errors import Failed, Invalid
from ..model.run import RunState
from ..model.task import TaskState

AnyPath = str | os.PathLike[str]


@dataclass(frozen=True)
class Execution(os.PathLike[str]):
    """What came of `execute_flow`: a run, or a script. Where a path is wanted, it is that of the script."""

    flow: str
    run: int = 0
    """The number of the run; 0: nothing was run."""
    state: str = ""
    """How it ended: done."""
    tasks: Mapping[str, str] = field(default_factory=dict)
    """The state of each task."""
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What tasks gave to those after them."""
    script: Path | None = None
    """The script of bash that does the same, if that was asked for."""

    def __fspath__(self) -> str:
        if self.script is None:
            raise TypeError(f"{self.flow} was run; a script is written with dry_run=True")
        return str(self.script)


class FlowFailed(Failed):
    """A flow was run and has failed; `execution` tells how far it came."""

    def __init__(self, message: str, execution: Execution) -> None:
        super().__init__(message)
        self.execution = execution


class Haulier:
    """The flows of a folder, or of a workspace. Folders that are not given are as on the command line."""

    def __init__(self, flows_dir: AnyPath | None = None, tasks_dir: AnyPath | None = None,
                 output_dir: AnyPath | None = None, log_level: str | None = None, *,
                 config_dir: AnyPath | None = None, workspace: AnyPath | None = None) -> None:
        self._given = given(workspace, flows=flows_dir, tasks=tasks_dir, output=output_dir, config=config_dir)
        if log_level:
            logging.getLogger("haulier").setLevel(log_level.upper())

    def list_flows(self) -> list[str]:
        """The names of all flows, sorted; also of those that have mistakes."""
        return list(self._ground().workspace.flows.names())

    def execute_flow(self, flow_name: str, params: Mapping[str, Any] | None = None, dry_run: bool = False, *,
                     resume: bool = False) -> Execution:
        """Run a flow to its end. FlowFailed if it fails; NotFound, Problems or Invalid before anything begins.

        `dry_run`: write a script of bash instead. `resume`: go on with the last run, which was not done.
        """
        place = self._ground()
        if dry_run:
            found = rehearsed(place, flow_name, params or {})
            if found.script is None:
                raise Invalid(f"{flow_name}: no script can be written: {found.untold}")
            return Execution(flow_name, script=found.script)
        ended = carry(place, Order(flow_name, params or {}, resume))
        execution = told(place, flow_name, ended.run, ended.state)
        if ended.state is not RunState.DONE:
            raise FlowFailed(f"{flow_name}: run {ended.run}: {ended.error or ended.state}", execution)
        return execution

    def _ground(self) -> Ground:
        """Looked up each time: files may have changed."""
        return ground(self._given)


def given(workspace: AnyPath | None = None, **folders: AnyPath | None) -> Given:
    """Folders as somebody gave them."""
    return Given(os.fspath(workspace) if workspace is not None else None,
                 **{name: Path(path) for name, path in folders.items() if path is not None})


def told(place: Ground, flow: str, run: int, state: RunState) -> Execution:
    """What the ledger knows of a run."""
    with place.opened() as (books, _):
        rows = [row for row in books.tasks.tasks(run) if not row.key.item]
    return Execution(flow, run, state.value, {row.key.task: row.state.value for row in rows},
                     {row.key.task: row.outputs for row in rows if row.state is TaskState.DONE})
