"""The settings that hold: a hand edit with a mistake in it changes nothing until it is put right."""
from __future__ import annotations

from contextlib import suppress

from ..model.errors import Invalid
from ..settings.live import Live
from ..settings.workspace import WorkspaceForm


class Standing:
    """What haulier.yaml said when it last had no mistake; Problems if it has one from the beginning."""

    def __init__(self, live: Live) -> None:
        self._live, self._good = live, live.workspace.settings

    def __call__(self) -> WorkspaceForm:
        """As they are now, if they are good."""
        with suppress(Invalid):
            self._good = self._live.workspace.settings
        return self._good
