"""Send files: a job by its id, or what is written here as jobs are."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import ConfigDict, model_validator

from ..ports import Doing
from ..settings.spec import Env, TaskSpec


class TransferSpec(TaskSpec):
    """Transfer

    Sends the files of a source to a destination, as a job does.
    """

    model_config = ConfigDict(extra="allow")

    type: Literal["transfer"] = "transfer"
    job: str = ""
    """The id of a job. Else `source`, `destination` and the other keys of a job stand here."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        written = self.model_extra or {}
        if self.job and written:
            raise ValueError(f"job names what is sent, so {min(written)} cannot be here too")
        for key in ("source", "destination"):
            if not self.job and key not in written:
                raise ValueError(f"{key} is missing: name a job, or write source and destination as in a job")
        return self

    def build(self, env: Env) -> Transfer:
        return Transfer({"job": self.job} if self.job else dict(self.model_extra or {}))


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer as a task."""

    settings: Mapping[str, Any]

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """How many files and bytes were sent."""
        return doing.transfer(self.settings)
