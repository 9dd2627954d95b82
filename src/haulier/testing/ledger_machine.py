"""A ledger beside a dict: whatever is claimed and reported, in any order, they agree."""
from __future__ import annotations

from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ..model.errors import LeaseLost
from ..model.files import Draft, Entry
from ..model.run import Report, RunState, Totals, Transfer
from ..model.transfer import FINAL, STEPS, Signal, State
from ..ports import Ledger

SHA = bytes(32)
FLOWS = count()
CLAIMABLE = frozenset(State) - {State.DONE, State.SKIPPED}
REPORTED = sorted(set(Signal) - {Signal.CLAIM, Signal.RETRY})
chosen = st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True)


def check(ledger: Ledger, *, examples: int, steps: int = 20) -> None:
    """Try many sequences; each has a flow of its own."""
    machine: Any = partial(Machine, ledger)
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None,
                          database=None, suppress_health_check=list(HealthCheck)))


class Machine(RuleBasedStateMachine):
    """The model: state, tries and draft of each transfer."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.ledger = ledger
        self.flow = f"machine {next(FLOWS)}"
        self.run = ledger.start(self.flow, source="a", target="b")
        self.states: dict[int, State] = {}
        self.tries: dict[int, int] = {}
        self.drafts: dict[int, Draft] = {}

    def teardown(self) -> None:
        self.ledger.finish(self.run, RunState.DONE, Totals())

    @rule(files=st.integers(1, 3))
    def claim_new(self, files: int) -> None:
        first = len(self.states)
        paths = [f"d/{number}" for number in range(first, first + files)]
        batch = self.ledger.claim(self.run, [
            Transfer(0, path, path, Entry(path, 1)) for path in paths])
        for transfer in batch.transfers:
            self.states[transfer.id], self.tries[transfer.id] = State.COPYING, 1

    @rule(places=chosen, mistaken=st.booleans())
    def claim_again(self, places: list[int], mistaken: bool) -> None:
        ids = [number for number in self._ids(places) if self.states[number] in CLAIMABLE]
        known = {transfer.id: transfer for transfer in self.ledger.transfers(run=self.run.id)}
        asked = [known[number] for number in ids]
        if not asked:
            return
        if mistaken:
            other = State.WAITING if asked[-1].state is State.QUEUED else State.QUEUED
            with pytest.raises(LeaseLost):
                self.ledger.claim(self.run, [*asked[:-1], asked[-1]._replace(state=other)])
            return
        self.ledger.claim(self.run, asked)
        for number in ids:
            self.states[number] = State.COPYING
            self.tries[number] += 1

    @rule(places=chosen, signals=st.lists(st.sampled_from(REPORTED), min_size=1, max_size=2))
    def report(self, places: list[int], signals: list[Signal]) -> None:
        ids = self._ids(places)
        after = {number: _after(self.states[number], signals) for number in ids}
        legal = any(_after(state, signals) for state in State)
        if not ids or not legal:
            return
        reports = [Report(number, signal, "why", "Kind", SHA, written=1)
                   for number in ids for signal in signals]
        if not all(after.values()):
            with pytest.raises(LeaseLost):
                self.ledger.record(self.run, reports)
            return
        self.ledger.record(self.run, reports)
        for number, state in after.items():
            assert state
            self.states[number] = state
            if state in FINAL:
                self.drafts.pop(number, None)

    @rule(places=chosen, offset=st.integers(0, 99))
    def draft(self, places: list[int], offset: int) -> None:
        ids = self._ids(places)
        drafts = {number: Draft("t", ".t.h1.part", offset=offset) for number in ids}
        reports = [Report(number, draft=draft) for number, draft in drafts.items()]
        if any(self.states[number] in FINAL for number in ids):
            with pytest.raises(LeaseLost):
                self.ledger.record(self.run, reports)
        else:
            self.ledger.record(self.run, reports)
            self.drafts |= drafts

    @invariant()
    def they_agree(self) -> None:
        known = {transfer.id: transfer for transfer in self.ledger.transfers(run=self.run.id)}
        assert {number: t.state for number, t in known.items()} == self.states
        assert {number: t.tries for number, t in known.items()} == self.tries
        assert {number: t.draft for number, t in known.items() if t.draft} == self.drafts
        assert all((t.finished is None) == (t.state not in FINAL) for t in known.values())
        left = {State.FAILED, *(set(State) - FINAL)}
        assert [t.id for t in self.ledger.pending(self.flow)] == sorted(
            number for number, state in self.states.items() if state in left)

    @invariant()
    def what_is_done_was_seen(self) -> None:
        known = self.ledger.transfers(run=self.run.id)
        seen = self.ledger.seen(self.flow, [transfer.path for transfer in known])
        over = {State.DONE, State.SKIPPED}
        assert set(seen) == {transfer.path for transfer in known if transfer.state in over}

    def _ids(self, places: list[int]) -> list[int]:
        ids = sorted(self.states)
        return sorted({ids[-1 - place] for place in places if place < len(ids)})


def _after(state: State, signals: list[Signal]) -> State | None:
    """Where the signals lead, or None where the state table has no such step."""
    found: State | None = state
    for signal in signals:
        found = STEPS.get((found, signal)) if found else None
    return found
