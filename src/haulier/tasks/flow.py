"""Run another flow, and wait for its end."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from ..ports import Doing
from ..settings.spec import Env, TaskSpec


class FlowSpec(TaskSpec):
    """Flow

    A run of its own; this task is done when that is.
    """

    type: Literal["flow"] = "flow"
    flow: str = Field(min_length=1)
    """Its name: that of its file."""
    params: dict[str, Any] = {}
    """The parameters that it is run with."""

    def build(self, env: Env) -> Inner:
        return Inner(self.flow, self.params)


@dataclass(frozen=True, slots=True)
class Inner:
    """A flow in a flow."""

    flow: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """Its run, and the outputs of its tasks."""
        return doing.start(self.flow, self.params)
