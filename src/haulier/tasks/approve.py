"""Ask a person: the flow goes on when somebody has said yes."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ..model.errors import Denied, Later
from ..ports import Doing
from ..settings.rules import listed
from ..settings.spec import Env, TaskSpec


class ApproveSpec(TaskSpec):
    """Approval

    Waits, without holding anything up, until a person approves or refuses.
    """

    type: Literal["approve"] = "approve"
    message: str = ""
    """What the person is asked."""
    users: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """Who may answer; if empty, everybody with the role."""
    role: Literal["operator", "admin"] = "operator"
    """What somebody has to be to answer."""

    def build(self, env: Env) -> Approval:
        return Approval(self.message)


@dataclass(frozen=True, slots=True)
class Approval:
    """A question and, later, its answer."""

    message: str = ""

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """Who approved; Later while nobody has answered, Denied if the answer is no."""
        said = doing.decision
        if said is None:
            raise Later(f"waits for a person: {self.message or 'go on?'}")
        if not said.approved:
            raise Denied(f"{said.by} refused{f': {said.text}' if said.text else ''}")
        return {"approved": True, "by": said.by, "text": said.text}
