"""Old history is forgotten by a hub, a little at each look; and by hand."""
from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haulier.app import tidying
from haulier.app.tidying import Tidying
from haulier.cli.program import program
from haulier.engine.clock import SystemClock
from haulier.ledger import books
from haulier.model.errors import HaulierError, Invalid, Unavailable
from haulier.model.history import Keep, Pruned
from haulier.settings.scaffold import init
from haulier.settings.units import duration
from haulier.settings.workspace import Workspace
from haulier.testing.books import Books
from haulier.testing.prunings import kept, ran


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    init(tmp_path)
    return Workspace(tmp_path)


@pytest.fixture
def opened(workspace: Workspace) -> Iterator[Books]:
    with closing(books(workspace.ledger_url())) as found:
        yield found


def test_a_hub_forgets_a_little_at_each_look_and_then_leaves_it_for_an_hour(
        opened: Books, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [ran(opened, "f", f"{number}").id for number in range(4)]
    tidy = Tidying(opened.agenda, SystemClock(), lambda: Keep(0.0, None))
    with caplog.at_level(logging.INFO, "haulier.hub"):
        for _ in range(4):
            tidy()
    assert kept(opened) == runs[3:] and caplog.messages == ["forgotten: 3 runs, 3 files, 15 events"]
    later = ran(opened, "f", "later")
    tidy()
    assert kept(opened) == [later.id, runs[3]]
    now = time.monotonic() + tidying.PAUSE
    monkeypatch.setattr(tidying.time, "monotonic", lambda: now)
    tidy()
    assert kept(opened) == [later.id]


def test_trouble_with_the_ledger_is_told_and_ends_nothing(opened: Books) -> None:
    class Away:
        def prune(self, keep: Keep, now: int) -> Iterator[Pruned]:
            raise Unavailable("no answer")
            yield

    tidy = Tidying(Away(), SystemClock(), Keep)     # type: ignore[arg-type]
    with pytest.raises(HaulierError):
        tidy()
    tidy()      # not at every look


def test_by_hand(workspace: Workspace, opened: Books) -> None:
    (workspace.path / "haulier.yaml").write_text("history: {runs: 1ms, events: forever}\n")
    first, last = ran(opened, "f", "a"), ran(opened, "f", "b")
    told = [CliRunner().invoke(program, ["state", "prune", *more, "--workspace", str(workspace.path)]).output
            for more in (["--dry-run"], [], [])]
    assert told[0] == "would be forgotten: 1 run, 1 file, 0 events\n"
    assert told[1].startswith("forgotten: 1 run, 1 file, ") and told[2] == "forgotten: 0 runs, 0 files, 0 events\n"
    assert kept(opened) == [last.id] and last.id > first.id


@pytest.mark.parametrize(("written", "keep"), [
    ("", Keep()), ("history: {runs: 0}", Keep(None)), ("history: {runs: forever, events: 12h}", Keep(None, 43200.0)),
    ("history: {events: forever}", Keep(events=None)), ("history: {runs: 2w}", Keep(duration("14d")))])
def test_what_may_be_written(tmp_path: Path, written: str, keep: Keep) -> None:
    (tmp_path / "haulier.yaml").write_text(written)
    assert Workspace(tmp_path).settings.history.keep() == keep


@pytest.mark.parametrize("written", ["history: {runs: soon}", "history: {runs: -1}", "history: {run: 3d}"])
def test_what_may_not(tmp_path: Path, written: str) -> None:
    (tmp_path / "haulier.yaml").write_text(written)
    with pytest.raises(Invalid):
        _ = Workspace(tmp_path).settings
