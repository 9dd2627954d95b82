"""Watches what must have arrived by when: warns before, tells what is late and when it has come, once over all hubs."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..core.expected import counts_until, judged, opened, told, turns
from ..core.schedule import moment
from ..core.select import matcher
from ..model.arrival import CLOSED, Arrival, ArrivalState, Expectation
from ..ports import Arrivals, Clock
from .errands import Errands

LOOK = 900_000_000
"""Nanoseconds between two looks."""
AGAIN = 60_000_000_000
"""Nanoseconds after which files are counted again though the flow seems to have delivered none."""
SHARE = 20
"""After a count that took so long, so many times as long goes by until the next, so that large flows cost little."""
KEPT = 7 * 86_400 * 10**9
"""Nanoseconds that a deadline is kept of a job that is not there."""
PATIENCE, OLD, FORGOTTEN = 20.0, 300.0, 3600.0
"""Seconds for a diagnosis; until it is made anew; and until one that nobody came back for goes."""
_LOOKED_FOR = frozenset({ArrivalState.WARNED, ArrivalState.LATE})

Diagnose = Callable[[str, Expectation], str]
"""Of a flow: why files are missing. May hang."""


class Deadlines:
    """One look at all expectations, by flow; cheap while nothing happens."""

    def __init__(self, arrivals: Arrivals, clock: Clock, expected: Callable[[], Mapping[str, Sequence[Expectation]]],
                 diagnose: Diagnose) -> None:
        self._arrivals, self._clock, self._expected = arrivals, clock, expected
        self._diagnoses = Diagnoses(diagnose)
        self._looked = self._counted = 0
        self._rest: dict[tuple[str, str], float] = {}   # not to be counted before, if its time has not come

    def __call__(self) -> None:
        """A missed look costs nothing: the next one sees the same."""
        now = self._clock.now()
        if 0 <= now - self._looked < LOOK:
            return
        expected = self._expected()
        wanted = {(flow, one.rule): one for flow, several in expected.items() for one in several}
        rows = {(one.flow, one.rule): one for one in self._arrivals.open()}
        for key, row in rows.items():   # of a job that cannot run it is kept: a mistake is soon put right
            if key not in wanted and (row.flow in expected or row.due < now - KEPT):
                self._arrivals.drop(row)
        for key in wanted.keys() - rows.keys():
            if first := opened(wanted[key], key[0], moment(now), moment(now)):
                self._arrivals.turn(None, first)
        for row, one in self._in_question({key: (rows[key], one) for key, one in wanted.items() if key in rows}, now):
            self._judge(row, one, now)
        self._looked = now

    def stop(self) -> None:
        """Diagnoses that are being made come to nothing."""
        self._diagnoses.stop()

    def _in_question(self, rows: Mapping[tuple[str, str], tuple[Arrival, Expectation]],
                     now: int) -> Iterator[tuple[Arrival, Expectation]]:
        """Those whose flow has delivered something, or whose time has come."""
        if not rows:
            return
        everything = not 0 <= now - self._counted < AGAIN
        active = self._arrivals.active(time.time_ns() - 2 * AGAIN)
        if everything:
            self._counted = now
        for key, (row, one) in rows.items():
            may_be_new = (everything or row.flow in active) and time.monotonic() >= self._rest.get(key, 0)
            if row.since <= now and (may_be_new or now >= turns(one, row)):
                yield row, one

    def _judge(self, row: Arrival, one: Expectation, now: int) -> None:
        begun = time.monotonic()
        found = self._arrivals.found(row.flow, row.since, counts_until(one, row, now), matcher((one.files,)), one.count)
        ended = time.monotonic()
        self._rest[row.flow, row.rule] = ended + SHARE * (ended - begun)
        state, diagnosis = judged(one, row, found, now), row.diagnosis
        if state in _LOOKED_FOR and (state is not row.state or self._diagnoses.is_old(row)):
            made = self._diagnoses.of(row, state, one)
            if made is None:
                return      # being made; until then nothing is told
            diagnosis = made
        if (state, found, diagnosis) == (row.state, row.found, row.diagnosis):
            return
        after = row._replace(state=state, found=found, diagnosis="" if found >= one.count else diagnosis,
                             changed=row.changed if state is row.state else now)
        following = opened(one, row.flow, moment(row.due), moment(now)) if state in CLOSED else None
        self._arrivals.turn(row, after, told(one, after), following)


@dataclass(slots=True)
class _Answer:
    asked: float
    text: str | None = None


class Diagnoses:
    """Made by a few threads, each in bounded time: whoever waits goes on without."""

    def __init__(self, diagnose: Diagnose) -> None:
        self._diagnose = diagnose
        self._errands = Errands("diagnosis", threads=4)
        self._answers: dict[tuple[str, str, int, ArrivalState], _Answer] = {}
        self._made: dict[tuple[str, str], float] = {}

    def is_old(self, row: Arrival) -> bool:
        """Whether there may be something else to see by now."""
        return time.monotonic() - self._made.get((row.flow, row.rule), -OLD) >= OLD

    def of(self, row: Arrival, state: ArrivalState, one: Expectation) -> str | None:
        """Why files are missing; None as long as it is being found out."""
        key = (row.flow, row.rule, row.due, state)
        if key not in self._answers:
            now = time.monotonic()
            self._answers = {old: said for old, said in self._answers.items() if now - said.asked < FORGOTTEN}
            answer = self._answers[key] = _Answer(now)
            self._errands.send(row.flow, lambda: self._ask(answer, row.flow, one))
        answer = self._answers[key]
        if answer.text is None and time.monotonic() - answer.asked < PATIENCE:
            return None
        del self._answers[key]
        self._made[row.flow, row.rule] = time.monotonic()
        return answer.text or f"The source has not answered within {PATIENCE:g} seconds."

    def stop(self) -> None:
        self._errands.stop()

    def _ask(self, answer: _Answer, flow: str, one: Expectation) -> None:
        answer.text = self._diagnose(flow, one)
