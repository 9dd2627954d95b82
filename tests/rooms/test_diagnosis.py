"""Why files that should have come are not there: each cause is seen, and said so that a person can act."""
from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from haulier.core.select import matcher
from haulier.engine.clock import SystemClock
from haulier.engine.diagnosis import diagnosis
from haulier.engine.work import Work
from haulier.ledger import books as open_books
from haulier.ledger.books import Books
from haulier.model.errors import Denied
from haulier.model.flow import Completion, Filters, Rules
from haulier.model.run import Report, RunState, Seen, Totals
from haulier.model.transfer import Signal
from haulier.stores.local import Local
from haulier.testing.ledgers import new

RULES = Rules(complete=Completion(settle_seconds=5, marker=""))


class Shut(Local):
    """A place that lets nobody in."""

    def connect(self) -> None:
        raise Denied("the key of haulier was refused")


class Case:
    """A folder, a ledger, and what the diagnosis of `pay-*` says of them."""

    def __init__(self, folder: Path, books: Books) -> None:
        self.folder, self.books, self.rules = folder, books, RULES

    def file(self, name: str, age: float = 60.0) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
        os.utime(path, (time.time() - age,) * 2)

    def said(self, kind: type[Local] = Local) -> str:
        with kind(str(self.folder)) as source, Local(str(self.folder.with_name("out"))) as target:
            work = Work("payroll", source, target, "the source", "the target", self.rules)
            return diagnosis(work, self.books.ledger, SystemClock(), "pay-*", matcher(("pay-*",)))

    def ended(self, path: str, report: Callable[[int], Report], state: RunState, error: str = "") -> None:
        """A run that took one file of the source."""
        with Local(str(self.folder)) as source:
            run = self.books.ledger.start("payroll", source="a", target="b")
            one, = self.books.ledger.claim(run, [new(path)._replace(entry=source.stat(path))]).transfers
            self.books.ledger.record(run, [report(one.id)])
            self.books.ledger.finish(run, state, Totals(), error)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with closing(open_books(f"sqlite:///{tmp_path}/ledger.db")) as books:
        yield Case(tmp_path / "in", books)


def test_the_place_itself(case: Case) -> None:
    assert case.said(Shut) == "the source cannot be reached: the key of haulier was refused."
    assert "can be reached, but its folder is not there: " in case.said()
    case.folder.mkdir()
    assert case.said() == "the source can be reached, and is empty."
    case.file("other.csv")
    assert case.said() == 'the source can be reached; of 1 file in it, none is like "pay-*".'


def test_a_file_that_is_there(case: Case) -> None:
    case.file("pay-1", age=0)
    assert case.said() == "pay-1 is there, and not complete yet: modified just now: may still be being written."
    case.file("pay-1")
    assert case.said() == "pay-1 is there and complete, and no run has taken it."
    case.rules = replace(RULES, complete=Completion(marker="{name}.ok"))
    assert case.said() == "pay-1 is there, and not complete yet: no pay-1.ok beside it yet."
    case.rules = replace(RULES, filters=Filters(exclude=("*-1",)))
    assert case.said() == "pay-1 is there, and not taken: excluded by *-1."
    case.rules = RULES
    with Local(str(case.folder)) as source:
        case.books.ledger.remember("payroll", [Seen(source.stat("pay-1"), b"")])
    assert case.said() == "pay-1 is there, and not taken: delivered before and unchanged since."
    for number in range(2, 6):
        case.file(f"pay-{number}")
    assert case.said().endswith("pay-4 is there and complete, and no run has taken it. 2 more are there.")


def test_what_runs_made_of_it(case: Case) -> None:
    case.file("pay-1")
    case.ended("pay-1", lambda id: Report(id, Signal.PERMANENT, "the disk is full", "NoSpace"), RunState.FAILED)
    assert case.said() == "pay-1 failed: the disk is full."
    case.file("pay-2")
    case.ended("pay-2", lambda id: Report(id, Signal.TRANSIENT, "no answer", "Busy"), RunState.FAILED, "too long")
    assert case.said() == ("pay-1 failed: the disk is full. pay-2 is waiting: no answer. "
                           "The last run failed: too long.")
