"""The files of a source that are there, and whole."""
from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...core.plan import Plan, Verdict
from ...model.files import Entry
from ...model.flow import Rules
from ...model.run import Seen
from ...ports import Store

log = logging.getLogger("haulier.imports")
Known = Callable[[Sequence[str]], Mapping[str, Seen]]


def ready(store: Store, rules: Rules, check: Callable[[], None], seen: Known = lambda paths: {}) -> list[Entry]:
    """Oldest first. Those that may still be written to are looked at a second time, and left if they changed."""
    found = []
    for decisions in Plan(store, store, rules, _Clock(check), seen).decisions():
        found += [one.entry for one in decisions if one.verdict is Verdict.MOVE]
        for one in decisions:
            if one.verdict in (Verdict.WAIT, Verdict.FAIL):
                log.info("%s: not taken: %s", one.entry.path, one.reason)
    return sorted(found, key=lambda one: (one.modified or 0, one.path))


@dataclass(frozen=True, slots=True)
class _Clock:
    """Time that passes; waiting ends when the work is to end."""

    check: Callable[[], None]

    def now(self) -> int:
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, 0.1))
