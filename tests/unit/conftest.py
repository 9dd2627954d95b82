"""What several unit tests need."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import ConfigDict, Field, SecretStr

from haulier.model.errors import Invalid
from haulier.settings import registry
from haulier.settings.spec import TaskSpec
from haulier.settings.units import Duration


class ScriptSpec(TaskSpec):
    """A script"""

    type: Literal["script"] = "script"
    script: str
    args: list[Any] | dict[str, Any] = []
    env: dict[str, SecretStr] = Field(default={}, repr=False)

    def file(self, tasks: Path) -> Path | None:
        if "${" in self.script:
            return None
        if not (tasks / self.script).resolve().is_relative_to(tasks):
            raise Invalid(f"script: {self.script} is outside the folder of tasks")
        if not (tasks / self.script).is_file():
            raise Invalid(f"script: {self.script} is not there")
        return tasks / self.script


class WaitSpec(TaskSpec):
    """A wait"""

    for_: Duration = Field(alias="for")
    count: int = 1


class FlowSpec(TaskSpec):
    """A flow"""

    flow: str
    params: dict[str, Any] = {}


class TransferSpec(TaskSpec):
    """A transfer"""

    model_config = ConfigDict(extra="allow")
    job: str = ""


@pytest.fixture
def task_types() -> Iterator[None]:
    """Types of tasks that need no more than settings."""
    types = {"script": ScriptSpec, "wait": WaitSpec, "flow": FlowSpec, "transfer": TransferSpec}
    for name, spec in types.items():
        registry.register("tasks", name, spec)
    yield
    for name in types:
        registry.unregister("tasks", name)
