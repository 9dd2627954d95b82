"""How far each task of a run is: in memory, and stored before anything of it begins."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...model.run import Run
from ...model.task import OVER, Key, Move, TaskRun, TaskState
from ...ports import TaskBook


class Board:
    """The tasks of one run. Moves are gathered with `move`, and done by `store`, all in one transaction."""

    def __init__(self, book: TaskBook, run: Run) -> None:
        self._book, self._run = book, run
        self.rows: dict[Key, TaskRun] = {row.key: row for row in book.tasks(run.id)}
        self.waiting = {row.key: row for row in self.rows.values() if row.state is TaskState.WAITING}
        self._moves: list[Move] = []
        self._postponed: set[Key] = set()
        self._passed: dict[str, int] = {}

    def __getitem__(self, key: Key) -> TaskRun:
        return self.rows.get(key) or TaskRun(self._run.id, key)

    def states(self) -> Mapping[str, TaskState]:
        """Of the tasks themselves, by id."""
        return {key.task: row.state for key, row in self.rows.items() if not key.item}

    def items(self, task: str) -> Sequence[TaskRun]:
        """Of a task that is done for each of a list: how far it is with each."""
        return [self[Key(task, at)] for at in range(1, len(self[Key(task)].items or ()) + 1)]

    def has_open(self, task: str) -> bool:
        """Whether one of its list is not over. Those that were when this was asked before are not looked at again."""
        count, at = len(self[Key(task)].items or ()), self._passed.get(task, 0)
        while at < count and self[Key(task, at + 1)].state in OVER:
            at += 1
        self._passed[task] = at
        return at < count

    def move(self, move: Move) -> None:
        """To be done with the others, in this order. What is decided meanwhile may go by it, but nothing begin."""
        self._moves.append(move)
        row = self[move.key]
        self._put(row._replace(
            state=move.state, error=move.error, kind=move.kind, due=move.due,
            outputs=row.outputs if move.outputs is None else move.outputs,
            items=row.items if move.items is None else move.items))

    def store(self) -> Sequence[TaskRun]:
        """Do what was gathered; the tasks as they are then."""
        if not self._moves:
            return ()
        changed = self._book.move(self._run, self._moves)
        self._moves = []
        for row in changed:
            self._put(row)
        return changed

    def postpone(self, key: Key, due: int | None) -> None:
        """One that waits is looked at again then: not stored at once, as after a crash it is looked at in any case."""
        self._put(self[key]._replace(due=due))
        self._postponed.add(key)

    def settle(self) -> None:
        """What was postponed is stored with the next moves: the run lets go until then."""
        for row in filter(None, map(self.waiting.get, self._postponed)):
            self.move(Move(row.key, row.state, row.state, row.error, row.kind, row.due))
        self._postponed.clear()

    def refresh(self) -> Sequence[TaskRun]:
        """Look again; those that a person has decided about since."""
        found = {row.key: row for row in self._book.tasks(self._run.id)}
        decided = [row for key, row in found.items() if row.decision and not self[key].decision]
        for row in decided:
            self._put(row)
        return decided

    def _put(self, row: TaskRun) -> None:
        self.rows[row.key] = row
        if row.state is TaskState.WAITING:
            self.waiting[row.key] = row
        else:
            self.waiting.pop(row.key, None)
