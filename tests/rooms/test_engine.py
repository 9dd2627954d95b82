"""Whole runs: real ledger, real files, one process."""
from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from haulier import ledger
from haulier.core.archive import Archive
from haulier.core.draft import put
from haulier.engine.course import Course
from haulier.engine.terms import Terms
from haulier.engine.work import Result, Watcher, Work
from haulier.model.errors import Busy, Denied, NoSpace, Unavailable
from haulier.model.files import Entry
from haulier.model.flow import Action, Completion, Dedup, Filters, Rules, Settle
from haulier.model.retry import Retry
from haulier.model.run import Report, Run, RunState, Totals, Transfer, Wish
from haulier.model.transfer import State
from haulier.ports import Ledger, Store
from haulier.stores.local import Local
from haulier.testing.faulty import Faulty
from haulier.testing.memory import Memory
from haulier.testing.stores import content, names, whole
from unit.journeys import Counting, FakeClock, contents, leftovers

NOW = Rules(complete=Completion(settle_seconds=0), recursive=True, retry=Retry(base=0.01, cap=0.02, tries=3))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    opened = ledger.open(f"sqlite:///{tmp_path}/ledger.db")
    yield opened
    opened.close()


class Outcomes(Watcher):
    def __init__(self) -> None:
        self.ends: list[tuple[str, str]] = []
        self.reasons: dict[str, str] = {}

    def ended(self, transfer: Transfer, report: Report) -> None:
        self.ends.append((transfer.path, str(report.signal)))

    def decided(self, path: str, verdict: str, reason: str) -> None:
        self.reasons[path] = reason


def run(book: Ledger, source: Store, target: Store, rules: Rules = NOW, *, watcher: Watcher | None = None,
        clock: Any = None, **more: Any) -> Result:
    work = Work("job", source, target, "here", "there", rules, **more)
    return Course(book, work, clock or FakeClock(), watcher).run()


def filled(store: Store, **files: bytes) -> Store:
    for name, data in files.items():
        put(store, name, [data])
    return store


@pytest.mark.parametrize("count", [1, 2500])
def test_local_to_local(book: Ledger, tmp_path: Path, count: int) -> None:
    source, target = Local(tmp_path / "a"), Local(tmp_path / "b")
    for n in range(count):
        (tmp_path / "a" / f"d{n % 7}").mkdir(parents=True, exist_ok=True)
        (tmp_path / "a" / f"d{n % 7}" / f"f{n}").write_bytes(b"%d" % n)
    (tmp_path / "a" / "big").write_bytes(content(3 << 20))
    result = run(book, source, target)
    assert result.state is RunState.DONE and result.progress.done == count + 1
    assert names(target) == names(source)
    assert whole(target, "big") == content(3 << 20)
    assert not [path for path in (tmp_path / "b").rglob(".*")]
    assert len(book.transfers(run=result.run, limit=5000)) == count + 1


def test_a_second_pass_writes_no_rows(book: Ledger) -> None:
    source, target = filled(Memory(), a=b"1", b=b"2"), Counting()
    run(book, source, target)
    again = run(book, source, target)
    assert again.progress.skipped == 2 and again.progress.done == 0
    assert book.transfers(run=again.run) == []
    assert len(target.published) == 2


def test_dedup(book: Ledger) -> None:
    """The same bytes, changed bytes of equal size, renamed, touched."""
    source, target = Memory(), Counting()
    filled(source, same=b"AAAA", changed=b"AAAA", renamed=b"AAAA", touched=b"AAAA")
    run(book, source, target)
    put(source, "changed", [b"BBBB"])
    source.move("renamed", "new name")
    source.touch("touched", 42)
    target.published.clear()
    watcher = Outcomes()
    result = run(book, source, target, watcher=watcher)
    assert sorted(target.published) == ["changed", "new name"]
    assert contents(target)["changed"] == b"BBBB"
    assert ("touched", "duplicate") in watcher.ends
    assert result.progress.skipped == 2
    target.published.clear()
    assert run(book, source, target).progress.skipped == 4     # the touched one is remembered
    assert target.published == []


@pytest.mark.parametrize(("dedup", "sent"), [(Dedup.NAME, []), (Dedup.OFF, ["f"]), (Dedup.CONTENT, ["f"])])
def test_dedup_rules(book: Ledger, dedup: Dedup, sent: list[str]) -> None:
    source, target = filled(Memory(), f=b"AAAA"), Counting()
    run(book, source, target)
    put(source, "f", [b"BBBB"])
    target.published.clear()
    run(book, source, target, replace(NOW, dedup=dedup))
    assert target.published == sent


def test_target_dedup_sends_what_is_missing(book: Ledger) -> None:
    source, target = filled(Memory(), a=b"1", b=b"2"), Counting()
    rules = replace(NOW, dedup=Dedup.TARGET)
    run(book, source, target, rules)
    target.delete("a")
    target.published.clear()
    run(book, source, target, rules)
    assert target.published == ["a"]


def test_transient_trouble_is_tried_again(book: Ledger) -> None:
    source, target = filled(Memory(), a=b"1", b=content(500_000)), Counting()
    watcher = Outcomes()
    result = run(book, Faulty(source, at=6), target, watcher=watcher)
    assert result.state is RunState.DONE and result.progress.done == 2
    assert ("b", "transient") in watcher.ends or ("a", "transient") in watcher.ends
    assert all(transfer.error == "" for transfer in book.transfers())


class Down(Memory):
    def write(self, draft, body):  # type: ignore[no-untyped-def]
        raise Unavailable("no route to host")


def test_what_does_not_get_through_waits_for_the_next_run(book: Ledger) -> None:
    source = filled(Memory(), a=b"1")
    result = run(book, source, Down())
    assert result.state is RunState.FAILED and result.progress.waiting == 1
    transfer, = book.transfers()
    assert transfer.state is State.WAITING and transfer.tries == 3 and "no route" in transfer.error
    target = Counting()
    assert run(book, source, target).state is RunState.DONE
    assert contents(target) == {"a": b"1"}
    assert [transfer.state for transfer in book.transfers()] == [State.DONE]


class Dead(Memory):
    """Nothing can be asked of it, not even what it can do."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("caps", "lanes", "connect", "scan", "stat", "write", "write_many"):
            raise AssertionError(f"{name} was asked")
        return super().__getattribute__(name)


def test_where_nothing_is_to_be_moved_the_target_is_not_asked(book: Ledger) -> None:
    source = filled(Memory(), a=b"1")
    run(book, source, Memory())
    assert run(book, source, Dead()).progress.skipped == 1
    assert run(book, Memory(), Dead()).state is RunState.DONE


def test_a_long_plan_gives_signs_of_life(book: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[Totals] = []

    def beat(run: Run, totals: Totals) -> Wish:
        beats.append(totals)
        return Wish.NONE

    monkeypatch.setattr(book, "beat", beat)
    rules = replace(NOW, filters=Filters(exclude=("*",)))
    source = filled(Memory(), **{f"f{n}": b"" for n in range(2500)})
    Course(book, Work("job", source, Memory(), "here", "there", rules), FakeClock(), terms=Terms(beat=0)).run()
    assert len(beats) == 3


def test_permanent_trouble_is_explained_and_stops_nothing_else(book: Ledger) -> None:
    class Picky(Memory):
        def read(self, path, *, start=0, end=None):  # type: ignore[no-untyped-def]
            if path == "secret":
                raise Denied("secret: no permission")
            return super().read(path, start=start, end=end)

    source = filled(Picky(), secret=b"1", plain=b"2")
    target = Counting()
    result = run(book, source, target)
    assert (result.progress.done, result.progress.failed) == (1, 1)
    failed, = (transfer for transfer in book.transfers() if transfer.state is State.FAILED)
    assert failed.path == "secret" and failed.kind == "Denied" and "no permission" in failed.error
    run(book, source, target)
    assert len(book.transfers()) == 2, "a failed file keeps its one row"


def test_listed_but_unusable(book: Ledger) -> None:
    class Broken(Memory):
        def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
            yield Entry("bad\\xff", 0, fault=NoSpace("bad name"))
            yield from super().scan(prefix, deep=deep)

    result = run(book, filled(Broken(), ok=b"1"), target := Counting())
    assert (result.progress.done, result.progress.failed) == (1, 1)
    assert contents(target) == {"ok": b"1"}


def test_filters_and_reasons(book: Ledger) -> None:
    source = Memory()
    for name in ("a.csv", ".hidden.csv", "b.csv.tmp", "c.txt", "sub/d.csv"):
        put(source, name, [b"1"])
    watcher = Outcomes()
    rules = replace(NOW, filters=Filters(include=("*.csv",)))
    run(book, source, target := Counting(), rules, watcher=watcher)
    assert set(contents(target)) == {"a.csv", "sub/d.csv"}
    assert watcher.reasons == {".hidden.csv": "hidden file", "b.csv.tmp": "temporary file, by its name",
                               "c.txt": "no pattern includes it"}


def test_files_being_written_wait(book: Ledger) -> None:
    clock = FakeClock()
    source = Memory()
    put(source, "old", [b"1"], modified=clock.now() - 60 * 10**9)
    put(source, "fresh", [b"1"], modified=clock.now() - 10**9)
    put(source, "growing", [b"1"], modified=clock.now())
    sleep = clock.sleep

    def grow(seconds: float) -> None:
        if seconds == 5:
            put(source, "growing", [b"11"], modified=clock.now())
        sleep(seconds)
    clock.sleep = grow  # type: ignore[method-assign]
    watcher = Outcomes()
    rules = replace(NOW, complete=Completion(settle_seconds=5))
    run(book, source, target := Counting(), rules, clock=clock, watcher=watcher)
    assert set(contents(target)) == {"old", "fresh"}
    assert watcher.reasons == {"growing": "still being written"}


def test_done_markers(book: Ledger) -> None:
    source = Memory()
    for name in ("a.csv", "a.csv.ok", "b.csv"):
        put(source, name, [b"1"])
    rules = replace(NOW, complete=Completion(settle_seconds=0, marker="{name}.ok"))
    run(book, source, target := Counting(), rules)
    assert set(contents(target)) == {"a.csv"}


def test_open_files_wait(book: Ledger, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "closed").write_bytes(b"1")
    rules = replace(NOW, complete=Completion(settle_seconds=0, exclusive=True))
    with open(tmp_path / "a" / "open", "wb") as file:
        file.write(b"1")
        file.flush()
        run(book, Local(tmp_path / "a"), target := Counting(), rules)
        assert set(contents(target)) == {"closed"}
    run(book, Local(tmp_path / "a"), target, rules)
    assert set(contents(target)) == {"closed", "open"}


@pytest.mark.parametrize("fails", [False, True])
def test_a_group_is_published_together_or_not_at_all(book: Ledger, fails: bool) -> None:
    source = filled(Memory(), a=b"1", b=b"2", big=content(700_000))
    target = Counting()
    rules = replace(NOW, group=True, retry=Retry(tries=1))

    class Late(Memory):
        def read(self, path, *, start=0, end=None):  # type: ignore[no-untyped-def]
            if path == "big" and fails:
                raise Denied("big: no permission")
            assert target.published == []
            return super().read(path, start=start, end=end)

    late = Late()
    late.files = source.files  # type: ignore[attr-defined]
    result = run(book, late, target, rules)
    if fails:
        assert contents(target) == {} and leftovers(target) == []
        assert result.progress.failed == 3
    else:
        assert set(contents(target)) == {"a", "b", "big"}
        assert result.progress.done == 3


def test_retention_counts_from_the_backup(book: Ledger, tmp_path: Path) -> None:
    day = 86400
    clock = FakeClock()
    archive = Archive(Local(tmp_path), "backups/job", "backups/job", prefix="in")
    rules = replace(NOW, settle=Settle(Action.ARCHIVE, str(tmp_path / "backups/job"), retention_days=3))

    def send(name: str) -> None:
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"1")
        os.utime(tmp_path / "in" / name, (1, 1))    # an old file, backed up now
        run(book, Local(tmp_path / "in"), Local(tmp_path / "out"), rules, clock=clock, archive=archive)

    send("monday")
    assert os.listdir(tmp_path / "in") == [] and os.listdir(tmp_path / "backups/job") == ["monday"]
    clock.at += 2 * day * 10**9
    send("wednesday")
    assert sorted(os.listdir(tmp_path / "backups/job")) == ["monday", "wednesday"]
    clock.at += 2 * day * 10**9
    send("friday")
    assert sorted(os.listdir(tmp_path / "backups/job")) == ["friday", "wednesday"]
    assert sorted(os.listdir(tmp_path / "out")) == ["friday", "monday", "wednesday"]


def test_one_run_of_a_flow_at_a_time(book: Ledger) -> None:
    run_now = book.start("job", source="here", target="there")
    with pytest.raises(Busy):
        run(book, Memory(), Memory())
    book.finish(run_now, RunState.DONE, run_now.totals)
    assert run(book, Memory(), Memory()).state is RunState.DONE


def test_an_unfinished_file_that_vanished_is_explained(book: Ledger) -> None:
    source = filled(Memory(), a=b"1")
    run(book, source, Down())
    source.delete("a")
    run(book, source, Counting())
    transfer, = book.transfers()
    assert transfer.state is State.FAILED and "removed before" in transfer.error
    assert run(book, source, Counting()).state is RunState.DONE
