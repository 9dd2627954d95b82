"""Files that start a flow: whoever dies as a run is wanted for them does not want another one for the same files."""
from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from haulier.core.draft import put
from haulier.engine import lookout
from haulier.engine.clock import SystemClock
from haulier.engine.lookout import Lookout, Sight, Watch
from haulier.engine.work import Work
from haulier.ledger import books as open_books
from haulier.ledger.books import Books
from haulier.model.files import Entry
from haulier.model.flow import Completion, Rules
from haulier.model.run import Run, RunState, Totals
from haulier.testing.bench import until
from haulier.testing.memory import Memory

NOW = Rules(complete=Completion(settle_seconds=0))


class Mortal:
    """A part of the ledger of a process that dies when a run was wanted: nothing that it does then is done."""

    dead = False

    def __init__(self, inside: Any) -> None:
        self._inside = inside

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            if Mortal.dead:
                raise RuntimeError("it is dead")
            found = getattr(self._inside, name)(*arguments, **named)
            Mortal.dead = name == "fire" and bool(found)
            return found
        return call


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    with closing(open_books(f"sqlite:///{tmp_path}/ledger.db")) as opened:
        yield opened


def told(entries: Sequence[Entry]) -> str:
    return json.dumps([entry.path for entry in entries])


@contextmanager
def looking(source: Memory, ledger: Any, agenda: Any) -> Iterator[None]:
    @contextmanager
    def work(flow: str) -> Iterator[Work]:
        yield Work(flow, source, Memory(), "there", "here", NOW)

    made = Lookout(Sight(ledger, agenda, SystemClock(), work), lambda: {"come": Watch(0.02, "a place", told=told)})
    made.start()
    try:
        yield
    finally:
        made.stop()


def ended(books: Books, run: Run) -> list[str]:
    """What it was told; it is over then."""
    begun = books.ledger.start("come", source="", target="", run=run.id)
    books.ledger.finish(begun, RunState.DONE, Totals())
    found: list[str] = json.loads(run.params)
    return found


def test_a_file_starts_it_once_though_the_process_died_then(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "PACE", 0.02)
    source = Memory()
    put(source, "a", [b"a"])
    Mortal.dead = False
    with looking(source, Mortal(books.ledger), Mortal(books.agenda)):
        until(lambda: Mortal.dead, 20, lambda: "no run is wanted")
    first, = books.agenda.open()
    files = ended(books, first)
    put(source, "b", [b"b"])
    with looking(source, books.ledger, books.agenda):
        until(lambda: bool(books.agenda.open()), 20, lambda: "no run is wanted")
    second, = books.agenda.open()
    assert (files, ended(books, second)) == (["a"], ["b"])
