"""A scheduler: flows and jobs when they are due, in one process with little memory and nothing that listens."""
from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import __version__
from ..settings.live import Live
from . import logs
from .ground import Ground
from .hub import Light, hub
from .lock import FILE, Holder, held
from .lock import holder as holder_of

LOOK = 0.1
LOCK, LOG = "scheduler.lock", "scheduler.log"
log = logging.getLogger("haulier.hub")


def run(ground: Ground, every: float, level: str, greet: Callable[[], None], is_over: Callable[[], bool]) -> None:
    """Until `is_over`. Busy if another one is running here, or the hub of the workspace."""
    files, url = live(ground), ground.url()
    with hold(ground):
        logs.begin(ground.logs / LOG, lambda: level)
        with hub(files, light=Light(url, ground.runs, every)):
            log.info("scheduler %s in %s", __version__, ground.home)
            greet()
            while not is_over():
                time.sleep(LOOK)
            log.info("stopping")
        log.info("stopped")


def live(ground: Ground) -> Live:
    """Its files, watched. Problems if the settings have mistakes."""
    found = Live(ground.home, folders=ground.folders)
    found.workspace.log_level()
    return found


@contextmanager
def hold(ground: Ground) -> Iterator[None]:
    """We are the scheduler while this lasts. Busy if another process is."""
    with held(*_lock(ground)) as tell:
        tell(Holder(os.getpid(), "scheduler", time.time_ns()))
        yield


def holder(ground: Ground) -> Holder | None:
    """The scheduler, or the hub, that runs here now."""
    return holder_of(*_lock(ground))


def _lock(ground: Ground) -> tuple[Path, str]:
    """A hub and a scheduler of one workspace keep each other out."""
    return (ground.home, FILE) if ground.ledger is None else (ground.output, LOCK)
