from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulier.model.errors import Invalid
from haulier.model.files import is_temporary, temporary
from haulier.model.names import checked, joined, split
from haulier.model.retry import Retry
from haulier.model.transfer import ACTIVE, FINAL, STEPS, IllegalStep, Signal, State, step


def test_every_state_can_end() -> None:
    onward = {state: {to for (start, _), to in STEPS.items() if start is state} for state in State}
    for state in State:
        reached, todo = set(), {state}
        while todo:
            reached.add(now := todo.pop())
            todo |= onward[now] - reached
        assert reached & FINAL, state


def test_nothing_leaves_a_final_state_but_a_persons_wish() -> None:
    assert {signal for (state, signal) in STEPS if state in FINAL} == {Signal.RETRY}
    assert {state for (state, signal) in STEPS if signal is Signal.RETRY} == {State.FAILED, State.CANCELLED}


def test_everything_that_runs_can_be_lost_cancelled_and_fail() -> None:
    for state in ACTIVE:
        assert step(state, Signal.LOST) is State.QUEUED
        assert step(state, Signal.CANCEL) is State.CANCELLED
        assert step(state, Signal.PERMANENT) is State.FAILED
        assert step(state, Signal.TRANSIENT) is State.WAITING


def test_illegal_steps_say_so() -> None:
    with pytest.raises(IllegalStep, match="claim is not accepted in done"):
        step(State.DONE, Signal.CLAIM)


@pytest.mark.parametrize("path", ["", "/", "/a", "a//b", "a/", ".", "..", "./a", "a/..", "a/./b", "a\0b"])
def test_names_from_outside_are_checked(path: str) -> None:
    with pytest.raises(Invalid):
        checked(path)


@pytest.mark.parametrize("path", ["a", "a/b", "...", "a/.b", "a..b", "..a", ".a/b.", "a b", "\n", "å"])
def test_odd_names_are_names(path: str) -> None:
    assert checked(path) is path
    assert joined(*split(path)) == path


@given(st.lists(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1,
                        max_size=300), min_size=1, max_size=3))
def test_temporary_names(pieces: list[str]) -> None:
    path = "/".join(pieces)
    temp = temporary(path, "ab12")
    assert is_temporary(temp) and not is_temporary(path + "x")
    assert split(temp)[0] == split(path)[0]
    assert len(split(temp)[1].encode()) <= 255


def test_retry_stops_at_whichever_limit_comes_first() -> None:
    retry = Retry(jitter=0)
    assert [retry.pause(n, 0) for n in range(1, 8)] == [2, 4, 8, 16, 32, 60, 60]
    assert retry.pause(499, 0) == 60 and retry.pause(500, 0) is None
    assert retry.pause(1, 7 * 86400) is None
    # Both limits are kept: with the defaults 500 tries are used up in about 8.3 hours.
    total = sum(pause for n in range(1, 500) if (pause := retry.pause(n, 0)))
    assert 8.2 < total / 3600 < 8.4


def test_pauses_are_shortened_by_chance_and_the_same_for_the_same_seed() -> None:
    even, retry = Retry(jitter=0), Retry()

    def parts(seed: int, retry: Retry = retry) -> list[float]:
        pairs = ((retry.pause(n, 0, seed), even.pause(n, 0)) for n in range(1, 400))
        return [pause / whole for pause, whole in pairs if pause is not None and whole]

    one = parts(1_760_000_000_000_000_000)
    assert one == parts(1_760_000_000_000_000_000) != parts(1_760_000_000_000_000_001)
    assert 0.9 <= min(one) < 0.91 and 0.99 < max(one) <= 1 and 0.94 < sum(one) / len(one) < 0.96
    assert 0 <= min(parts(1, Retry(jitter=1))) < 0.02
    starts = [part for seed in range(1000) if (part := retry.pause(1, 0, seed))]
    assert len(set(starts)) > 990 and 1.89 < sum(starts) / 1000 < 1.91
