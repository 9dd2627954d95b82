"""Pages by size beside a plain sort: whatever is claimed, claimed again and forgotten, they agree."""
from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from itertools import count, cycle
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ..model.history import Keep
from ..model.query import TransferQuery
from ..model.run import Report, RunState, Totals, Transfer
from ..model.transfer import Signal, State
from .books import Books
from .ledgers import new, whole_way

FLOWS = count()
ENDS = (Signal.SETTLED, Signal.PERMANENT, Signal.TRANSIENT)
size = st.one_of(st.integers(0, 3), st.integers(0, 1000))
bound = st.one_of(st.none(), size)
sizes = st.one_of(st.lists(size, min_size=1, max_size=40), st.integers(1, 40).map(lambda files: [3] * files))
some = st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True)


def check(books: Books, *, examples: int, steps: int = 30) -> None:
    """Try many sequences; each has a flow of its own, beside those of before."""
    machine: Any = partial(Machine, books, {})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None,
                          database=None, suppress_health_check=list(HealthCheck)))


class Machine(RuleBasedStateMachine):
    """The model: in which batch each transfer is. The rest is what the ledger lists."""

    def __init__(self, books: Books, batches: dict[int, int]) -> None:
        super().__init__()
        self.books, self.batches = books, batches
        self.flow, self.names = f"sizes {next(FLOWS)}", map(str, count())
        self.run = books.ledger.start(self.flow, source="a", target="b")

    def teardown(self) -> None:
        self.books.ledger.finish(self.run, RunState.DONE, Totals())

    @initialize(sizes=sizes)
    def some_files(self, sizes: list[int]) -> None:
        self.claim([new(next(self.names), one) for one in sizes])

    @rule(sizes=sizes, again=some)
    def files_come_and_others_are_tried_again(self, sizes: list[int], again: list[int]) -> None:
        """With the size that they have by now."""
        left = self.books.ledger.pending(self.flow)
        old = [left[-1 - place] for place in again if place < len(left)]
        fresh = [new(next(self.names), one) for one in sizes[len(old):]]
        self.claim([*fresh, *(one._replace(entry=one.entry._replace(size=now))
                              for one, now in zip(old, cycle(sizes), strict=False))])

    def claim(self, wanted: list[Transfer]) -> None:
        batch = self.books.ledger.claim(self.run, wanted)
        self.batches |= dict.fromkeys((transfer.id for transfer in batch.transfers), batch.id)

    @rule(places=some, end=st.sampled_from(ENDS))
    def files_end(self, places: list[int], end: Signal) -> None:
        under_way = [one for one in self.books.ledger.pending(self.flow) if one.state is State.COPYING]
        ended = [under_way[place] for place in places if place < len(under_way)]
        self.books.ledger.record(self.run, [report for one in ended for report in (
            whole_way(one) if end is Signal.SETTLED else [Report(one.id, end, "why", "Kind", retry_at=1)])])

    @rule()
    def runs_end_and_are_forgotten(self) -> None:
        for _ in range(2):
            self.books.ledger.finish(self.run, RunState.DONE, Totals())
            self.run = self.books.ledger.start(self.flow, source="a", target="b")
        for _ in self.books.agenda.prune(Keep(0.0, 0.0), time.time_ns()):
            pass

    @rule(asked=st.builds(TransferQuery, limit=st.integers(1, 30), offset=st.integers(0, 60), min_size=bound,
                          max_size=bound, states=st.sampled_from([(), (State.DONE,), (State.COPYING, State.WAITING)])))
    def pages(self, asked: TransferQuery) -> None:
        rows = [one for one in self.books.ledger.transfers(limit=100_000)
                if (not asked.states or one.state in asked.states)
                and (asked.min_size is None or one.entry.size >= asked.min_size)
                and (asked.max_size is None or one.entry.size <= asked.max_size)]
        own, since = {run.id for run in self.books.ledger.runs(self.flow)}, self.run.started
        for sort in ("size", "-size"):
            self._compare(replace(asked, sort=sort), rows)
            self._compare(replace(asked, sort=sort, flow=self.flow), [one for one in rows if one.run in own])
            self._compare(replace(asked, sort=sort, run=self.run.id), [one for one in rows if one.run == self.run.id])
            self._compare(replace(asked, sort=sort, since=since), [one for one in rows if one.created >= since])

    def _compare(self, query: TransferQuery, rows: list[Transfer]) -> None:
        rows = sorted(rows, key=lambda one: (one.entry.size, self.batches[one.id], one.id),
                      reverse=query.sort == "-size")
        assert list(self.books.reader.transfers(query).items) == rows[query.offset:query.offset + query.limit]
