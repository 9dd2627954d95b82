"""Which tasks of a flow may begin, and what becomes of those that will not: pure, and told what happened."""
from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..model.errors import Invalid
from ..model.graph import Node, Phase
from ..model.task import OVER, TaskState

_BAD = {TaskState.FAILED: "failed", TaskState.BLOCKED: "was blocked", TaskState.CANCELLED: "was cancelled"}
_HELD = {Phase.ON_SUCCESS: "the flow failed", Phase.ON_FAILURE: "the flow did not fail"}


def ordered(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Each after what it needs, and otherwise as in the file; Invalid with the cycle, if there is one.

    What is needed and not there is left to others to find.
    """
    done = _sorted(nodes)
    if len(done) < len(nodes):
        raise Invalid(f"these tasks wait for each other: {' → '.join(cycles(nodes)[0])}")
    return tuple(done)


def cycles(nodes: Sequence[Node]) -> list[tuple[str, ...]]:
    """Tasks that wait for each other, each cycle once, as `a b a`: a waits for b, and b for a."""
    done = {node.id for node in _sorted(nodes)}
    left = {node.id: node for node in nodes if node.id not in done}
    found, seen = [], set[str]()
    for start in left:
        path: dict[str, int] = {}
        at = start
        while at not in seen and at not in path:
            path[at] = len(path)
            at = next(need for need in left[at].needs if need in left)
        if at in path:
            found.append((*list(path)[path[at]:], at))
        seen |= path.keys()
    return found


def downstream(nodes: Iterable[Node], ids: Iterable[str]) -> set[str]:
    """Those, and all that need one of them, directly or not."""
    needed_by: dict[str, list[str]] = {}
    for node in nodes:
        for need in node.needs:
            needed_by.setdefault(need, []).append(node.id)
    return _reached(needed_by, ids)


def again(nodes: Sequence[Node], ids: Iterable[str]) -> list[str]:
    """What is done again by a run that goes on from another: these tasks, all that need them, and whatever has its
    turn at the end."""
    found = downstream(nodes, ids) | {node.id for node in nodes if node.phase is not Phase.MAIN}
    return [node.id for node in nodes if node.id in found]


def upstream(nodes: Iterable[Node], id: str) -> set[str]:
    """All that a task needs, directly or not."""
    needs = {node.id: node.needs for node in nodes}
    return _reached(needs, needs.get(id, ()))


class Frontier:
    """How far the tasks of one run are. `take` and `settled` say what is new since they were last asked.

    `states` are those known so far: what had begun and is not over may begin again, and is not asked for its
    condition again. `when` is that condition: called once, when all that the task needs is over, in `take` or
    `settled`. If it raises Invalid, the task has FAILED.
    """

    def __init__(self, nodes: Sequence[Node], states: Mapping[str, TaskState], when: Callable[[Node], bool]) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._place = {id: at for at, id in enumerate(self._nodes)}
        self._when = when
        self._over = {id: states[id] for id in self._nodes if states.get(id) in OVER}
        self._begun = {id for id, state in states.items() if state in (TaskState.RUNNING, TaskState.WAITING)}
        self._needed_by: dict[str, list[str]] = {id: [] for id in self._nodes}
        self._left: dict[str, int] = {}     # that it needs and that are not over; one more until it has its turn
        self._seen = set[str]()             # that may begin, or have
        self._to_see = deque(id for id in self._nodes if id not in self._over)
        self._ready: list[Node] = []
        self._fates: list[tuple[str, TaskState, str]] = []
        self._link()
        self._main = sum(node.phase is Phase.MAIN and id not in self._over for id, node in self._nodes.items())
        if self._main == 0:
            self._turn()

    def take(self) -> list[Node]:
        """The tasks that may begin now, in the order of the file; each once."""
        self._see()
        ready, self._ready = self._ready, []
        return sorted((node for node in ready if node.id not in self._over), key=lambda node: self._place[node.id])

    def settled(self) -> list[tuple[str, TaskState, str]]:
        """The tasks that are over without being done, and why: SKIPPED, BLOCKED or FAILED; each once."""
        self._see()
        fates, self._fates = self._fates, []
        return fates

    def ended(self, id: str, state: TaskState) -> None:
        """A task is over. Of one that is over already, nothing happens."""
        if id in self._over:
            return
        self._over[id] = state
        for other in self._needed_by[id]:
            self._left[other] -= 1
            if self._left[other] == 0 or self._is_bad(id):
                self._to_see.append(other)
        if self._nodes[id].phase is Phase.MAIN:
            self._main -= 1
            if self._main == 0:
                self._turn()

    @property
    def is_over(self) -> bool:
        """Every task is over, and all of `settled` was fetched."""
        return len(self._over) == len(self._nodes) and not self._fates

    @property
    def failed(self) -> tuple[str, ...]:
        """The tasks for which the run is not done: FAILED, BLOCKED or CANCELLED, and not allowed to; in order."""
        return tuple(id for id, node in self._nodes.items()
                     if self._over.get(id) in _BAD and not node.allow_failure)

    def _link(self) -> None:
        for id, node in self._nodes.items():
            needs = dict.fromkeys(need for need in node.needs if need in self._nodes)
            self._left[id] = sum(need not in self._over for need in needs) + (node.phase is not Phase.MAIN)
            for need in needs:
                self._needed_by[need].append(id)

    def _turn(self) -> None:
        """The main part is over: those for success or for failure have their turn, the others never."""
        failed = any(self._nodes[id].phase is Phase.MAIN for id in self.failed)
        turn = Phase.ON_FAILURE if failed else Phase.ON_SUCCESS
        for id, node in self._nodes.items():
            if node.phase is turn:
                self._left[id] -= 1
                self._to_see.append(id)
            elif node.phase is not Phase.MAIN:
                self._settle(id, TaskState.SKIPPED, _HELD[node.phase])

    def _see(self) -> None:
        while self._to_see:
            id = self._to_see.popleft()
            if id not in self._over and id not in self._seen:
                self._decide(self._nodes[id])

    def _decide(self, node: Node) -> None:
        if node.phase is not Phase.MAIN and self._main:
            return      # whether it has a turn is not known yet
        is_free = self._left[node.id] == 0
        bad = next((need for need in node.needs if self._is_bad(need)), None)
        skipped = next((need for need in node.needs if self._over.get(need) is TaskState.SKIPPED), None)
        if is_free and (node.id in self._begun or not (node.when or bad or skipped)):
            self._free(node)
        elif node.when:
            if is_free:
                self._ask(node)
        elif bad:
            self._settle(node.id, TaskState.BLOCKED, f"{bad} {_BAD[self._over[bad]]}")
        elif is_free:
            self._settle(node.id, TaskState.SKIPPED, f"{skipped} was skipped")

    def _free(self, node: Node) -> None:
        self._seen.add(node.id)
        self._ready.append(node)

    def _ask(self, node: Node) -> None:
        try:
            holds = self._when(node)
        except Invalid as error:
            self._settle(node.id, TaskState.FAILED, f"when: {error}")
            return
        if holds:
            self._free(node)
        else:
            self._settle(node.id, TaskState.SKIPPED, f"not so: {node.when}")

    def _settle(self, id: str, state: TaskState, reason: str) -> None:
        if id not in self._over:
            self._fates.append((id, state, reason))
            self.ended(id, state)

    def _is_bad(self, id: str) -> bool:
        """Whether what needs it is blocked. A failure that is allowed is as good as done."""
        state = self._over.get(id)
        return state in _BAD and not (state is TaskState.FAILED and self._nodes[id].allow_failure)


def _sorted(nodes: Sequence[Node]) -> list[Node]:
    """As many as can be done, each after what it needs."""
    place = {node.id: at for at, node in enumerate(nodes)}
    needs = [{need for need in node.needs if need in place} for node in nodes]
    left = list(map(len, needs))
    needed_by: dict[str, list[int]] = {}
    for at, ids in enumerate(needs):
        for need in ids:
            needed_by.setdefault(need, []).append(at)
    ready = [at for at, count in enumerate(left) if count == 0]
    done = []
    while ready:
        node = nodes[heapq.heappop(ready)]
        done.append(node)
        for at in needed_by.get(node.id, ()):
            left[at] -= 1
            if left[at] == 0:
                heapq.heappush(ready, at)
    return done


def _reached(ways: Mapping[str, Iterable[str]], ids: Iterable[str]) -> set[str]:
    found = set[str]()
    left = list(ids)
    while left:
        id = left.pop()
        if id not in found:
            found.add(id)
            left += ways.get(id, ())
    return found
