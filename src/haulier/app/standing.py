"""The settings that hold: a hand edit with a mistake in it changes nothing until it is put right."""
from __future__ import annotations

from ..settings.live import Live
from ..settings.options import WorkspaceForm


class Standing:
    """What haulier.yaml said when it last had no mistake; Problems if it has one from the beginning."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self()

    def __call__(self) -> WorkspaceForm:
        """As they are now, if they are good."""
        return self._live.standing
