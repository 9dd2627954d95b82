"""What the tasks of one run have in common: a folder, an environment, what they can name, and room to be done in."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...core import expression, params, template
from ...core.graph import Frontier
from ...model.errors import Invalid
from ...model.graph import Keep, Node
from ...model.run import OVER, Run, RunState
from ...model.task import Key, TaskState
from ...ports import Clock
from .board import Board
from .children import Children
from .each import items
from .folders import RunFolder, tail
from .hands import End, Work
from .outcome import looked_at, seconds_left
from .scope import Tasks, environment, facts, scope
from .site import GraphWork
from .stint import Stint

RUNS = frozenset({"flow", "transfer"})
"""Types of tasks that are runs of their own: their parts take room, not they."""


class Stage:
    """Those of one run; Invalid if it was wanted with parameters that its flow does not take."""

    def __init__(self, work: GraphWork, run: Run, board: Board, clock: Clock) -> None:
        self.graph, self._site, self._run, self._board, self._clock = work.graph, work.site, run, board, clock
        given = json.loads(run.params) if run.params else {}
        self._params = params.given(work.graph.params, given, takes_any=work.graph.takes_any)
        self._names = {*self._params, *(param.name for param in work.graph.params)}
        self._tasks = Tasks(board.rows, tuple(node.id for node in work.graph.nodes))
        self._scope = scope(run, self._params, self._tasks, self._site.zone)
        self._environment = environment(self._site.environ, self._params, facts(run, self._site.zone))
        self.folder = RunFolder(self._site.runs, run.id)
        self._held = 0

    def begin(self, children: Children) -> None:
        """Make the folder, and end what a try has left behind whose process died."""
        self._children = children
        if self._run.origin and not self.folder.tmp.exists():
            self.folder.take_over(RunFolder(self._site.runs, self._run.origin))
        self.folder.make()
        for key, row in self._board.rows.items():
            if row.state is TaskState.RUNNING:
                self._site.leftovers(self._run.id, str(key), self.folder.tmp)

    def end(self, state: RunState) -> None:
        """Give back all room; the temporary folder goes, if the run is over and it is not kept."""
        while self._held:
            self.leave()
        keeps = self.graph.keep is Keep.ALWAYS or (self.graph.keep is Keep.ON_FAILURE and state is not RunState.DONE)
        if state in OVER and not keeps:
            self.folder.clear()

    def now(self) -> int:
        """Nanoseconds since the epoch."""
        return self._clock.now()

    def seconds_left(self) -> float | None:
        """Of the whole run; None: as many as it likes."""
        timeout = self.graph.timeout
        return None if timeout is None else max(0.0, timeout - (self.now() - self._run.started) / 1e9)

    @property
    def concurrency(self) -> int:
        """Tasks of this run at a time."""
        return self.graph.concurrency or self._site.concurrency

    def frontier(self) -> Frontier:
        """How far the run is."""
        return Frontier(self.graph.nodes, self._board.states(), self._holds)

    def _holds(self, node: Node) -> bool:
        return expression.parsed(node.when).holds(self._scope)

    # Room

    def enter(self, node: Node) -> bool:
        """Whether there is room for one more task in this process; it is taken then."""
        if node.type in RUNS:
            return True
        if not self._site.room.enter():
            return False
        self._held += 1
        return True

    def leave(self, node: Node | None = None) -> None:
        """Give back what enter() took."""
        if node is None or node.type not in RUNS:
            self._held -= 1
            self._site.room.leave()

    # Tries

    def is_due(self, key: Key) -> bool:
        """Whether a task that waits has its turn again."""
        at = self.due(key)
        return at is not None and at <= self._clock.now()

    def due(self, key: Key) -> int | None:
        """When that is; None: when a person has answered."""
        return looked_at(self.graph.node(key.task), self._board[key])

    def stint(self, node: Node, key: Key) -> Stint:
        """One try, which begins now."""
        row, number = self._board[key], max(1, self._board[key].tries)
        log = self.folder.log(key, number)
        env = {**self._environment, "TMP_DIR": str(self.folder.tmp), "HAULIER_TASK": str(key),
               "HAULIER_TRY": str(number), "HAULIER_OUTPUT": str(log.with_suffix(".outputs"))}
        if key.item:
            env["HAULIER_ITEM"] = json.dumps(self._item(key))
        return Stint(flow=self._run.flow, run=self._run.id, task=str(key), number=number, since=row.since,
                     params=self._params, env=env, home=self._site.home, folder=self.folder.tmp, log=log,
                     left=seconds_left(node, row, self._clock.now()), places=self._site.store,
                     carry=self._children.carry, books=self._site.imports, decision=row.decision)

    def work(self, node: Node, key: Key) -> Work:
        """What is done in a try: the task, its settings filled in."""
        def do(stint: Stint) -> Mapping[str, Any]:
            return self._site.build(node, self._around(key), self._names).run(stint)
        return do

    def list_of(self, node: Node) -> Work:
        """What is done to find out what a task is to be done for."""
        def look(stint: Stint) -> Mapping[str, Any]:
            return {"items": list(items(node, template.filled(node.foreach, self._scope, self._names), stint))}
        return look

    def tail(self, end: End) -> str:
        """The end of what it printed."""
        return tail(end.stint.log)

    def _around(self, key: Key) -> Mapping[str, Any]:
        return {**self._scope, "item": self._item(key), "index": key.item} if key.item else self._scope

    def _item(self, key: Key) -> Any:
        found = self._board[Key(key.task)].items
        if found is None or key.item > len(found):
            raise Invalid(f"{key}: its list is not known")  # a bug elsewhere: items are stored before their tasks
        return found[key.item - 1]
