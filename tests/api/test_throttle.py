"""Whoever fails again and again has to wait; nothing of it grows without end."""
from __future__ import annotations

import pytest

from haulier.api.signin import throttle
from haulier.api.signin.throttle import Throttle, neighbourhood
from haulier.model.errors import Throttled


class Clock:
    def __init__(self) -> None:
        self.at = 10**18

    def now(self) -> int:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += int(seconds * 1e9)


def waits(throttle: Throttle, clock: Clock, tries: int) -> list[float]:
    """How long each try had to wait."""
    found = []
    for _ in range(tries):
        waited = 0.0
        while True:
            try:
                throttle.enter("key")
                break
            except Throttled as error:
                assert error.retry_after
                waited += error.retry_after
                clock.sleep(error.retry_after)
        found.append(round(waited, 3))
    return found


def test_each_wait_is_twice_as_long_up_to_the_longest() -> None:
    clock = Clock()
    assert waits(Throttle(clock, free=3, longest=10), clock, 9) == [0, 0, 0, 1, 2, 4, 8, 10, 10]


def test_success_forgives() -> None:
    clock = Clock()
    throttle = Throttle(clock, free=1, longest=60)
    throttle.enter("key")
    throttle.forget("key")
    throttle.enter("key")
    throttle.give_back("key")
    throttle.enter("key")
    with pytest.raises(Throttled):
        throttle.enter("key")
    throttle.enter("another")


def test_an_hour_forgives_too() -> None:
    clock = Clock()
    throttle = Throttle(clock, free=1, longest=60)
    waits(throttle, clock, 5)
    clock.sleep(3601)
    assert waits(throttle, clock, 2) == [0, 1]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "REMEMBERED", 100)
    made = Throttle(Clock(), free=1, longest=60)
    for number in range(1000):
        made.enter(str(number))
    assert len(made._tries) == 100


def test_addresses_of_one_network_are_one() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff") != neighbourhood("2001:db8:0:1::1")
    assert neighbourhood("10.0.0.1") != neighbourhood("10.0.0.2")
    assert neighbourhood("") == ""


def test_a_clock_that_is_put_back_keeps_nobody_out() -> None:
    clock = Clock()
    throttle = Throttle(clock, free=2, longest=60)
    for _ in range(2):
        throttle.enter("key")
    with pytest.raises(Throttled):
        throttle.enter("key")
    clock.at -= 86_400 * 10**9
    throttle.enter("key")
