"""Commands about many small files, without waiting for each answer."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ...model.errors import HaulierError
from ...model.files import Outcome
from .line import Line

T = TypeVar("T")

WINDOW = 64
"""Commands under way at a time."""


def pipelined(line: Line, items: Iterable[tuple[str, T]], ask: Callable[[T], None],
              land: Callable[[T], Outcome]) -> Iterator[Outcome]:
    """Commands for many paths, sent before the answers to those before them have come."""
    flying: deque[tuple[str, T]] = deque()

    def landed() -> Outcome:
        path, item = flying.popleft()
        try:
            return land(item)
        except HaulierError as error:
            if line.dead:
                raise
            return Outcome(path, error)

    for path, item in items:
        try:
            ask(item)
        except HaulierError as error:
            if line.dead:
                raise
            yield Outcome(path, error)
            continue
        flying.append((path, item))
        while flying and (len(flying) >= WINDOW or line.is_answered()):
            yield landed()
    while flying:
        yield landed()
