import pytest

from haulier.core.limits import All, Bandwidth
from haulier.model.errors import Cancelled
from unit.journeys import FakeClock


def test_bandwidth_after_a_burst_of_a_second() -> None:
    clock = FakeClock()
    limit = Bandwidth(1000, clock)
    start = clock.now()
    for _ in range(100):
        limit.take(100)
    assert abs((clock.now() - start) / 1e9 - 10) <= 1
    clock.at += 60 * 10**9      # an idle minute does not allow a minute's worth at once
    clock.slept.clear()
    limit.take(5000)
    assert 3 <= sum(clock.slept) <= 5


def test_a_rate_that_changes_and_none() -> None:
    clock, rates = FakeClock(), [None, 1000]
    limit = Bandwidth(lambda: rates[0], clock)
    limit.take(1 << 30)
    assert clock.slept == []
    rates.pop(0)
    limit.take(5000)
    assert 3 <= sum(clock.slept) <= 5


def test_who_waits_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled("stopped")

    clock = FakeClock()
    with pytest.raises(Cancelled):
        Bandwidth(1, clock).take(1000, stop)
    assert sum(clock.slept) <= 0.5


def test_of_several_limits_the_narrowest_holds() -> None:
    clock = FakeClock()
    both = All([Bandwidth(1000, clock), Bandwidth(100, clock)])
    for _ in range(10):
        both.take(100)
    assert 8 <= sum(clock.slept) <= 10
