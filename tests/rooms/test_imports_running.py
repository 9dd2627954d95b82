"""Bindings at work: files are found, taken once, put away, and one that fails stops no other."""
from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from haulier.imports import (
    BasePipeline,
    Column,
    GenericImportPipeline,
    Match,
    PipelineBinding,
    PipelineResult,
    ReconciliationPipeline,
    SourceFile,
    StoreSource,
    Type,
    WatchedDirectorySource,
    run_loop,
    run_poll_cycle,
)
from haulier.ledger import books
from haulier.model.errors import Invalid, Malformed, Unavailable
from haulier.model.run import RunState
from haulier.testing.banks import Paid, bgmax, check_digit


class Yard:
    """A folder with files, and where they go."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.told: list[str] = []
        self.away: set[str] = set()
        (home / "in").mkdir()

    def put(self, name: str, *ids: str) -> Path:
        path = self.home / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(["id", *ids, ""]))
        return path

    def names(self, folder: str) -> list[str]:
        return sorted(os.listdir(self.home / folder)) if (self.home / folder).is_dir() else []

    def on_row(self, row: dict[str, Any]) -> None:
        if str(row["id"]) in self.away:
            raise Unavailable("the API is down")
        self.told.append(str(row["id"]))

    def source(self, archive: bool = True, errors: bool = True, **more: Any) -> WatchedDirectorySource:
        return WatchedDirectorySource(self.home / "in", more.pop("file_pattern", "*.csv"),
                                      self.home / "archive" if archive else None,
                                      error_dir=self.home / "errors" if errors else None, settle=0, **more)

    def binding(self, name: str = "ids", archive: bool = True, errors: bool = True, parser: str = "csv",
                **more: Any) -> PipelineBinding:
        pipeline = GenericImportPipeline("take", parser, self.on_row, checkpoint_rows=1)
        return PipelineBinding(name, self.source(archive, errors, **more), pipeline)

    def poll(self, *bindings: PipelineBinding, **more: Any) -> list[PipelineResult]:
        more.setdefault("ledger", self.home / "ledger.db")
        return asyncio.run(run_poll_cycle(bindings or [self.binding()], **more))


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def test_files_are_taken_oldest_first_and_archived(yard: Yard) -> None:
    for at, name in enumerate(("b.csv", "a.csv", "other.txt")):
        os.utime(yard.put(name, f"{name}1", f"{name}2"), (1000 + at, 1000 + at))
    results = yard.poll()
    assert [(one.source, one.file_name, one.state, one.total_records) for one in results] == [
        ("ids", "b.csv", "done", 2), ("ids", "a.csv", "done", 2)]
    assert yard.told == ["b.csv1", "b.csv2", "a.csv1", "a.csv2"]
    assert yard.names("archive") == ["a.csv", "b.csv"] and yard.names("in") == ["other.txt"]
    assert yard.poll() == []


def test_without_an_archive_files_stay_and_are_taken_once(yard: Yard) -> None:
    path = yard.put("a.csv", "1")
    binding = yard.binding(archive=False)
    assert [one.state for one in yard.poll(binding)] == ["done"]
    assert yard.poll(binding) == [] and yard.names("in") == ["a.csv"]
    path.write_text("id\n1\n2\n")
    assert [one.total_records for one in yard.poll(binding)] == [2] and yard.told == ["1", "1", "2"]
    assert [one.state for one in yard.poll(yard.binding("called otherwise", archive=False))] == ["done"]


def test_another_file_of_that_name_gets_the_time_into_its_name(yard: Yard) -> None:
    for number in range(3):
        yard.put("a.csv", str(number))
        yard.poll()
    plain, *stamped = sorted(yard.names("archive"), key=len)
    assert plain == "a.csv" and len(stamped) == 2
    assert all(re.fullmatch(r"a\.\d{8}T\d{6}Z(\.1)?\.csv", one) for one in stamped)


def test_a_file_that_is_no_good_is_put_aside_with_a_report(yard: Yard) -> None:
    yard.put("bad.bgm", "nonsense")
    binding = yard.binding(parser="bgmax", file_pattern="*.bgm")
    result, = yard.poll(binding)
    assert not result.success and result.state == "refused" and "not BgMax" in result.errors[0]
    assert yard.names("errors") == ["bad.bgm", "bad.bgm.report.json"] and yard.names("in") == []
    report, = json.loads((yard.home / "errors" / "bad.bgm.report.json").read_text())
    assert report["file"] == "bad.bgm" and "not BgMax" in report["error"]
    assert yard.poll(binding) == []


def test_a_file_that_is_no_good_and_stays_is_told_once(yard: Yard) -> None:
    path = yard.put("bad.bgm", "nonsense")
    for archive in (True, False):
        binding = yard.binding(f"b{archive}", archive, errors=False, parser="bgmax", file_pattern="*.bgm")
        assert [one.success for one in yard.poll(binding)] == [False]
        assert yard.poll(binding) == [] and yard.names("in") == ["bad.bgm"]
    read = yard.binding("bTrue", errors=False, parser="csv", file_pattern="*.bgm")
    assert [one.success for one in yard.poll(read)] == [True], "other settings read it anew"
    assert not path.exists() and yard.names("archive") == ["bad.bgm"]


def test_where_the_other_side_is_away_it_goes_on_there(yard: Yard) -> None:
    yard.put("a.csv", *map(str, range(10)))
    yard.away = {"4"}
    failed, = yard.poll()
    assert (failed.success, failed.state, failed.errors) == (False, "failed", ["the API is down"])
    assert yard.names("in") == ["a.csv"] and yard.names("archive") == []
    yard.away = set()
    assert [one.success for one in yard.poll()] == [True]
    assert yard.told == list(map(str, range(10))) and yard.names("archive") == ["a.csv"]
    with closing(books(f"sqlite:///{yard.home}/ledger.db")) as opened:
        assert [run.state for run in opened.ledger.runs()] == [RunState.DONE, RunState.FAILED]
        assert opened.ledger.runs()[1].error == "the API is down"


def test_many_files_do_not_wait_for_one_who_is_away(yard: Yard) -> None:
    for number in range(6):
        yard.put(f"{number}.csv", "x")
    yard.away = {"x"}
    assert [one.state for one in yard.poll()] == ["failed"] * 3
    assert len(yard.names("in")) == 6


def test_a_binding_that_fails_stops_no_other(yard: Yard, caplog: pytest.LogCaptureFixture) -> None:
    yard.put("a.csv", "1")
    gone = PipelineBinding("gone", WatchedDirectorySource(yard.home / "nowhere"), yard.binding().pipeline)
    first, second = yard.poll(gone, yard.binding())
    assert (first.source, first.success, first.file_name) == ("gone", False, "") and "nowhere" in first.errors[0]
    assert second.success and "Traceback" not in caplog.text


def test_what_is_wrong_with_a_source_is_said(yard: Yard) -> None:
    gone, none, pipeline = yard.home / "gone", Any, yard.binding().pipeline
    first, second = yard.poll(PipelineBinding("gone", WatchedDirectorySource(gone, "*"), pipeline),
                              PipelineBinding("none", none, pipeline))     # type: ignore[arg-type]
    assert first.errors == [f"{gone}: no such folder"] and second.errors[0].startswith("its source is none")


def test_two_bindings_of_one_name_would_share_what_is_remembered(yard: Yard) -> None:
    with pytest.raises(Invalid, match="two bindings are called ids"):
        yard.poll(yard.binding(), yard.binding())


def test_a_run_whose_end_could_not_be_stored_stands_in_nobodys_way(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.put("a.csv", "1")
    with monkeypatch.context() as patch:
        def away(*_: object, **__: object) -> None:
            raise Unavailable("the database is gone")

        patch.setattr("haulier.ledger.opening.SqlLedger.finish", away)
        assert [one.success for one in yard.poll()] == [True]
    for name in ("b.csv", "c.csv"):
        yard.put(name, name)
        assert [one.success for one in yard.poll()] == [True]
    with closing(books(f"sqlite:///{yard.home}/ledger.db")) as opened:
        assert [run.state for run in opened.ledger.runs()] == [RunState.DONE, RunState.DONE]


def test_a_dry_run_changes_nothing(yard: Yard) -> None:
    yard.put("a.csv", "1", "2")
    result, = yard.poll(dry_run=True)
    assert (result.dry_run, result.total_records, result.source, result.success) == (True, 2, "ids", True)
    assert yard.names("") == ["in"] and yard.names("in") == ["a.csv"] and not yard.told
    yard.poll()
    yard.put("a.csv", "1", "2")
    assert [one.state for one in yard.poll(dry_run=True)] == ["read"] and yard.told == ["1", "2"]


def test_with_no_ledger_nothing_is_remembered(yard: Yard) -> None:
    yard.put("a.csv", "1")
    for _ in range(2):
        assert [one.state for one in yard.poll(yard.binding(archive=False), ledger=None)] == ["done"]
    assert yard.told == ["1", "1"] and yard.names("") == ["in"]


def test_the_usual_ledger(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAULIER_LEDGER", f"sqlite:///{yard.home}/deep/usual.db")
    yard.put("a.csv", "1")
    assert asyncio.run(run_poll_cycle([yard.binding()]))[0].success and yard.names("deep")


def test_a_file_that_is_still_written_to_is_left(yard: Yard) -> None:
    path = yard.put("a.csv", "1")
    source = WatchedDirectorySource(yard.home / "in", "*.csv", settle=2)
    binding = PipelineBinding("ids", source, yard.binding().pipeline)

    async def growing() -> list[PipelineResult]:
        polling = asyncio.ensure_future(run_poll_cycle([binding], ledger=yard.home / "ledger.db"))
        while not polling.done():
            with path.open("a") as file:
                file.write("2\n")
            await asyncio.sleep(0.02)
        return polling.result()

    assert asyncio.run(growing()) == [] and not yard.told
    assert [one.success for one in yard.poll(binding)] == [True]


def test_an_archive_among_the_files_is_not_read_again(yard: Yard) -> None:
    yard.put("sub/a.csv", "1")
    source = StoreSource(str(yard.home / "in"), "*.csv", "kept", error_dir="bad", settle=0, recursive=True)
    binding = PipelineBinding("ids", source, yard.binding().pipeline)
    assert [one.file_name for one in yard.poll(binding)] == ["sub/a.csv"]
    assert yard.poll(binding) == [] and yard.names("in/kept/sub") == ["a.csv"]
    mapped = StoreSource({"type": "local", "path": str(yard.home / "in/kept")}, settle=0, recursive=True)
    assert [one.success for one in yard.poll(PipelineBinding("more", mapped, binding.pipeline))] == [True]


def test_folders_that_make_no_sense(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="give another one"):
        WatchedDirectorySource(tmp_path, archive_dir=tmp_path)
    with pytest.raises(Invalid, match="both"):
        StoreSource(str(tmp_path), archive_dir="in-it", error_dir="/top")


def test_files_by_hand(yard: Yard) -> None:
    yard.put("a.csv", "1")
    yard.put("b.csv", "2")

    async def all_() -> list[tuple[str, bytes, int]]:
        return [(one.name, one.content, (await yard.binding().pipeline.process(one, dry_run=True)).total_records)
                async for one in yard.source().files()]

    assert sorted(asyncio.run(all_())) == [("a.csv", b"id\n1\n", 1), ("b.csv", b"id\n2\n", 1)]
    assert yard.names("in") == ["a.csv", "b.csv"] and not yard.told


class Own(BasePipeline):
    """Somebody's own pipeline."""

    def __init__(self, says: Callable[[SourceFile], PipelineResult]) -> None:
        self._says = says

    @property
    def name(self) -> str:
        return "own"

    async def process(self, file: SourceFile, dry_run: bool = False) -> PipelineResult:
        return self._says(file)


def test_a_pipeline_of_ones_own(yard: Yard) -> None:
    seen: list[bytes] = []

    def says(file: SourceFile) -> PipelineResult:
        seen.append(file.content)
        if file.content == b"id\nlater\n" and len(seen) < 3:
            raise OSError("the disk is full")
        if file.content == b"id\nbad\n":
            raise Malformed("that is nothing", line=1)
        return PipelineResult("own", file.name, total_records=3, processed_count=2, error_count=1, errors=["one"])

    binding = PipelineBinding("mine", yard.source(), Own(says))
    yard.put("a.csv", "x")
    result, = yard.poll(binding)
    assert (result.source, result.total_records, result.errors, result.state) == ("mine", 3, ["one"], "done")
    yard.put("a.csv", "x")
    assert [one.state for one in yard.poll(binding)] == ["duplicate"] and len(seen) == 1
    yard.put("later.csv", "later")
    assert [one.errors for one in yard.poll(binding)] == [["own: OSError: the disk is full"]]
    assert [one.state for one in yard.poll(binding)] == ["done"]
    yard.put("bad.csv", "bad")
    assert [one.state for one in yard.poll(binding)] == ["refused"] and "bad.csv" in yard.names("errors")


def until(holds: Callable[[], bool], loop: Coroutine[Any, Any, None]) -> None:
    """The loop, until that holds; then it is told to end, as a process is."""
    async def run() -> None:
        task = asyncio.ensure_future(loop)
        end = time.monotonic() + 20
        while not holds():
            assert not task.done() and time.monotonic() < end
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), 15)
        await asyncio.wait_for(task, 20)

    asyncio.run(run())


def test_the_loop_takes_what_a_factory_gives(yard: Yard, caplog: pytest.LogCaptureFixture) -> None:
    """It raises, it is async or not, it gives other bindings each time."""
    caplog.set_level(logging.INFO, "haulier.imports")
    calls: list[int] = []

    def build() -> Any:
        calls.append(len(calls))
        if calls[-1] % 3 == 0:
            raise RuntimeError("no settings")
        yard.put(f"{calls[-1]}.csv", str(calls[-1]))
        bindings = [yard.binding(f"turn {calls[-1]}")]

        async def later() -> list[PipelineBinding]:
            await asyncio.sleep(0)
            return bindings

        return later() if calls[-1] % 3 == 1 else bindings

    until(lambda: len(calls) > 5, run_loop(build, poll_interval=0.01, ledger=yard.home / "ledger.db"))
    assert yard.told[:3] == ["1", "2", "4"]
    assert "no settings" in caplog.text and "turn 1: 1.csv: done: 1 rows: 1 taken" in caplog.text


def test_the_loop_ends_in_the_middle_of_a_file_and_goes_on_there(yard: Yard) -> None:
    yard.put("a.csv", *map(str, range(800)))
    begun: list[str] = []

    async def on_row(row: dict[str, Any]) -> None:
        begun.append(row["id"])
        await asyncio.sleep(0.002)
        yard.told.append(row["id"])

    pipeline = GenericImportPipeline("take", "csv", on_row, checkpoint_rows=10)
    loop = lambda: run_loop(lambda: [PipelineBinding("ids", yard.source(), pipeline)], 0.01,  # noqa: E731
                            ledger=yard.home / "ledger.db")
    until(lambda: len(yard.told) > 30, loop())
    assert begun == yard.told and len(begun) < 800, "who was called came to the end"
    with closing(books(f"sqlite:///{yard.home}/ledger.db")) as opened:
        assert opened.ledger.runs()[0].state is RunState.CANCELLED
    until(lambda: bool(yard.names("archive")), loop())
    assert sorted(map(int, yard.told)) == [*range(800)], "each once"


def test_two_workers_do_not_take_the_same_file(yard: Yard) -> None:
    for number in range(5):
        yard.put(f"{number}.csv", *(f"{number}-{row}" for row in range(20)))

    async def both() -> list[list[PipelineResult]]:
        return await asyncio.gather(*(run_poll_cycle([yard.binding()], ledger=yard.home / "ledger.db")
                                      for _ in range(3)))

    found = [one for results in asyncio.run(both()) for one in results]
    assert sorted(one.file_name for one in found) == [f"{number}.csv" for number in range(5)]
    assert len(yard.told) == len(set(yard.told)) == 100


@pytest.mark.parametrize("is_gone", [False, True])
def test_payments_are_told_though_their_file_is_gone(yard: Yard, is_gone: bool) -> None:
    path = yard.home / "in" / "a.bgm"
    path.write_bytes(bgmax([Paid(Decimal(n + 1), check_digit(str(1000 + n)), serial=n + 1) for n in range(5)]))

    def on_unmatched(match: Match) -> None:
        if match.payment.amount == 3 and yard.away:
            raise Unavailable("the API is down")
        yard.told.append(str(match.payment.amount))

    pipeline = ReconciliationPipeline("bgmax", "t", None, on_unmatched, items=[], checkpoint_rows=1)
    binding = PipelineBinding("bank", yard.source(file_pattern="*.bgm"), pipeline)
    yard.away = {"3"}
    for _ in range(2):
        failed, = yard.poll(binding)
        assert (failed.state, failed.file_name) == ("failed", "a.bgm")
    if is_gone:
        path.unlink()
        assert [one.errors for one in yard.poll(binding)] == [["the API is down"]]
    yard.away = set()
    result, = yard.poll(binding)
    assert (result.state, result.file_name, result.unmatched_count, result.success) == ("done", "a.bgm", 5, True)
    assert yard.told == ["1.00", "2.00", "3.00", "4.00", "5.00"], "each once"
    assert yard.names("archive") == ([] if is_gone else ["a.bgm"]) and yard.poll(binding) == []


def test_rejects_are_in_the_ledger(yard: Yard) -> None:
    yard.put("a.csv", "1", "x")
    pipeline = GenericImportPipeline("take", "csv", yard.on_row, schema=[Column("id", Type.INTEGER)])
    result, = yard.poll(PipelineBinding("ids", yard.source(), pipeline))
    with closing(books(f"sqlite:///{yard.home}/ledger.db")) as opened:
        kept, = opened.imports.kept(result.intake)
        assert kept.reject.raw == "x"
        opened.imports.fix(kept.id, "anna", {"id": "2"})
    assert yard.poll(PipelineBinding("ids", yard.source(), pipeline)) == [] and yard.told == ["1", "2"]
