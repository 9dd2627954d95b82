"""How a run ends before its end: let go, or by a bug of ours."""
from __future__ import annotations

from ..model.run import RunState


class LetGo(Exception):
    """The run is to end now, in this state."""

    def __init__(self, state: RunState) -> None:
        super().__init__(state)
        self.state = state


def bug_in(error: BaseException) -> str:
    """What to say of an error that is a bug of ours."""
    return f"internal error ({type(error).__name__}: {error}); please report it"
