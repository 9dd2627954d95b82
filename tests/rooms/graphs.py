"""Flows of Python functions, run with real books."""
from __future__ import annotations

import atexit
import json
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from haulier.core.template import filled
from haulier.engine.clock import SystemClock
from haulier.engine.graph.course import GraphCourse, performed
from haulier.engine.graph.site import GraphWork, Site
from haulier.engine.shop import Load
from haulier.engine.terms import Terms
from haulier.engine.work import Result
from haulier.ledger import books
from haulier.ledger.books import Books
from haulier.model.graph import Graph, Node
from haulier.model.run import Run, Start
from haulier.model.task import Key, TaskRun, TaskState
from haulier.ports import Doing, Store
from haulier.stores.local import Local

Function = Callable[[Doing], Mapping[str, Any] | None]


class Plain:
    """A task that calls a function, with its settings as `doing.settings`."""

    def __init__(self, function: Function, settings: Mapping[str, Any]) -> None:
        self._function, self._settings = function, settings

    def run(self, doing: Doing) -> Mapping[str, Any]:
        setattr(doing, "settings", self._settings)  # noqa: B010 - for functions of tests
        return self._function(doing) or {}


@dataclass
class Show:
    """A place where flows of functions are run."""

    folder: Path
    functions: dict[str, Function] = field(default_factory=dict)
    graphs: dict[str, Graph] = field(default_factory=dict)
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        shutil.copy(_empty(), self.folder / "ledger.db")
        self.books = books(f"sqlite:///{self.folder}/ledger.db")
        self.site = Site(self.books.tasks, lambda: self.books.imports, self.folder, self.folder / "runs",
                         {"PATH": "/usr/bin:/bin"}, self._build, self._store, self._load)

    def _build(self, node: Node, scope: Mapping[str, Any], names: Collection[str]) -> Plain:
        return Plain(self.functions.get(node.id) or (lambda doing: None), filled(node.settings, scope, names))

    @contextmanager
    def _store(self, place: Mapping[str, Any] | str) -> Iterator[Store]:
        with Local(str(place["path"] if isinstance(place, Mapping) else place)) as store:
            yield store

    @contextmanager
    def _load(self, name: str, settings: Mapping[str, Any] | None) -> Iterator[Load]:
        yield performed(self.work(self.graphs[name]))

    def work(self, graph: Graph) -> GraphWork:
        return GraphWork(graph, self.site)

    def flow(self, *nodes: Node, flow: str = "flow", **more: Any) -> Graph:
        self.graphs[flow] = Graph(flow, nodes, takes_any=True, **more)
        return self.graphs[flow]

    def course(self, graph: Graph, *, params: Mapping[str, Any] = {}, **terms: Any) -> GraphCourse:
        made = Terms(how=Start(json.dumps(params) if params else ""), beat=terms.pop("beat", 0.05), **terms)
        return GraphCourse(self.books.ledger, self.work(graph), SystemClock(), None, made)

    def run(self, graph: Graph, **more: Any) -> Result:
        return self.course(graph, **more).run()

    def in_thread(self, graph: Graph, **more: Any) -> tuple[threading.Thread, list[Result]]:
        found: list[Result] = []
        course = self.course(graph, **more)
        thread = threading.Thread(target=lambda: found.append(course.run()))
        thread.start()
        return thread, found

    def tasks(self, run: int) -> dict[str, TaskRun]:
        return {str(row.key): row for row in self.books.tasks.tasks(run)}

    def states(self, run: int) -> dict[str, TaskState]:
        return {name: row.state for name, row in self.tasks(run).items()}

    def tries(self, run: int, task: str, item: int = 0) -> Sequence[TaskState]:
        return [one.state for one in self.books.tasks.attempts(run, Key(task, item))]

    def latest(self) -> Run:
        return self.books.ledger.runs(limit=1)[0]

    def close(self) -> None:
        self.books.close()


@cache
def _empty() -> Path:
    """A new ledger, made once: that takes longer than most of the flows."""
    path = Path(mkdtemp(prefix="haulier-")) / "ledger.db"
    books(f"sqlite:///{path}").close()
    atexit.register(shutil.rmtree, path.parent)
    return path


def node(id: str, *needs: str, **more: Any) -> Node:
    return replace(Node(id, needs=needs), **more)
