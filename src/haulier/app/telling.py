"""Who is told what of the workspace as it is now."""
from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ..core.letter import test_letter
from ..core.select import matcher
from ..engine.alerting import Subscriber
from ..model.errors import HaulierError, NotFound
from ..ports import Channel
from ..settings.alerts import AlertSpec
from ..settings.live import Live
from ..settings.problems import nearest
from ..settings.workspace import Workspace


class Telling:
    """The channels of haulier.yaml; while it or one of them has a mistake, what they were before."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._workspace: Workspace | None = None
        self._found: Mapping[str, Subscriber] = {}

    def __call__(self) -> Mapping[str, Subscriber]:
        """By name."""
        workspace = self._live.workspace
        if workspace is not self._workspace and workspace.is_readable():
            kept = {name: self._found[name] for name in workspace.alerts.broken if name in self._found}
            self._found = kept | {name: _subscriber(workspace, spec) for name, spec in workspace.alerts.specs.items()}
            self._workspace = workspace
        return self._found

    def address(self) -> str:
        """Where people reach the hub; empty if nobody said."""
        return self._live.standing.public_url


def tested(workspace: Workspace, name: str) -> tuple[str, float]:
    """What went wrong with a test message, if anything, and the seconds it took. NotFound without such a channel."""
    channels = workspace.alerts
    if name in channels.broken:
        return str(channels.broken[name][0]), 0.0
    if name not in channels.specs:
        raise NotFound(f'no channel is called "{name}"; {nearest(name, channels.specs) or "this workspace has none"}')
    started = time.monotonic()
    try:
        _open(workspace, channels.specs[name])().send(
            test_letter(name, time.time_ns(), workspace.settings.public_url))
    except HaulierError as error:
        return str(error), time.monotonic() - started
    return "", time.monotonic() - started


def _subscriber(workspace: Workspace, spec: AlertSpec) -> Subscriber:
    return Subscriber(frozenset(spec.events), matcher(spec.jobs or ("*",)), spec.quiet, _open(workspace, spec))


def _open(workspace: Workspace, spec: AlertSpec) -> Callable[[], Channel]:
    return lambda: spec.build(workspace.env())
