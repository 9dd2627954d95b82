"""What a flow's graph is carried with: where it runs, and what makes its tasks live."""
from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...model.graph import Graph, Node
from ...ports import ImportBook, Store, Task, TaskBook
from ..shop import Load

CONCURRENCY = 8
"""Tasks of one run at a time, if its flow does not say."""
IN_ALL = 32
"""Tasks of all runs of a process at a time, where nobody says."""


class Room:
    """So many tasks of all runs of a process at a time; `most` may change."""

    def __init__(self, most: Callable[[], int]) -> None:
        self._most, self._lock = most, threading.Lock()
        self._taken = 0

    def enter(self) -> bool:
        """Whether there was room for one more; it is taken then."""
        most = self._most()
        with self._lock:
            if self._taken >= most:
                return False
            self._taken += 1
            return True

    def leave(self) -> None:
        """One of them has ended."""
        with self._lock:
            self._taken -= 1


@dataclass(frozen=True, slots=True)
class Site:
    """The workspace, as the engine sees it."""

    tasks: TaskBook
    imports: Callable[[], ImportBook]
    """Loaded when a task asks for it."""
    home: Path
    """Where programs are started."""
    runs: Path
    """Each run has a folder in it."""
    environ: Mapping[str, str]
    """What every program's environment begins with."""
    build: Callable[[Node, Mapping[str, Any], Collection[str]], Task]
    """The task of a node, `${…}` in its settings filled in from a scope, where parameters of these names may stand
    alone; Invalid if they are no good."""
    store: Callable[[Mapping[str, Any] | str], AbstractContextManager[Store]]
    """The files at a place; Invalid if there is no such place."""
    load: Callable[[str, Mapping[str, Any] | None], AbstractContextManager[Load]]
    """The load of a job or flow of that name; with settings, of the job that they are."""
    leftovers: Callable[[int, str, Path], int] = lambda run, task, folder: 0
    """Ends programs that tries of a task of a run (with that TMP_DIR) left behind when their process died; how many.
    Without a task: of all of them."""
    zone: str = "UTC"
    concurrency: int = CONCURRENCY
    room: Room = field(default_factory=lambda: Room(lambda: IN_ALL))


@dataclass(frozen=True, slots=True)
class GraphWork:
    """A flow, ready to run."""

    graph: Graph
    site: Site

    @property
    def flow(self) -> str:
        """Its name in the ledger."""
        return self.graph.flow
