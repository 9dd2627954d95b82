"""What the suites of everything that one database keeps have in common."""
from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Protocol, TypeVar

import pytest

from ..ports import Accounts, Agenda, Alerts, Arrivals, ImportBook, Ledger, Reader, Sharing, TaskBook

T = TypeVar("T")


class Books(Protocol):
    """Views of one database."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def agenda(self) -> Agenda: ...

    @property
    def reader(self) -> Reader: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def arrivals(self) -> Arrivals: ...

    @property
    def sharing(self) -> Sharing: ...

    @property
    def alerts(self) -> Alerts: ...

    @property
    def tasks(self) -> TaskBook: ...

    @property
    def imports(self) -> ImportBook: ...

    def close(self) -> None: ...


class BooksSuite:
    """Override `place` and `open`."""

    @pytest.fixture
    def place(self) -> str:
        """Where new books can be made."""
        raise NotImplementedError

    def open(self, place: str, *, pid: int = 0, elsewhere: bool = False, lease: float = 30.0,
             absence: float = 15.0) -> Books:
        """The books, seen from this process, or from `pid`, or from another machine."""
        raise NotImplementedError

    @pytest.fixture
    def opened(self, place: str) -> Iterator[Callable[..., Books]]:
        with ExitStack() as stack:
            yield lambda **how: stack.enter_context(closing(self.open(place, **how)))

    @pytest.fixture
    def books(self, opened: Callable[..., Books]) -> Books:
        return opened()

    @pytest.fixture
    def gone(self) -> int:
        """The number of a process that has ended."""
        child = subprocess.Popen([sys.executable, "-c", ""])
        child.wait()
        return child.pid


def at_once(*works: Callable[[], T]) -> list[T]:
    """Each in a thread of its own, all begun at one moment; what they returned. The first error is raised."""
    gate = threading.Barrier(len(works))
    found: list[T] = []
    errors: list[BaseException] = []

    def begin(work: Callable[[], T]) -> None:
        try:
            gate.wait()
            found.append(work())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=begin, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return found
