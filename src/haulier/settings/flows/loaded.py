"""Flows that were read: what can be asked of them without the means to read one."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.params import given
from ...model.errors import NotFound
from ...model.graph import Graph
from ...model.schedule import Schedule
from ..problems import Problem, Problems, nearest

if TYPE_CHECKING:
    from .forms import FlowForm

FILES = "files"
"""The parameter that tells which files have come."""

@dataclass(frozen=True, slots=True)
class Flow:
    """A flow that can run."""

    graph: Graph
    form: FlowForm
    file: str
    line: int = 1

    @property
    def name(self) -> str:
        """What it is called, here and in the ledger."""
        return self.graph.flow

    @property
    def enabled(self) -> bool:
        """Whether a schedule starts it."""
        return self.form.enabled

    def schedule(self, zone: str) -> Schedule | None:
        """That of its own file; `zone` is where clocks hang if it does not say."""
        form = self.form.schedule
        return form.schedule(timezone=self.form.timezone or zone, enabled=self.enabled) if form else None

    def given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a run; Invalid with every mistake."""
        return given(self.graph.params, values, self.graph.takes_any)

    def told(self, files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The parameters of a run that files start."""
        takes = self.graph.takes_any or any(param.name == FILES for param in self.graph.params)
        return {FILES: list(files)} if takes else {}

    def arriving(self) -> dict[str, Any]:
        """The job that looks through the place where its files come, though it is never run."""
        assert self.form.arrival is not None
        return arriving(self.form.arrival.model_dump(exclude_unset=True))


def arriving(written: Mapping[str, Any]) -> dict[str, Any]:
    """The same, from what was written."""
    settings = {key: value for key, value in written.items() if key not in ("every", "events")}
    place = {key: value for key, value in settings["source"].items() if key != "file_pattern"}
    return {**settings, "destination": place}


@dataclass(frozen=True, slots=True)
class LoadedFlows:
    """The flows that can run, and every mistake that was found."""

    flows: tuple[Flow, ...] = ()
    problems: tuple[Problem, ...] = ()
    broken: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    """The mistakes of the flows that cannot run, by name."""
    scripts: frozenset[Path] = frozenset()
    """The files of the tasks folder that were looked at, also those that were not there."""

    def flow(self, name: str) -> Flow:
        """That flow; its Problems if it has any; NotFound if there is none of that name."""
        for flow in self.flows:
            if flow.name == name:
                return flow
        if name in self.broken:
            raise Problems(self.broken[name])
        raise NotFound(f'no flow is called "{name}"; {nearest(name, self.names()) or "there are none"}')

    def names(self) -> tuple[str, ...]:
        """Of all of them, also of those that cannot run."""
        return tuple(sorted({*(flow.name for flow in self.flows), *self.broken}))
