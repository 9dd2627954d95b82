"""The lookout: files that come want a run, once, however many look and whatever place does not answer."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from haulier.core.draft import put
from haulier.engine import folders, lookout
from haulier.engine.clock import SystemClock
from haulier.engine.looking import Looks
from haulier.engine.lookout import Lookout, Sight, Watch
from haulier.engine.work import Work
from haulier.ledger import books as open_books
from haulier.ledger.books import Books
from haulier.model.errors import Unavailable
from haulier.model.files import Entry
from haulier.model.flow import Completion, Dedup, Rules
from haulier.model.run import Report, Run, RunState, Seen, Totals, Trigger, Wish
from haulier.model.transfer import Signal
from haulier.testing.bench import until
from haulier.testing.ledgers import new, whole_way
from haulier.testing.memory import Memory

NOW = Rules(complete=Completion(settle_seconds=0), recursive=True)
QUICK = Watch(0.02, "a place")


class Dead(Memory):
    """A place that answers nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.is_up, self.asked = threading.Event(), 0

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        self.asked += 1
        if not self.is_up.is_set():
            raise Unavailable("nobody is there")
        return super().scan(prefix, deep=deep)


class Hanging(Dead):
    """A place that takes its time over every answer."""

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        self.asked += 1
        self.is_up.wait(20)
        return super().scan(prefix, deep=deep)


@dataclass
class Hub:
    """A lookout over one database; `sources` and `watches` by flow."""

    books: Books
    sources: dict[str, Memory]
    watches: dict[str, Watch]
    rules: Rules = NOW
    ended: int = 0
    """Looks."""
    lookout: Lookout = field(init=False)

    def __post_init__(self) -> None:
        sight = Sight(self.books.ledger, self.books.agenda, SystemClock(), self.work)
        self.lookout = Lookout(sight, lambda: dict(self.watches))

    @contextmanager
    def work(self, flow: str) -> Iterator[Work]:
        try:
            yield Work(flow, self.sources[flow], Memory(), "there", "here", self.rules)
        finally:
            self.ended += 1

    def runs(self) -> list[Run]:
        return [*self.books.agenda.open()]

    def carry(self, run: Run, signal: Signal | None = None) -> None:
        """All that is in the source, as a run would: every file ends so."""
        begun = self.books.ledger.start(run.flow, source="a", target="b", run=run.id)
        source = self.sources[run.flow]
        files = self.books.ledger.claim(begun, [new(one.path)._replace(entry=one) for one in source.scan(deep=True)])
        self.books.ledger.record(begun, [report for one in files.transfers for report in (
            [Report(one.id, signal, "no", "Denied")] if signal else whole_way(one))])
        self.books.ledger.finish(begun, RunState.FAILED if signal else RunState.DONE, Totals())

    def looked(self) -> None:
        """Every flow has been looked at twice since."""
        before = self.ended
        until(lambda: self.ended >= before + 2 * len(self.watches) + 1, 20, lambda: "it does not look")


@pytest.fixture(autouse=True)
def no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "PACE", 0.02)


@pytest.fixture
def place(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def books(place: str) -> Iterator[Books]:
    with closing(open_books(place)) as opened:
        yield opened


@contextmanager
def at_work(*hubs: Hub) -> Iterator[None]:
    for hub in hubs:
        hub.lookout.start()
    try:
        yield
    finally:
        for hub in hubs:
            hub.lookout.stop()


def one_run(hub: Hub) -> Run:
    until(lambda: bool(hub.runs()), 20, lambda: "no run is wanted")
    run, = hub.runs()
    assert run.trigger is Trigger.ARRIVAL and run.state is RunState.QUEUED
    return run


# A look

def looked(books: Books, source: Memory, rules: Rules = NOW, looks: Looks | None = None, at: int = 0) -> str:
    class At(SystemClock):
        def now(self) -> int:
            return at or super().now()
    found = (looks or Looks()).look(Work("job", source, Memory(), "", "", rules), books.ledger, At(), set())
    assert bool(found.digest) is found.has_new and not found.has_left
    return found.digest


def test_a_look_tells_what_a_run_would_move(books: Books) -> None:
    source = Memory()
    assert looked(books, source) == ""
    put(source, "b", [b"1"])
    put(source, "a", [b"1"])
    both = looked(books, source)
    assert both and looked(books, source) == both
    books.ledger.remember("job", [Seen(source.stat("b"), b"")])
    assert looked(books, source) not in ("", both)
    books.ledger.remember("job", [Seen(source.stat("a"), b"")])
    assert looked(books, source) == "" and looked(books, source, replace(NOW, dedup=Dedup.OFF)) == both


def test_a_file_is_complete_when_it_stood_still_between_two_looks(books: Books) -> None:
    """Whatever time it bears: the clocks of servers differ, and some tell no time."""
    source, looks = Memory(), Looks()
    put(source, "a", [b"1"])
    rules, now = replace(NOW, complete=Completion(settle_seconds=2)), (source.stat("a").modified or 0) - 10**15
    assert looked(books, source, rules, looks, now) == ""
    assert looked(books, source, rules, looks, now + 10**9) == "", "a second is not long enough"
    put(source, "a", [b"12"])
    assert looked(books, source, rules, looks, now + 3 * 10**9) == "", "it has grown"
    assert looked(books, source, rules, looks, now + 4 * 10**9) == ""
    assert looked(books, source, rules, looks, now + 5 * 10**9)


# The lookout

def test_each_file_wants_one_run(books: Books) -> None:
    hub = Hub(books, {"job": Memory()}, {"job": QUICK})
    with at_work(hub):
        hub.looked()
        assert hub.runs() == []
        put(hub.sources["job"], "a", [b"1"])
        run = one_run(hub)
        put(hub.sources["job"], "b", [b"1"])    # while the run is queued: it is taken along
        hub.carry(run)
        hub.looked()
        assert hub.runs() == []
        put(hub.sources["job"], "b", [b"another"])
        hub.carry(one_run(hub))
        hub.looked()
        assert hub.runs() == []


@pytest.mark.parametrize("signal", [Signal.PERMANENT, Signal.CANCEL, Signal.PAUSE])
def test_what_did_not_get_through_wants_no_run_for_ever(books: Books, signal: Signal) -> None:
    hub = Hub(books, {"job": Memory()}, {"job": QUICK})
    with at_work(hub):
        put(hub.sources["job"], "a", [b"1"])
        hub.carry(one_run(hub), signal)
        hub.looked()
        assert hub.runs() == []
        put(hub.sources["job"], "b", [b"1"])
        hub.carry(one_run(hub), signal)
        hub.looked()
        assert hub.runs() == []
        put(hub.sources["job"], "a", [b"mended"])
        one_run(hub)


def test_a_run_that_waited_and_was_cancelled_is_not_begun_anew(books: Books) -> None:
    hub = Hub(books, {"job": Memory()}, {"job": QUICK})
    with at_work(hub):
        put(hub.sources["job"], "a", [b"1"])
        run = one_run(hub)
        begun = books.ledger.start("job", source="a", target="b", run=run.id)
        one, = books.ledger.claim(begun, [new("a")._replace(entry=hub.sources["job"].stat("a"))]).transfers
        books.ledger.record(begun, [Report(one.id, Signal.TRANSIENT, "no", "Busy", retry_at=1 << 62)])
        books.ledger.finish(begun, RunState.WAITING, Totals(), wakes=1 << 62)
        hub.looked()
        assert [run.id for run in hub.runs()] == [run.id]
        books.agenda.wish(run.id, Wish.CANCEL)
        hub.looked()
        assert hub.runs() == []


def test_what_a_run_had_no_time_for_wants_the_next_one(books: Books) -> None:
    hub = Hub(books, {"job": Memory()}, {"job": QUICK})
    with at_work(hub):
        put(hub.sources["job"], "a", [b"1"])
        hub.carry(one_run(hub), Signal.LOST)
        hub.carry(one_run(hub))
        hub.looked()
        assert hub.runs() == []


def test_the_same_file_that_comes_again_wants_a_run_again(books: Books) -> None:
    source = Memory()
    hub = Hub(books, {"job": source}, {"job": QUICK}, replace(NOW, dedup=Dedup.OFF))
    with at_work(hub):
        put(source, "a", [b"1"])
        file = source.files["a"]
        for _ in range(2):
            source.files["a"] = file
            run = one_run(hub)
            hub.carry(run)
            hub.looked()
            assert hub.runs() == [], "it stays, and is the same"
            del source.files["a"]
            hub.looked()


def test_two_hubs_want_one_run(books: Books, place: str) -> None:
    with closing(open_books(place)) as others:
        sources = {"job": Memory()}
        one, other = (Hub(opened, sources, {"job": QUICK}) for opened in (books, others))
        with at_work(one, other):
            for name in "abc":
                put(sources["job"], name, [b"1"])
                run = one_run(one)
                one.carry(run)
                for hub in (one, other):
                    hub.looked()
                assert one.runs() == []
    assert len(books.ledger.runs()) == 3


def test_places_that_do_not_answer_hold_up_nobody(books: Books, caplog: pytest.LogCaptureFixture) -> None:
    dead, hanging = Dead(), Hanging()
    sources: dict[str, Memory] = {f"dead-{number}": dead for number in range(100)}
    sources |= {f"hangs-{number}": hanging for number in range(100)}
    sources |= {f"good-{number}": Memory() for number in range(300)}
    places = {flow: flow if flow.startswith("good") else flow.partition("-")[0] for flow in sources}
    hub = Hub(books, sources, {flow: Watch(0.2, place) for flow, place in places.items()})
    threads = threading.active_count()
    with at_work(hub), caplog.at_level("WARNING", "haulier.engine"):
        put(sources["good-299"], "a", [b"1"])
        assert one_run(hub).flow == "good-299"
        assert threading.active_count() - threads <= 17
        until(lambda: dead.asked >= 150, 20, lambda: f"asked {dead.asked} times")
        assert hanging.asked <= 2
        said = [record.getMessage() for record in caplog.records]
        assert len(said) == len(set(said)) and all("cannot be looked at: nobody is there" in one for one in said)
        hanging.is_up.set()
        dead.is_up.set()
        put(dead, "b", [b"1"])
        until(lambda: any(run.flow.startswith("dead") for run in hub.runs()), 20, lambda: "it is not tried again")


def test_edits_hold_from_then_on(books: Books) -> None:
    hub = Hub(books, {"job": Memory(), "new": Memory()}, {})
    put(hub.sources["job"], "a", [b"1"])
    put(hub.sources["new"], "a", [b"1"])
    with at_work(hub):
        hub.watches["new"] = QUICK
        assert one_run(hub).flow == "new"
        del hub.watches["new"]
        hub.watches["job"] = QUICK
        until(lambda: {run.flow for run in hub.runs()} == {"new", "job"}, 20, str)


def test_a_folder_tells_of_files_at_once(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "CHECK", 200)
    near, later = tmp_path / "in", tmp_path / "later"
    (near / "sub").mkdir(parents=True)
    seldom = {name: Watch(3600.0, name, str(path), deep) for name, path, deep in
              (("flat", near, False), ("deep", near, True), ("later", later, False))}
    hub = Hub(books, {name: Memory() for name in seldom}, seldom)
    with at_work(hub):
        until(lambda: hub.ended >= 5, 20, lambda: "it does not look, and once more at what is watched from now on")
        for name in seldom:
            put(hub.sources[name], "a", [b"1"])
        for flows, folder in ({"deep"}, near / "sub"), ({"deep", "flat"}, near), (set(seldom), later):
            folder.mkdir(exist_ok=True)
            until(lambda flows=flows, folder=folder: told_of(hub, folder) == flows, 20, lambda: f"{hub.runs()}")


def told_of(hub: Hub, folder: Path) -> set[str]:
    """The flows with runs, after something happened in the folder, which need not be watched yet."""
    (folder / f"{time.monotonic_ns()}").touch()
    time.sleep(0.1)
    return {run.flow for run in hub.runs()}
