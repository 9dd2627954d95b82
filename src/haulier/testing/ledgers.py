"""The suite every ledger must pass. Subclass it, say how to open one, and that is the test file."""
from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from ..model.errors import Busy, LeaseLost
from ..model.files import Draft, Entry
from ..model.run import Report, Run, RunState, Seen, Totals, Transfer
from ..model.transfer import Signal, State
from ..ports import Ledger

MOMENT = 1_600_000_000_000_000_000
SHA = bytes(range(32))
FLOW = "nightly"
G = Signal
WAY = [None, G.COPIED, G.VERIFIED, G.SETTLED]
"""What is reported of a file on its way: a draft, and then these signals."""
CHILD = """
run = ledger.start("nightly", source="a", target="b")
batch = ledger.claim(run, [Transfer(0, "big", "big", Entry("big", 9))])
ledger.record(run, [Report(batch.transfers[0].id, draft=Draft("big", ".big.h1.part", offset=4))])
print("under way", flush=True)
time.sleep(60)
"""


def new(path: str, size: int = 4, **facts: Any) -> Transfer:
    """A transfer that no ledger knows yet."""
    return Transfer(0, path, path, Entry(path, size, MOMENT, "tag", 0o640))._replace(**facts)


def copied(transfer: Transfer) -> Report:
    return Report(transfer.id, G.COPIED, sha256=SHA, written=transfer.entry.size)


def whole_way(transfer: Transfer) -> list[Report]:
    return [copied(transfer), Report(transfer.id, G.VERIFIED), Report(transfer.id, G.SETTLED)]


def draft_for(path: str, offset: int = 2) -> Draft:
    return Draft(path, f".{path}.h1.part", 4, MOMENT, 0o640, False, offset, "upload 7")


class LedgerSuite:
    """Override `place` and `open`; `command` is Python that opens sys.argv[1] as `ledger`."""

    command: ClassVar[str]
    examples: ClassVar[int] = 25
    """How many sequences of signals are tried."""

    @pytest.fixture
    def place(self) -> str:
        """Where a new ledger can be made."""
        raise NotImplementedError

    def open(self, place: str, *, pid: int = 0, elsewhere: bool = False,
             lease: float = 30.0) -> Ledger:
        """The ledger, seen from this process, or from `pid`, or from another machine."""
        raise NotImplementedError

    @pytest.fixture
    def opened(self, place: str) -> Iterator[Callable[..., Ledger]]:
        with ExitStack() as stack:
            yield lambda **how: stack.enter_context(closing(self.open(place, **how)))

    @pytest.fixture
    def ledger(self, opened: Callable[..., Ledger]) -> Ledger:
        return opened()

    @pytest.fixture
    def run(self, ledger: Ledger) -> Run:
        return ledger.start(FLOW, source="local:/a", target="local:/b")

    @pytest.fixture
    def gone(self) -> int:
        """The number of a process that has ended."""
        child = subprocess.Popen([sys.executable, "-c", ""])
        child.wait()
        return child.pid

    # Runs

    def test_a_run_from_start_to_finish(self, ledger: Ledger, run: Run) -> None:
        assert run.state is RunState.RUNNING and run.flow == FLOW and run.started > MOMENT
        ledger.beat(run, Totals(1, 2, 3, 4, 5))
        assert ledger.runs(FLOW) == [run._replace(totals=Totals(1, 2, 3, 4, 5))]
        ledger.finish(run, RunState.FAILED, Totals(9, 8, 7, 6, 5), "one file failed")
        kept, = ledger.runs()
        assert kept.state is RunState.FAILED and kept.error == "one file failed"
        assert kept.totals == Totals(9, 8, 7, 6, 5) and (kept.finished or 0) >= run.started

    def test_runs_are_listed_newest_first(self, ledger: Ledger) -> None:
        runs = []
        for flow in ("one", "two", "one"):
            runs.append(ledger.start(flow, source="a", target="b"))
            ledger.finish(runs[-1], RunState.DONE, Totals())
        assert [run.id for run in ledger.runs()] == [run.id for run in reversed(runs)]
        assert [run.id for run in ledger.runs("one")] == [runs[2].id, runs[0].id]
        assert [run.id for run in ledger.runs(limit=1)] == [runs[2].id]
        assert ledger.runs("no such flow") == []

    def test_a_flow_runs_once_at_a_time(self, opened: Callable[..., Ledger], run: Run) -> None:
        second = opened()
        with pytest.raises(Busy, match=rf"{FLOW}: run {run.id} .* process \d+ on .* since 20"):
            second.start(FLOW, source="a", target="b")
        assert second.start("other", source="a", target="b").id > run.id
        assert [run.state for run in second.runs()] == [RunState.RUNNING] * 2

    def test_a_finished_run_is_over(self, ledger: Ledger, run: Run) -> None:
        transfer, = ledger.claim(run, [new("f")]).transfers
        ledger.finish(run, RunState.CANCELLED, Totals())
        self._refuses(ledger, run, transfer)
        assert ledger.runs()[0].state is RunState.CANCELLED

    def test_a_dead_process_is_followed_at_once(self, opened: Callable[..., Ledger],
                                                gone: int) -> None:
        dead, alive = opened(pid=gone), opened()
        old = dead.start(FLOW, source="a", target="b")
        transfer, = dead.claim(old, [new("f")]).transfers
        run = alive.start(FLOW, source="a", target="b")
        assert [r.state for r in alive.runs()] == [RunState.RUNNING, RunState.CRASHED]
        self._refuses(dead, old, transfer)
        alive.beat(run, Totals())

    def test_another_machine_is_waited_for(self, opened: Callable[..., Ledger]) -> None:
        far, near, short = opened(elsewhere=True), opened(), opened(elsewhere=True, lease=0.1)
        old = far.start(FLOW, source="a", target="b")
        short.beat(old, Totals())
        far.beat(old, Totals())
        time.sleep(0.15)
        with pytest.raises(Busy):
            near.start(FLOW, source="a", target="b")
        short.beat(old, Totals())
        time.sleep(0.15)
        near.start(FLOW, source="a", target="b")
        with pytest.raises(LeaseLost):
            far.beat(old, Totals())

    def _refuses(self, ledger: Ledger, run: Run, transfer: Transfer) -> None:
        """A run that is over, or was taken over, changes nothing any more."""
        before = ledger.transfers()
        for call in (lambda: ledger.beat(run, Totals(1)), lambda: ledger.claim(run, [new("x")]),
                     lambda: ledger.claim(run, [transfer]),
                     lambda: ledger.record(run, [copied(transfer)]),
                     lambda: ledger.record(run, [Report(transfer.id, draft=draft_for("f"))]),
                     lambda: ledger.finish(run, RunState.DONE, Totals(1))):
            with pytest.raises(LeaseLost, match=FLOW):
                call()
        assert ledger.transfers() == before

    # One file's way

    def test_claimed_transfers_are_copying(self, ledger: Ledger, run: Run) -> None:
        asked = [new(f"d/{n}", n, target=f"d/{n}" if n % 2 else f"out/{n}.gz") for n in range(50)]
        batch = ledger.claim(run, asked)
        assert [t.path for t in batch.transfers] == [t.path for t in asked]
        assert all(a.id < b.id for a, b in pairwise(batch.transfers))
        for transfer, wanted in zip(batch.transfers, asked, strict=True):
            assert transfer == wanted._replace(id=transfer.id, state=State.COPYING, tries=1, run=run.id,
                                               created=transfer.created, since=transfer.created)
        assert ledger.pending(FLOW) == list(batch.transfers)
        assert ledger.transfers(run=run.id) == list(reversed(batch.transfers))
        more = ledger.claim(run, [new("more")])
        assert more.id > batch.id and more.transfers[0].id > batch.transfers[-1].id
        others = ledger.claim(ledger.start("other", source="a", target="b"), [new("x")]).transfers
        assert ledger.pending() == [*batch.transfers, *more.transfers, *others]

    @pytest.mark.parametrize("calls", [1, 2, 3])
    def test_delivered_files_are_seen(self, ledger: Ledger, run: Run, calls: int) -> None:
        batch = ledger.claim(run, [new(f"f{n}") for n in range(20)]).transfers
        ways = [whole_way(transfer) for transfer in batch]
        for part in {1: [(0, 3)], 2: [(0, 1), (1, 3)], 3: [(0, 1), (1, 2), (2, 3)]}[calls]:
            ledger.record(run, [report for way in ways for report in way[slice(*part)]])
        assert ledger.pending(FLOW) == []
        done = ledger.transfers(run=run.id)
        assert {(t.state, t.sha256, t.written, t.delivered) for t in done} == {
            (State.DONE, SHA, 4, True)}
        assert all((t.finished or 0) >= t.created > MOMENT for t in done)
        seen = ledger.seen(FLOW, ["f0", "f19", "f20"])
        assert set(seen) == {"f0", "f19"} and seen["f0"].sha256 == SHA
        assert seen["f0"].entry.is_same_as(batch[0].entry)
        assert ledger.seen("other", ["f0"]) == {}

    def test_facts_are_kept(self, ledger: Ledger, run: Run) -> None:
        transfer, = ledger.claim(run, [new("f")]).transfers
        ledger.record(run, [copied(transfer)._replace(target="f (2)", written=9)])
        ledger.record(run, [Report(transfer.id, G.VERIFIED),
                            Report(transfer.id, G.SETTLED, settled="archive/f")])
        kept, = ledger.transfers()
        assert (kept.target, kept.written, kept.settled) == ("f (2)", 9, "archive/f")

    def test_reports_out_of_turn_change_nothing(self, ledger: Ledger, run: Run) -> None:
        a, b = ledger.claim(run, [new("a"), new("b")]).transfers
        ledger.record(run, [copied(b)])
        before = ledger.transfers(), ledger.history(a.id), ledger.seen(FLOW, ["a"])
        for reports in ([*whole_way(a), copied(b)], [copied(a), Report(b.id + 99, G.COPIED)],
                        [*whole_way(a), Report(b.id, G.DUPLICATE), Report(b.id + 99, draft=draft_for("x"))],
                        [Report(a.id, G.VERIFIED)], [Report(a.id, G.RETRY)]):
            with pytest.raises(LeaseLost):
                ledger.record(run, reports)
            assert (ledger.transfers(), ledger.history(a.id), ledger.seen(FLOW, ["a"])) == before

    def test_drafts_come_back_until_the_end(self, ledger: Ledger, run: Run) -> None:
        transfer, = ledger.claim(run, [new("f")]).transfers
        for offset in (1, 3):
            ledger.record(run, [Report(transfer.id, draft=draft_for("f", offset), head=SHA)])
            assert ledger.pending(FLOW)[0].draft == draft_for("f", offset)
        ledger.record(run, [Report(transfer.id, draft=draft_for("f", 4))])
        ledger.record(run, [copied(transfer)])
        left, = ledger.pending(FLOW)
        assert (left.draft, left.head) == (draft_for("f", 4), SHA)
        ledger.record(run, whole_way(transfer)[1:])
        assert ledger.transfers()[0].draft is None
        with pytest.raises(LeaseLost):
            ledger.record(run, [Report(transfer.id, draft=draft_for("f"))])

    def test_another_try(self, ledger: Ledger, run: Run) -> None:
        transfer, = ledger.claim(run, [new("f")]).transfers
        ledger.record(run, [Report(transfer.id, draft=draft_for("f"), head=SHA)])
        ledger.record(run, [Report(transfer.id, G.TRANSIENT, "line went dead", "Unavailable")])
        waiting, = ledger.pending(FLOW)
        assert (waiting.state, waiting.tries) == (State.WAITING, 1)
        assert (waiting.error, waiting.kind) == ("line went dead", "Unavailable")
        again, = ledger.claim(run, [waiting._replace(entry=waiting.entry._replace(size=5))]).transfers
        assert ledger.pending(FLOW) == [again]
        assert (again.state, again.tries, again.entry.size) == (State.COPYING, 2, 5)
        assert (again.draft, again.head, again.error) == (draft_for("f"), SHA, "")
        with pytest.raises(LeaseLost):
            ledger.claim(run, [waiting])

    def test_a_new_try_without_the_draft_drops_it(self, ledger: Ledger, run: Run) -> None:
        transfer, = ledger.claim(run, [new("f")]).transfers
        ledger.record(run, [copied(transfer)._replace(draft=draft_for("f"))])
        ledger.record(run, [Report(transfer.id, G.TRANSIENT, "no answer", "Unavailable")])
        left, = ledger.pending(FLOW)
        ledger.claim(run, [left._replace(draft=None, head=b"", sha256=b"", written=0)])
        again, = ledger.pending(FLOW)
        assert (again.draft, again.head, again.sha256, again.written) == (None, b"", b"", 0)

    def test_failed_files_are_pending_until_they_are_followed(self, ledger: Ledger,
                                                              run: Run) -> None:
        a, b = ledger.claim(run, [new("a"), new("b")]).transfers
        ledger.record(run, [Report(a.id, draft=draft_for("a"))])
        ledger.record(run, [Report(t.id, G.PERMANENT, "not allowed", "Denied") for t in (a, b)])
        failed = ledger.pending(FLOW)
        assert [(t.path, t.state, t.kind, t.draft) for t in failed] == [
            (path, State.FAILED, "Denied", None) for path in "ab"]
        later, = ledger.claim(run, [new("b", 6)]).transfers
        assert [t.id for t in ledger.pending(FLOW)] == [a.id, later.id]
        ledger.record(run, whole_way(later))
        again, = ledger.claim(run, ledger.pending(FLOW)).transfers
        assert (again.id, again.tries) == (a.id, 2)
        ledger.record(run, whole_way(again))
        assert ledger.pending(FLOW) == [] and len(ledger.transfers()) == 3

    def test_duplicates_are_remembered(self, ledger: Ledger, run: Run) -> None:
        transfer, = ledger.claim(run, [new("f")]).transfers
        ledger.record(run, [Report(transfer.id, G.DUPLICATE, sha256=SHA)])
        assert ledger.transfers()[0].state is State.SKIPPED and ledger.pending(FLOW) == []
        assert ledger.seen(FLOW, ["f"])["f"].entry.is_same_as(transfer.entry)
        touched = Seen(Entry("f", 4, MOMENT + 1), SHA)
        ledger.remember(FLOW, [touched, touched])
        ledger.remember("never run", [touched])
        assert ledger.seen(FLOW, ["f"]) == ledger.seen("never run", ["f"]) == {"f": touched}

    # Crashes

    @pytest.mark.parametrize("after", range(len(WAY) + 1))
    def test_a_crash_between_any_two_calls(self, opened: Callable[..., Ledger], gone: int,
                                           after: int) -> None:
        dead, ledger = opened(pid=gone), opened()
        old = dead.start(FLOW, source="a", target="b")
        transfer, = dead.claim(old, [new("f")]).transfers
        for signal in WAY[:after]:
            dead.record(old, [Report(transfer.id, draft=draft_for("f"), head=SHA) if not signal else
                              copied(transfer) if signal is G.COPIED else Report(transfer.id, signal)])
        run = ledger.start(FLOW, source="a", target="b")
        left = ledger.pending(FLOW)
        if after == len(WAY):
            assert left == [] and FLOW and set(ledger.seen(FLOW, ["f"])) == {"f"}
            return
        states = [State.COPYING, State.COPYING, State.VERIFYING, State.SETTLING]
        assert [t.state for t in left] == [states[after]]
        assert (left[0].draft, left[0].head) == ((draft_for("f"), SHA) if after else (None, b""))
        assert left[0].sha256 == (SHA if after > 1 else b"") and left[0].delivered == (after > 2)
        again, = ledger.claim(run, left).transfers
        assert again == left[0]._replace(state=State.COPYING, tries=2, run=run.id)
        assert ledger.pending(FLOW) == [again]
        ledger.record(run, whole_way(again))
        assert ledger.pending(FLOW) == [] and set(ledger.seen(FLOW, ["f"])) == {"f"}
        kinds = [event.kind for event in ledger.history(transfer.id)]
        assert kinds.count("run.started") == 2 and "run.crashed" in kinds and "transfer.lost" in kinds

    def test_kill_nine(self, place: str, ledger: Ledger) -> None:
        imports = ("import sys, time\nfrom haulier.model.files import Draft, Entry\n"
                   "from haulier.model.run import Report, Transfer\n")
        child = subprocess.Popen([sys.executable, "-c", imports + self.command + CHILD, place],
                                 stdout=subprocess.PIPE, text=True)
        with child:
            assert child.stdout and child.stdout.readline() == "under way\n"
            with pytest.raises(Busy, match=f"process {child.pid} on"):
                ledger.start(FLOW, source="a", target="b")
            child.kill()
            while True:  # not yet waited for: a zombie is as dead as any
                try:
                    run = ledger.start(FLOW, source="a", target="b")
                    break
                except Busy:
                    time.sleep(0.01)
        left, = ledger.pending(FLOW)
        assert left.draft == Draft("big", ".big.h1.part", offset=4)
        ledger.claim(run, [left])

    def test_threads(self, ledger: Ledger, run: Run) -> None:
        errors: list[BaseException] = []

        def work(lane: int) -> None:
            try:
                for n in range(10):
                    batch = ledger.claim(run, [new(f"{lane}/{n}/{m}") for m in range(5)]).transfers
                    ledger.record(run, [report for t in batch for report in whole_way(t)])
                    assert len(ledger.seen(FLOW, [t.path for t in batch])) == 5
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(lane,)) for lane in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len({t.id for t in ledger.transfers() if t.state is State.DONE}) == 200

    def test_signals_in_any_order(self, ledger: Ledger) -> None:
        from .ledger_machine import check
        check(ledger, examples=self.examples)

    # Looking things up

    def test_odd_text(self, ledger: Ledger, run: Run) -> None:
        odd = ["a'b\"c", "%s?%%:x$1{}", "new\nline", "åäö/日本/😀", "back\\slash", "*[a]?_%", "x" * 900]
        batch = ledger.claim(run, [new(path) for path in odd]).transfers
        assert [t.path for t in ledger.pending(FLOW)] == odd
        ledger.record(run, [report for t in batch for report in whole_way(t)])
        assert set(ledger.seen(FLOW, odd)) == set(odd)
        for path in odd:
            assert [t.path for t in ledger.transfers(path=path)] == [path]
        again, = ledger.claim(run, [new("f")]).transfers
        ledger.record(run, [Report(again.id, G.PERMANENT, "bad \0 byte \udc80 here\nand there", "Invalid")])
        assert "here" in ledger.pending(FLOW)[0].error
        assert "here" in ledger.history(again.id)[-1].text

    def test_many_are_looked_up_at_once(self, ledger: Ledger) -> None:
        ledger.remember(FLOW, (Seen(Entry(f"d/{n}", n), SHA) for n in range(0, 5000, 2)))
        found = ledger.seen(FLOW, [f"d/{n}" for n in range(5000)])
        assert {path: one.entry.size for path, one in found.items()} == {
            f"d/{n}": n for n in range(0, 5000, 2)}
        assert ledger.seen(FLOW, []) == {}

    def test_transfers_by_any_ending_of_their_path(self, ledger: Ledger, run: Run) -> None:
        paths = ["in/a/r.csv", "r.csv", "in/xr.csv", "in/a/R.csv", "r.csv/deep"]
        ledger.claim(run, [new(path) for path in paths])
        ledger.claim(run, [new("in/q.txt", target="out/a/r.csv")])
        for path, expected in (("r.csv", ["in/q.txt", "r.csv", "in/a/r.csv"]),
                               ("a/r.csv", ["in/q.txt", "in/a/r.csv"]), ("in/a/r.csv", ["in/a/r.csv"]),
                               ("out/a/r.csv", ["in/q.txt"]), (".csv", []), ("%", []), ("a", [])):
            assert [t.path for t in ledger.transfers(path=path)] == expected
        assert len(ledger.transfers(limit=2)) == 2
        assert ledger.transfers(run=run.id + 1) == []
        assert len(ledger.transfers(run=run.id, path="r.csv")) == 3

    def test_the_story_of_one_of_many(self, ledger: Ledger, run: Run) -> None:
        a, b, *rest = ledger.claim(run, [new(f"f{n}") for n in range(9)]).transfers
        ledger.record(run, [copied(t) for t in (a, *rest)])
        ledger.record(run, [Report(b.id, G.TRANSIENT, "line went dead", "Unavailable")])
        ledger.record(run, [Report(t.id, s) for t in (a, *rest) for s in (G.VERIFIED, G.SETTLED)])
        b, = ledger.claim(run, [ledger.pending(FLOW)[0]]).transfers
        ledger.record(run, whole_way(b))
        ledger.finish(run, RunState.DONE, Totals(9))
        assert [e.kind for e in ledger.history(a.id)] == [
            "run.started", "transfer.created", "batch.claimed", "batch.copied", "batch.done",
            "transfer.done", "run.done"]
        told = ledger.history(b.id)
        assert [e.kind for e in told if e.kind != "batch.claimed"] == [
            "run.started", "transfer.created", "transfer.waiting", "transfer.claimed",
            "transfer.done", "run.done"]
        assert "line went dead" in next(e.text for e in told if e.kind == "transfer.waiting")
        assert "8 files" in next(e.text for e in ledger.history(a.id) if e.kind == "batch.copied")
        assert all(x.at <= y.at for x, y in pairwise(told)) and ledger.history(b.id + 99) == []
        assert all("\n" not in e.text and e.run == run.id for e in told)
