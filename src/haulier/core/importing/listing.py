"""The files of a place that are there, and whole."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...model.files import Entry, go_on
from ...model.flow import Rules
from ...model.run import Seen
from ...ports import Store
from ..plan import Decision, Plan, Verdict

Known = Callable[[Sequence[str]], Mapping[str, Seen]]
_LOOK = 0.1         # seconds between two looks at whether to go on


@dataclass(frozen=True, slots=True)
class Listing:
    """A place, and which of its files are taken. `left` is told of those that are not now, and why."""

    store: Store
    rules: Rules
    left: Callable[[Decision], None]
    check: Callable[[], None] = go_on
    seen: Known = lambda paths: {}

    def ready(self) -> Iterator[Entry]:
        """Those that may still be written to are looked at a second time, and left if they changed."""
        plan = Plan(self.store, self.store, self.rules, Watch(self.check), self.seen)
        for decisions in plan.decisions():
            for one in decisions:
                if one.verdict is Verdict.MOVE:
                    yield one.entry
                elif one.verdict in (Verdict.WAIT, Verdict.FAIL):
                    self.left(one)


@dataclass(frozen=True, slots=True)
class Watch:
    """Time that passes; waiting ends when the work is to end."""

    check: Callable[[], None] = go_on

    def now(self) -> int:
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, _LOOK))
