"""What tests of engines have at hand: flows over slow and counting stores, and waiting for what is to come."""
from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..core.draft import put
from ..model.files import Draft, Entry, Stream, is_temporary
from ..model.flow import Completion, Rules
from ..model.retry import Retry
from ..model.run import OVER, Priority, Run, RunState, Transfer, Wanted
from ..ports import Engine, Store
from .books import Books
from .memory import Memory

NOW = Rules(complete=Completion(settle_seconds=0), recursive=True, retry=Retry(base=0.05, cap=0.1, tries=5))
LATER = replace(NOW, retry=Retry(base=300.0, cap=300.0))
BIG = 8 << 20
PACE = 0.03
"""Seconds for each 64 KiB of the first 512 KiB."""
DRAG = 10
"""So much longer takes all that follows: BIG is under way until it is let go, on a busy machine too."""
SOON = 30.0
"""Seconds within which all is to come that a test waits for."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What an engine is to do for one flow."""

    source: Store
    target: Store
    rules: Rules = NOW
    connections: Sequence[str] = ()


class Opened(NamedTuple):
    """An engine at work, and its memory."""

    engine: Engine
    books: Books
    close: Callable[[], None]


@dataclass
class Bench:
    """Everything that tests of engines need at hand."""

    flows: dict[str, Flow] = field(default_factory=dict)
    most: tuple[int, int] = (4, 2)
    opened: Opened | None = None
    asked: Counter[int] = field(default_factory=Counter)
    """How often each thread wanted to know the limits: once for each try to begin a batch."""

    def limits(self) -> tuple[int, int]:
        self.asked[threading.get_ident()] += 1
        return self.most

    @property
    def engine(self) -> Engine:
        assert self.opened
        return self.opened.engine

    @property
    def books(self) -> Books:
        assert self.opened
        return self.opened.books

    def submit(self, flow: str, priority: Priority = Priority.NORMAL) -> int:
        run = self.engine.submit(Wanted(flow, priority=priority))
        assert run and run.state is RunState.QUEUED
        return run.id

    def run(self, number: int) -> Run:
        return self.books.agenda.run(number)

    def becomes(self, number: int, *states: RunState, within: float = SOON) -> Run:
        """The run, once it is in one of these states."""
        until(lambda: self.run(number).state in states, within, lambda: f"not {states}: {self.run(number)}")
        return self.run(number)

    def ends(self, number: int) -> Run:
        return self.becomes(number, *OVER)

    def files(self, number: int) -> dict[str, Transfer]:
        return {transfer.path: transfer for transfer in self.books.ledger.transfers(run=number)}

    def moves(self, number: int, path: str, so_far: int = 1 << 18) -> Transfer:
        """A large file of the run, once so much of it has moved."""
        def moved() -> bool:
            progress, file = self.engine.progress().get(number), self.files(number).get(path)
            return bool(progress and file and progress.parts.get(file.id, 0) >= so_far)
        until(moved, SOON, lambda: f"{path} does not move: {self.run(number)}")
        return self.files(number)[path]


def until(is_so: Callable[[], bool], within: float, why: Callable[[], str] = str) -> None:
    """Wait for something; AssertionError with `why` if it does not come in so many seconds."""
    end = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < end, why()
        time.sleep(0.02)


class Paced(Memory):
    """A source whose chunks take their time; with a pace of 0 it lets all go."""

    pace = PACE
    drag = DRAG

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        for number, chunk in enumerate(super().read(path, start=start, end=end)):
            time.sleep(self.pace if number < 8 else self.pace * self.drag)
            yield chunk


class Counting(Memory):
    """A target that remembers what was published, in order, and how many bytes came."""

    def __init__(self, published: list[str] | None = None) -> None:
        super().__init__(part=1 << 16)
        self.published = [] if published is None else published
        self.received = 0

    def publish(self, draft: Draft) -> Entry:
        entry = super().publish(draft)
        self.published.append(draft.path)
        return entry

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        def counted() -> Iterator[bytes]:
            for chunk in body:
                self.received += len(chunk)
                yield chunk
        return super().write(draft, counted())

    @property
    def left(self) -> list[str]:
        """What is half written."""
        return [path for path in self.files if is_temporary(path)]


def filled(store: Memory, **files: bytes) -> Memory:
    for name, data in files.items():
        put(store, name, [data])
    return store
