"""A journey without a database: the reports of a batch kept in a dict, as the ledger keeps them."""
from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from haulier.core.journey import carry
from haulier.core.resume import fresh
from haulier.core.route import Route
from haulier.model.errors import HaulierError
from haulier.model.files import is_temporary
from haulier.model.flow import Rules
from haulier.model.run import Report, Transfer
from haulier.model.transfer import FINAL, Signal, State, step
from haulier.ports import Step, Store
from haulier.testing.memory import Memory


class FakeClock:
    """A clock that moves when it is told to sleep."""

    def __init__(self) -> None:
        self.at = time.time_ns()    # the ledger has its own clock, which is the real one
        self.slept: list[float] = []

    def now(self) -> int:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += int(seconds * 1e9)


@dataclass
class World:
    """Two stores and what is remembered between tries."""

    source: Store
    target: Store
    rules: Rules = field(default_factory=Rules)
    steps: tuple[Step, ...] = ()
    transfers: dict[int, Transfer] = field(default_factory=dict)
    clock: FakeClock = field(default_factory=FakeClock)

    def add_all(self, source: Store | None = None) -> None:
        for number, entry in enumerate((source or self.source).scan(deep=True), 1):
            self.transfers[number] = Transfer(number, entry.path, entry.path, entry)

    def route(self) -> Route:
        return Route(self.source, self.target, self.clock, self.rules, self.steps, mark="feed")

    def todo(self) -> list[Transfer]:
        return [transfer for transfer in self.transfers.values()
                if transfer.state not in FINAL - {State.FAILED}]

    def attempt(self, *, steps: int = 1 << 30) -> int:
        """One try at all that is left, killed after `steps` durable steps. How many there were."""
        todo = [fresh(transfer) for transfer in self.todo()]
        for transfer in todo:
            self.transfers[transfer.id] = transfer._replace(state=State.COPYING)
        taken = 0
        for reports in carry(self.route(), todo):
            if taken == steps:
                break
            taken += 1
            for report in reports:
                self.apply(report)
        return taken

    def apply(self, report: Report) -> None:
        was = self.transfers[report.id]
        state = step(was.state, report.signal) if report.signal else was.state
        self.transfers[report.id] = was._replace(
            state=state, error=report.error, kind=report.kind, sha256=report.sha256 or was.sha256,
            written=report.written or was.written, target=report.target or was.target,
            draft=report.draft or was.draft, head=report.head or was.head,
            delivered=was.delivered or report.signal is Signal.VERIFIED)

    def finish(self) -> None:
        for _ in range(5):
            self.attempt()


class Counting(Memory):
    """Counts how often each path is published and how many bytes are written."""

    def __init__(self, *, part: int = 1 << 16) -> None:
        super().__init__(part=part)
        self.published: list[str] = []
        self.received = 0

    def move(self, path: str, to: str, *, replace: bool = True):  # type: ignore[no-untyped-def]
        entry = super().move(path, to, replace=replace)
        if is_temporary(path):
            self.published.append(to)
        return entry

    def write(self, draft, body):  # type: ignore[no-untyped-def]
        def counted() -> Iterator[bytes]:
            for chunk in body:
                self.received += len(chunk)
                yield chunk
        return super().write(draft, counted())


def contents(store: Memory) -> dict[str, bytes]:
    return {path: data for path, (data, _, _) in store.files.items() if not is_temporary(path)}


def leftovers(store: Memory) -> list[str]:
    return [path for path in store.files if is_temporary(path)]


__all__ = ["Counting", "FakeClock", "HaulierError", "World", "contents", "leftovers"]
