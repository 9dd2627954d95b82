"""A place that cannot be reached, or is not there, ends the run before any file is claimed."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from haulier import ledger
from haulier.core.draft import put
from haulier.engine.course import Course
from haulier.engine.work import Result, Work
from haulier.model.errors import Denied, HaulierError, NotFound, Unavailable
from haulier.model.flow import Completion, Rules
from haulier.model.retry import Retry
from haulier.model.run import RunState
from haulier.ports import Ledger, Store
from haulier.stores.local import Local
from haulier.testing.memory import Memory
from unit.journeys import FakeClock, contents

RULES = Rules(complete=Completion(settle_seconds=0), retry=Retry(base=1, cap=4, tries=4, jitter=0))


class Door(Memory):
    """Opens after some refusals."""

    def __init__(self, refusals: int, error: HaulierError) -> None:
        super().__init__()
        self.left, self.error, self.knocks = refusals, error, 0

    def connect(self) -> None:
        self.knocks += 1
        if self.knocks <= self.left:
            raise self.error


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    opened = ledger.open(f"sqlite:///{tmp_path}/ledger.db")
    yield opened
    opened.close()


def run(book: Ledger, source: Store, target: Store, clock: FakeClock) -> Result:
    return Course(book, Work("job", source, target, "here", "there", RULES), clock).run()


def one_file() -> Memory:
    source = Memory()
    put(source, "a", [b"1"])
    return source


def test_a_refused_login_fails_the_run_once(book: Ledger) -> None:
    target, clock = Door(99, Denied("host: login refused")), FakeClock()
    with pytest.raises(Denied, match="login refused"):
        run(book, one_file(), target, clock)
    assert target.knocks == 1 and not clock.slept and not target.files
    found, = book.runs()
    assert found.state is RunState.FAILED and found.error == "host: login refused"
    assert list(book.transfers()) == [] and list(book.pending("job")) == []


def test_what_cannot_be_reached_is_tried_as_often_as_a_file(book: Ledger) -> None:
    target, clock = Door(99, Unavailable("host: refused")), FakeClock()
    with pytest.raises(Unavailable):
        run(book, one_file(), target, clock)
    assert target.knocks == 4 and clock.slept == [1, 2, 4]
    assert list(book.transfers()) == []


def test_a_server_that_comes_back_gets_the_files(book: Ledger) -> None:
    target = Door(2, Unavailable("host: refused"))
    assert run(book, one_file(), target, FakeClock()).state is RunState.DONE
    assert contents(target) == {"a": b"1"}


def test_where_nothing_is_to_be_moved_the_target_need_not_be_reached(book: Ledger) -> None:
    target = Door(99, Denied("host: login refused"))
    assert run(book, Memory(), target, FakeClock()).state is RunState.DONE
    assert target.knocks == 0


def test_a_missing_source_folder_is_no_empty_one(book: Ledger, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="source: no such folder"):
        run(book, Local(tmp_path / "source"), Memory(), FakeClock())
    assert book.runs()[0].state is RunState.FAILED
    (tmp_path / "source" / "below").mkdir(parents=True)
    assert run(book, Local(tmp_path / "source"), Memory(), FakeClock()).state is RunState.DONE
