from haulier.core.limits import Bandwidth
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
