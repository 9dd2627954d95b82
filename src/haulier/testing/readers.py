"""The suite every reader must pass: what it answers is compared with a look at each row."""
from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from ..model.errors import Invalid, NotFound
from ..model.query import Bucket, FlowFacts, Pace, Page, RunQuery, TransferQuery
from ..model.run import Priority, Report, Run, RunState, Totals, Transfer, Trigger, Wanted, Wish
from ..model.transfer import Signal, State
from ..ports import Reader
from .books import Books, BooksSuite
from .ledgers import MOMENT, copied, new, whole_way
from .size_machine import check

G, S, R = Signal, State, RunState
ENDS: dict[State, Callable[[Transfer], list[Report]]] = {
    S.COPYING: lambda t: [], S.VERIFYING: lambda t: [copied(t)], S.SETTLING: lambda t: whole_way(t)[:2],
    S.DONE: whole_way, S.SKIPPED: lambda t: [Report(t.id, G.DUPLICATE)],
    S.WAITING: lambda t: [Report(t.id, G.TRANSIENT, "no answer", "Unavailable", retry_at=MOMENT)],
    S.PAUSED: lambda t: [Report(t.id, G.PAUSE)], S.FAILED: lambda t: [Report(t.id, G.PERMANENT, "no", "Denied")],
    S.CANCELLED: lambda t: [Report(t.id, G.CANCEL)], S.QUEUED: lambda t: [Report(t.id, G.LOST)],
}
HOUR = 3_600_000_000_000


def claim(books: Books, run: Run, paths: Sequence[str], **facts: Any) -> tuple[Transfer, ...]:
    sizes = itertools.cycle([5, 1, 9, 3, 7, 2])
    return books.ledger.claim(run, [new(path, next(sizes), **facts) for path in paths]).transfers


class ReaderSuite(BooksSuite):
    """Pages of transfers and runs, events, figures."""

    examples: ClassVar[int] = 10
    """How many sequences of claims are tried."""

    @pytest.fixture
    def reader(self, books: Books) -> Reader:
        return books.reader

    @pytest.fixture
    def runs(self, books: Books) -> list[Run]:
        """Of two flows, with files in every state; some files were taken up by a later run."""
        runs = []
        for number, flow in enumerate(["one", "two", "one"]):
            run = books.ledger.start(flow, source="a", target="b")
            runs.append(run)
            for part in "xy":
                files = claim(books, run, [f"{number}/{part}/{state}{n}.csv" for state in S for n in range(3)])
                books.ledger.record(run, [report for place, transfer in enumerate(files)
                                          for report in ENDS[list(S)[place // 3]](transfer)])
            books.ledger.finish(run, R.DONE, Totals())
        last = books.ledger.start("one", source="a", target="b")
        left = [t for t in books.ledger.pending("one") if t.state in (S.WAITING, S.FAILED) and t.run == runs[0].id][:4]
        again = books.ledger.claim(last, left).transfers
        books.ledger.record(last, whole_way(again[0]))
        return [*runs, last]

    # Pages of transfers

    def test_every_question_is_answered_as_a_look_at_each_row_does(self, books: Books, runs: list[Run]) -> None:
        rows = books.ledger.transfers(limit=1000)
        names = {run.id: run.flow for run in runs}
        for query in self._questions(rows, runs):
            found = books.reader.transfers(query)
            expected = [t for t in rows if _fits(t, query, names[t.run])]
            falls = query.sort.startswith("-")
            expected.sort(key=lambda t, query=query: _key(t, query, names[t.run]), reverse=falls)  # type: ignore[misc]
            if query.run and not query.states:  # by batch: files of earlier runs are where they were taken up
                assert set(found.items) <= set(expected)
            else:
                assert list(found.items) == expected[query.offset:query.offset + query.limit], query
            assert (found.total, found.is_capped) == (len(expected), False), query

    def _questions(self, rows: Sequence[Transfer], runs: list[Run]) -> Iterator[TransferQuery]:
        old, late = rows[-40].created, rows[40].created
        states: list[tuple[State, ...]] = [
            (), *((state,) for state in S), (S.FAILED, S.WAITING), (S.DONE, S.SKIPPED),
            (S.COPYING, S.DONE, S.CANCELLED), tuple(S)]
        whats: list[dict[str, Any]] = [
            {}, {"flow": "one"}, {"flow": "none such"}, {"run": runs[0].id}, {"run": runs[3].id}, {"run": 99_999},
            {"flow": "two", "run": runs[0].id}, {"since": old, "until": late}, {"until": old}, {"since": late},
            {"since": rows[0].created + 1}, {"min_size": 3, "max_size": 7}, {"flow": "one", "min_size": 8},
            {"flows": ("one",)}, {"flows": ("one", "two"), "min_size": 3}, {"flows": ("one",), "flow": "two"},
            {"flows": ()},
            {"flows": ("one",), "run": runs[0].id}, {"flows": ("two",), "run": runs[0].id}, {"below": rows[50].id},
            {"flows": ("two", "one"), "search": "y/"}, {"search": "X/FAILED"},
            {"search": "1/", "flow": "two"}, {"search": "e", "run": runs[2].id}]
        for some, what in itertools.product(states, whats):
            yield TransferQuery(states=some, limit=1000, **what)
        for sort, sign, some in itertools.product(("created", "finished", "size", "name"), ("", "-"), states[:4]):
            yield TransferQuery(states=some, sort=sign + sort, limit=7, offset=5)
            yield TransferQuery(states=some, sort=sign + sort, flow="one", limit=500)
            yield TransferQuery(states=some, sort=sign + sort, search=".c", limit=9, offset=3)
            yield TransferQuery(states=some, sort=sign + sort, flows=("two", "one", "none such"), limit=60, offset=2)

    def test_pages_of_a_run_hold_each_file_once(self, reader: Reader, runs: list[Run]) -> None:
        whole = reader.transfers(TransferQuery(run=runs[0].id, limit=1000)).items
        pages = [reader.transfers(TransferQuery(run=runs[0].id, limit=7, offset=at)).items for at in range(0, 70, 7)]
        assert [t for page in pages for t in page] == list(whole) and len(whole) == 56
        assert reader.transfers(TransferQuery(limit=3, offset=1000)).items == ()
        assert reader.transfers(TransferQuery(limit=0)) == Page((), 180)
        with pytest.raises(Invalid, match="sorted"):
            reader.transfers(TransferQuery(sort="-colour"))

    def test_a_text_is_looked_for_as_it_is_written(self, books: Books) -> None:
        run = books.ledger.start("one", source="a", target="b")
        paths = ["100%.csv", "100x.csv", "a_b", "axb", "wow!", "back\\slash", "ÅÄÖ/Månad.csv", "q'uote",
                 "in/deep/UP.Csv"]
        claim(books, run, paths)
        claim(books, run, ["sent"], target="Archive/there.gz")
        for text, expected in (("0%", ["100%.csv"]), ("_", ["a_b"]), ("!", ["wow!"]), ("\\", ["back\\slash"]),
                               ("åäö/m", ["ÅÄÖ/Månad.csv"]), ("MÅNAD", ["ÅÄÖ/Månad.csv"]), ("'", ["q'uote"]),
                               ("deep/up.cSV", ["in/deep/UP.Csv"]), ("archive/THERE", ["sent"]), ("nothing", []),
                               (".CSV", ["in/deep/UP.Csv", "ÅÄÖ/Månad.csv", "100x.csv", "100%.csv"])):
            found = books.reader.transfers(TransferQuery(search=text))
            assert [t.path for t in found.items] == expected and found.total == len(expected), text

    def test_old_files_are_found_by_the_beginning_of_their_names(self, books: Books) -> None:
        run = books.ledger.start("one", source="a", target="b")
        old = claim(books, run, ["in/2020/oldest-of-all.csv", "in/2021/other.csv"])[0]
        for batch in range(25):
            books.ledger.claim(run, [new(f"in/2026/{batch}/{n:04}.csv") for n in range(1000)])
        flows: list[dict[str, Any]] = [{}, {"flow": "one"}, {"run": run.id}, {"states": (S.COPYING,)}]
        for what in flows:
            for text in ("oldest-of", "oldest-of-all.csv", "2020/oldest", "in/2020/oldest-of-all.csv"):
                found = books.reader.transfers(TransferQuery(search=text, **what))
                assert (found.items, found.total, found.is_capped) == ((old,), 1, True), (text, what)
            late = books.reader.transfers(TransferQuery(search="26/24/00", **what))
            assert (len(late.items), late.total) == (50, 100)
        assert books.reader.transfers(TransferQuery(search="oldest-of", flow="two")).items == ()
        assert books.reader.transfers(TransferQuery(search="oldest-of", states=(S.DONE,))).items == ()

    def test_many_files_in_order(self, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
        """As few are, which are sorted: by size batch by batch, by name along the index."""
        for flow in ("one", "two", "one"):
            run = books.ledger.start(flow, source="a", target="b")
            for batch in range(40):
                files = books.ledger.claim(run, [new(f"{batch}/{(n * 7 + batch) % 10}.csv", (batch * 37 + n * 11) % 101)
                                                 for n in range(10)]).transfers
                books.ledger.record(run, [report for t in files[:8] for report in ENDS[S.DONE](t)])
            books.ledger.finish(run, R.DONE, Totals())
        again = [t._replace(entry=t.entry._replace(size=1000 + t.id)) for t in books.ledger.pending("one")[::9]]
        books.ledger.claim(books.ledger.start("one", source="a", target="b"), again)    # they have grown since
        whats: list[dict[str, Any]] = [
            {}, {"flow": "one"}, {"flows": ("one", "two"), "states": (S.DONE,)}, {"run": run.id, "offset": 390},
            {"min_size": 50, "max_size": 60}, {"since": run.started}, {"states": (S.COPYING,)}, {"offset": 1195},
            {"offset": 2000}]
        queries = [TransferQuery(sort=sign + sort, limit=30, **what)
                   for what, sort, sign in itertools.product(whats, ("size", "name"), ("", "-"))]
        few = [books.reader.transfers(query).items for query in queries]
        monkeypatch.setattr("haulier.ledger.searching.FEW", 0)
        assert [books.reader.transfers(query).items for query in queries] == few
        assert few[1][0].entry.size > 1000 and all(few[:-4])

    def test_pages_by_size_agree_with_a_plain_sort(self, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in (("searching.FEW", 0), ("sizes.PER_MARK", 8), ("sizes.AT_ONCE", 1)):
            monkeypatch.setattr(f"haulier.ledger.{name}", value)
        check(books, examples=self.examples)

    def test_all_of_them_newest_first(self, books: Books, monkeypatch: pytest.MonkeyPatch, runs: list[Run]) -> None:
        monkeypatch.setattr("haulier.ledger.reader.AT_ONCE", 7)
        whats: list[dict[str, Any]] = [
            {}, {"flow": "one"}, {"flows": ("one", "two")}, {"run": runs[0].id}, {"states": (S.FAILED, S.DONE)},
            {"search": "x/"}, {"min_size": 5, "sort": "size", "limit": 3, "offset": 9}, {"flow": "none such"}]
        for what in whats:
            query = TransferQuery(**what)
            rows = books.reader.transfers(replace(query, sort="-created", limit=1000, offset=0)).items
            found = list(books.reader.each_transfer(query))
            assert sorted(found, reverse=True) == found and set(found) == set(rows), what

    def test_a_file_is_found_by_its_checksum(self, books: Books) -> None:
        run = books.ledger.start("one", source="a", target="b")
        files = claim(books, run, ["a", "b", "c", "deadbeef-in-its-name"])
        sums = [bytes.fromhex("00ff" * 16), bytes.fromhex("00ff" * 15 + "1234"), bytes.fromhex("12345678" * 8)]
        books.ledger.record(run, [copied(t)._replace(sha256=sha) for t, sha in zip(files, sums, strict=False)])
        for text, expected in (("00ff" * 16, "a"), ("00FF00ff0", "ba"), ("00ff" * 15 + "1", "b"), ("00ff", ""),
                               ("12345678", ""), ("12345678" * 4, "c"), ("deadbeef", "d"), ("ffffffff", "")):
            found = books.reader.transfers(TransferQuery(search=text))
            assert "".join(t.path[0] for t in found.items) == expected and found.total == len(expected), text
        assert books.reader.transfers(TransferQuery(search="00ff" * 16, flow="two")).items == ()
        assert books.reader.transfers(TransferQuery(search="00ff" * 16, states=(S.QUEUED,))).items == ()

    def test_one_transfer(self, reader: Reader, runs: list[Run]) -> None:
        one = reader.transfers(TransferQuery(offset=9)).items[0]
        assert reader.transfer(one.id) == one
        with pytest.raises(NotFound):
            reader.transfer(99_999)

    # Runs

    def test_pages_of_runs(self, books: Books, runs: list[Run]) -> None:
        asked = books.agenda.want(Wanted("two", Trigger.SCHEDULE, priority=Priority.LOW, slot=MOMENT))
        assert asked
        numbers = [run.id for run in runs]
        for query, expected in (
                (RunQuery(), [asked.id, *reversed(numbers)]), (RunQuery(limit=2, offset=1), [numbers[3], numbers[2]]),
                (RunQuery(flow="one"), [numbers[3], numbers[2], numbers[0]]), (RunQuery(flow="none such"), []),
                (RunQuery(states=(R.QUEUED, R.RUNNING)), [asked.id, numbers[3]]),
                (RunQuery(triggers=(Trigger.SCHEDULE, Trigger.API)), [asked.id]),
                (RunQuery(since=runs[2].created, until=asked.created), [numbers[3], numbers[2]])):
            found = books.reader.runs(query)
            assert [run.id for run in found.items] == expected, query
        assert books.reader.runs(RunQuery(limit=2)) == Page((asked, books.agenda.run(numbers[3])), 5)
        assert books.reader.runs(RunQuery(limit=0)) == Page((), 5)

    # Events

    def test_events_one_after_the_other(self, books: Books, runs: list[Run]) -> None:
        found = books.reader.events(0)
        assert len(found) > 50 and all(a.id < b.id and a.at <= b.at for a, b in pairwise(found))
        assert found[0].kind == "run.started" and {event.run for event in found} == {run.id for run in runs}
        assert books.reader.events(found[4].id, limit=3) == found[5:8]
        assert books.reader.events(found[-1].id) == []
        of_run = [event for event in found if event.run == runs[1].id]
        assert books.reader.events(0, run=runs[1].id) == of_run
        assert books.reader.events(of_run[3].id, run=runs[1].id, limit=2) == of_run[4:6]
        assert books.reader.events(0, newest=True, limit=4) == found[:-5:-1]
        assert books.reader.events(found[-3].id, newest=True) == [found[-1], found[-2]]
        assert books.reader.events(0, newest=True, run=runs[1].id) == of_run[::-1]

    # Figures

    def test_what_ended_in_each_stretch_of_time(self, books: Books) -> None:
        run = books.ledger.start("one", source="a", target="b")
        begin = run.started - HOUR
        ended = claim(books, run, [f"f{n}" for n in range(6)])
        books.ledger.record(run, [r for t in ended[:3] for r in whole_way(t)])
        books.ledger.record(run, [Report(t.id, G.PERMANENT, "no", "Denied") for t in ended[3:5]])
        books.ledger.record(run, [*whole_way(ended[5])])
        books.ledger.finish(run, R.FAILED, Totals(4, 2, 40))
        quarters = books.reader.buckets(begin, begin + 2 * HOUR, HOUR // 4)
        assert _sum(quarters) == (4, 17, 2, 40) and all((one.at - begin) % (HOUR // 4) == 0 for one in quarters)
        whole, = books.reader.buckets(begin - 8 * HOUR, begin + 9 * HOUR, 20 * HOUR)
        assert whole == Bucket(begin - 8 * HOUR, 4, 17, 2, 40)
        assert books.reader.buckets(begin - 9 * HOUR, begin, HOUR) == []

    def test_how_long_runs_took(self, books: Books) -> None:
        begin = time.time_ns()
        asked = books.agenda.want(Wanted("slow"))
        assert asked
        books.agenda.want(Wanted("never begun"))
        run = books.ledger.start("slow", source="a", target="b", run=asked.id)
        books.ledger.finish(run, RunState.FAILED, Totals())
        over = books.agenda.run(run.id)
        assert over.finished
        assert books.reader.paces(begin, over.finished + 1) == [
            Pace(over.started - over.created, over.finished - over.started)]
        assert not books.reader.paces(begin, over.finished) and not books.reader.paces(over.finished + 1, 1 << 62)

    def test_how_flows_are_doing(self, books: Books, runs: list[Run]) -> None:
        done = [books.agenda.run(run.id).finished for run in runs]
        asked = books.agenda.want(Wanted("wanted only"))
        assert asked
        pending = books.ledger.pending()
        names = {run.id: run.flow for run in runs}

        def count(flow: str, state: State) -> int:
            return sum(t.state is state and names[t.run] == flow for t in pending)

        assert books.reader.flows() == [
            FlowFacts("one", runs[3].id, done[2], count("one", S.FAILED), count("one", S.WAITING)),
            FlowFacts("two", runs[1].id, done[1], 2 * 3, 2 * 3), FlowFacts("wanted only", asked.id, None, 0, 0)]
        books.agenda.wish(asked.id, Wish.CANCEL)
        old = next(t for t in pending if t.state is S.FAILED and t.run == runs[2].id)
        claim(books, runs[3], [old.path])
        assert books.reader.flows()[0].failed == count("one", S.FAILED) - 1     # it was followed


def _fits(t: Transfer, query: TransferQuery, flow: str) -> bool:
    return ((not query.flow or flow == query.flow) and (query.flows is None or flow in query.flows)
            and (query.below is None or t.id < query.below) and (not query.run or t.run == query.run)
            and (not query.states or t.state in query.states)
            and query.search.casefold() in f"{t.path}\n{t.target}".casefold()
            and (query.since is None or t.created >= query.since) and (query.until is None or t.created < query.until)
            and (query.min_size is None or t.entry.size >= query.min_size)
            and (query.max_size is None or t.entry.size <= query.max_size))


def _key(t: Transfer, query: TransferQuery, flow: str) -> tuple[Any, ...]:
    """Of the same size: by batch; of the same name: by flow."""
    return {"created": (), "finished": (t.finished or 0,), "size": (t.entry.size, t.run),
            "name": (t.path.rpartition("/")[2], ["one", "two"].index(flow))}[query.sort.removeprefix("-")] + (t.id,)


def _sum(found: Sequence[Bucket]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*(one[1:] for one in found), strict=True)))
