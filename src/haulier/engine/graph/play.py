"""The tasks of one run, each in its turn: what may begin, what has ended, and what somebody wants."""
from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ...core import kept
from ...model.errors import TimeUp
from ...model.graph import Node, Phase
from ...model.progress import Progress
from ...model.run import Run, RunState, Wish
from ...model.task import OVER, Key, Move, TaskRun, TaskState
from ...ports import Ledger
from ..clock import Deadline
from ..ends import LetGo
from ..terms import Terms
from ..trouble import Unstored
from ..work import Watcher
from .board import Board
from .each import LARGEST, verdict
from .hands import End, Hands
from .outcome import after, earliest, goes_on, why
from .stage import Stage
from .stint import Halt

T = TypeVar("T")
S = TaskState
TURN = 0.1
"""Seconds between two looks at whether somebody wants something, at most."""
OUTAGE = 20.0
"""Seconds that the ledger may be away: less than a lease lasts."""
GRACE = 7.0
"""Seconds for what is under way to be put down."""
COUNTED = {S.DONE: "done", S.FAILED: "failed", S.BLOCKED: "failed", S.SKIPPED: "skipped"}


class Play:
    """Those of one run, from where its board is."""

    def __init__(self, run: Run, stage: Stage, board: Board, ledger: Ledger, watcher: Watcher, terms: Terms,
                 progress: Progress) -> None:
        self._run, self._stage, self._board = run, stage, board
        self._ledger, self._watcher, self._terms, self._progress = ledger, watcher, terms, progress
        self._hands = Hands()
        self._ready: deque[tuple[Node, Key]] = deque()
        self._begun: list[tuple[Node, Key, bool]] = []
        self._pausing = self._time_is_up = False
        self._deadline = Deadline(stage.graph.flow, stage.seconds_left())
        self._beaten = time.monotonic()
        self._frontier = stage.frontier()
        progress.files, progress.is_planned = len(stage.graph.nodes), True
        for row in board.rows.values():
            if row.state in OVER:
                self._count(row)

    def carry(self) -> tuple[RunState, str, int | None]:
        """How it ended and why, or until when it waits. LetGo if somebody wants that: then put_down() comes next."""
        while True:
            self._look()
            self._store()
            if not self._hands.busy:
                if self._frontier.is_over and not self._ready:
                    return self._ended()
                if (due := self._parks_until()) is not None:
                    self._board.settle()
                    self._store()
                    return RunState.WAITING, "", due or None
            for end in self._hands.ended(self._patience()):
                self._end(end)
            self._beat()

    def _ended(self) -> tuple[RunState, str, int | None]:
        failed = self._frontier.failed
        if not failed:
            return RunState.DONE, "", None
        first = next((self._board[Key(id)] for id in failed if self._board[Key(id)].state is S.FAILED),
                     self._board[Key(failed[0])])
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return RunState.FAILED, f"{why(first)}{more}", None

    # What is to be begun

    def _look(self) -> None:
        """What may begin now has its turn, as far as there is room."""
        for node in self._frontier.take():
            self._ready.extend((node, key) for key in self._keys(node))
        for id, state, reason in self._frontier.settled():
            self._board.move(Move(Key(id), self._board[Key(id)].state, state, reason))
        if self._pausing:
            return
        self._ready.extend(self._due())
        while self._ready and len(self._hands.busy) + len(self._begun) < self._stage.concurrency:
            if not self._begin(*self._ready[0]):
                break
            self._ready.popleft()

    def _keys(self, node: Node) -> Iterator[Key]:
        """The task itself, or those of its list that are not over; a WAITING one waits on."""
        row = self._board[Key(node.id)]
        if row.items is None:
            if row.state is not S.WAITING:
                yield row.key
            return
        open_items = [one for one in self._board.items(node.id) if one.state not in OVER]
        yield from (one.key for one in open_items if one.state is not S.WAITING)
        if not open_items:
            self._end_each(node)

    def _due(self) -> Iterator[tuple[Node, Key]]:
        taken = {key for _, key in self._ready}
        for key in self._board.waiting:
            if key not in taken and key not in self._hands.busy and (self._is_too_late(key) or self._stage.is_due(key)):
                yield self._stage.graph.node(key.task), key

    def _is_too_late(self, key: Key) -> bool:
        """Whether its time is up with that of the whole run; what comes at the end has its turn all the same."""
        return self._time_is_up and self._stage.graph.node(key.task).phase is Phase.MAIN

    def _begin(self, node: Node, key: Key) -> bool:
        """False if there is no room in this process now."""
        row = self._board[key]
        if self._is_too_late(key):
            self._over(node, Move(key, row.state, S.FAILED, "not begun: the time of the whole run is up", "TimeUp"))
            return True
        if not self._stage.enter(node):
            return False
        is_list = node.foreach is not None and not key.item
        if not goes_on(row):
            self._board.move(Move(key, row.state, S.RUNNING))
        self._begun.append((node, key, is_list))
        return True

    def _store(self) -> None:
        """Everything that was decided is in the ledger before anything of it begins."""
        changed = self._insist(self._board.store)
        for row in changed:
            self._count(row)
        if changed:
            self._watcher.moved(changed)
        begun, self._begun = self._begun, []
        for node, key, is_list in begun:
            stint = self._stage.stint(node, key)
            work = self._stage.list_of(node) if is_list else self._stage.work(node, key)
            self._hands.begin(key, stint, work, LARGEST if is_list else kept.LARGEST)
        self._progress.current = ", ".join(map(str, list(self._hands.busy)[:5]))
        self._watcher.progressed(self._progress)

    # What has ended

    def _end(self, end: End) -> None:
        node = self._stage.graph.node(end.key.task)
        self._stage.leave(node)
        if node.foreach is not None and not end.key.item and end.error is None:
            self._spread(node, end.outputs)
            return
        row = self._board[end.key]
        move = after(node, row, end, self._stage.now(), tail=self._stage.tail(end))
        if move.state is S.WAITING and goes_on(row):
            self._board.postpone(end.key, move.due)
        else:
            self._over(node, move)

    def _spread(self, node: Node, outputs: Mapping[str, Any]) -> None:
        """Its list is known: it is stored, so that another turn goes by the same."""
        items = tuple(outputs["items"])
        self._board.move(Move(Key(node.id), self._board[Key(node.id)].state, S.RUNNING, items=items))
        self._ready.extend((node, key) for key in self._keys(node))

    def _over(self, node: Node, move: Move) -> None:
        self._board.move(move)
        if move.state is S.QUEUED:      # let go: it has another turn, if this run has
            self._ready.append((node, move.key))
        if move.state not in OVER:
            return
        if not move.key.item:
            self._frontier.ended(node.id, move.state)
            return
        if not self._board.has_open(node.id):
            self._end_each(node)

    def _end_each(self, node: Node) -> None:
        state, error, outputs = verdict(node, self._board.items(node.id))
        before = self._board[Key(node.id)].state
        if before not in OVER:
            self._over(node, Move(Key(node.id), before, state, error, outputs=outputs))

    def _count(self, row: TaskRun) -> None:
        word = COUNTED.get(row.state)
        if word and not row.key.item:
            setattr(self._progress, word, getattr(self._progress, word) + 1)

    # Waiting, and being told

    def _patience(self) -> float:
        """Seconds until something is to be looked at, if nothing ends before."""
        if self._ready and not self._pausing and len(self._hands.busy) < self._stage.concurrency:
            return TURN / 2     # there was no room in this process
        return TURN if not self._hands.busy or self._pausing else min(self._terms.beat, TURN * 2)

    def _parks_until(self) -> int | None:
        """When the run is to go on, if it can let go until then; 0: when a person wants it; None: not yet."""
        if self._pausing:
            self._ask()     # what was to end first may have taken hours
            if self._pausing:
                raise LetGo(RunState.PAUSED)
            return None
        waiting = list(self._board.waiting)
        if self._terms.park is None or self._ready or not waiting:
            return None
        first = earliest(map(self._stage.due, waiting))
        return first if not first or first - self._stage.now() > self._terms.park * 1e9 else None

    def _beat(self) -> None:
        if self._terms.stopping.is_set():
            raise LetGo(RunState.QUEUED)
        try:
            self._deadline.check()
        except TimeUp:
            self._time_is_up = True
            self._hands.halt(Halt.TIME_UP, self._is_too_late)
        if time.monotonic() - self._beaten >= self._terms.beat:
            self._ask()

    def _ask(self) -> None:
        """A sign of life, and what somebody wants of the run."""
        self._beaten = time.monotonic()
        wish = self._insist(lambda: self._ledger.beat(self._run, self._progress.totals))
        if wish is Wish.CANCEL:
            raise LetGo(RunState.CANCELLED)
        if self._pausing is not (wish is Wish.PAUSE):
            self._pausing = wish is Wish.PAUSE
            self._hands.halt(Halt.PARK if self._pausing else Halt.NONE)
        if any(row.due is None for row in self._board.waiting.values()):
            self._insist(self._board.refresh)

    def _insist(self, act: Callable[[], T]) -> T:
        """While the ledger is away for a moment, programs go on: how they ended is stored when it is back."""
        until = time.monotonic() + OUTAGE
        while True:
            try:
                return act()
            except Unstored:
                if time.monotonic() > until or self._terms.stopping.is_set():
                    raise
                time.sleep(TURN)

    def put_down(self, how: Halt) -> None:
        """What is under way ends, and is begun again another time, or is given up with all the rest."""
        self._hands.halt(how)
        until = time.monotonic() + GRACE
        while self._hands.busy and time.monotonic() < until:
            for end in self._hands.ended(TURN):
                self._end(end)
        if how is Halt.CANCEL:
            self._cancel_rest()
        self._store()

    def _cancel_rest(self) -> None:
        for node in self._stage.graph.nodes:
            rows: Sequence[TaskRun] = [self._board[Key(node.id)], *self._board.items(node.id)]
            for row in rows:
                if row.state not in OVER:
                    self._board.move(Move(row.key, row.state, S.CANCELLED))

    def abandon(self) -> None:
        """Somebody else has the run, or nothing can be stored: nothing of it may go on here."""
        self._hands.halt(Halt.STOP)
        until = time.monotonic() + GRACE
        while self._hands.busy and time.monotonic() < until:
            self._hands.ended(TURN)
