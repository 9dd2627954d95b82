"""An API that is away, busy, or wants to be left alone: who asks it then, how often, and when it is over."""
from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from haulier.model.errors import Stopped, Throttled, Transient, Unavailable
from haulier.model.record import Row
from haulier.ports import Sink
from haulier.settings.spec import Env
from haulier.sinks import http_line
from haulier.sinks.http import HttpSpec
from haulier.sinks.http_patience import Patience, Trial
from haulier.sinks.http_place import Place
from haulier.sinks.http_request import Format, Target
from haulier.sinks.http_sink import HttpSink, Way
from haulier.testing.servers.books import Answer, Books
from haulier.testing.sinks import file, keys, stopping

HOUR = 3600.0
WITHIN = 40.0


class HandClock:
    """Goes on only when somebody waits. `at`: what is done when a moment has come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 1000.0
        self.waits: list[float] = []
        self.at: dict[float, Callable[[], None]] = {}

    def now(self) -> float:
        return self._now

    def wait(self, over: threading.Event, seconds: float) -> None:
        with self._lock:
            self.waits.append(seconds)
            self._now += seconds
            for moment in [moment for moment in self.at if moment <= self._now]:
                self.at.pop(moment)()


@pytest.fixture
def books() -> Iterator[Books]:
    with Books() as books:
        yield books


def rows(count: int, first: int = 1) -> list[Row]:
    return [{"id": number} for number in range(first, first + count)]


def sink_at(books: Books, clock: HandClock, budget: float, lanes: int = 8) -> Sink:
    return HttpSink(Place.of(books.url, 5, 5), Target("POST", books.url, {}, "idempotency-key"),
                    Format(False, False, "", ""), Way(1, lanes, budget), clock)


def put(sink: Sink, some: Sequence[Row]) -> None:
    assert not sink.put(some, keys(some))


def test_an_hour_away_in_the_middle_of_a_file(books: Books) -> None:
    clock = HandClock()
    clock.at[1000 + HOUR] = books.up
    with sink_at(books, clock, 2 * HOUR) as sink:
        sink.begin(file())
        put(sink, rows(50))
        books.down()
        put(sink, rows(200, 51))
        sink.commit()
    assert clock.now() >= 1000 + HOUR and not clock.at
    assert len(books.kept) == 250 and not books.twice
    # Each pause is 7.5 to 15 seconds once it is plain that the API is away. That only one asks is tested below.
    assert HOUR / 15 < len(clock.waits) < HOUR / 7.5 + 40


def test_a_row_that_is_put_off_for_hours(books: Books) -> None:
    books.answers = [Answer(207, [{"status": 503}])] * 1200
    with sink_at(books, HandClock(), 24 * HOUR) as sink:
        sink.begin(file())
        put(sink, rows(1))
    assert [row["id"] for row in books.kept] == [1] and not books.answers


def test_an_hour_of_503(books: Books) -> None:
    clock = HandClock()
    books.answers = [Answer(503)] * 5000
    clock.at[1000 + HOUR] = books.answers.clear
    with sink_at(books, clock, 2 * HOUR) as sink:
        sink.begin(file())
        put(sink, rows(100))
    assert len(books.kept) == 100 and not books.twice
    assert len(books.asked) < HOUR / 7.5 + 40 + 100


def test_an_hour_is_longer_than_the_budget_and_the_next_try_goes_on(books: Books) -> None:
    clock = HandClock()
    with sink_at(books, clock, 60) as sink:
        sink.begin(file())
        put(sink, rows(50))
        books.down()
        some = rows(50, 51)
        while clock.now() < 1000 + HOUR:
            with pytest.raises(Unavailable, match="cannot be reached"):
                sink.put(some, keys(some))
            clock.wait(threading.Event(), 300)      # the flow's next try
        books.up()
        put(sink, some)
    assert len(books.kept) == 100 and not books.twice


def test_it_recovers_soon_after_a_short_while(books: Books) -> None:
    books.down()
    timer = threading.Timer(0.4, books.up)
    timer.start()
    began = time.monotonic()
    with HttpSpec.model_validate({"url": books.url, "budget": 30}).build(Env()) as sink:
        sink.begin(file())
        put(sink, rows(40))
    timer.join()
    assert time.monotonic() - began < WITHIN and len(books.kept) == 40 and not books.twice


def test_one_that_always_fails_makes_nobody_else_wait() -> None:
    """The others get answers all the time: the API is not away."""
    clock = HandClock()
    patience, bad = Patience(HOUR, clock), Trial()
    for tries in range(1, 8):
        patience.after(Unavailable("not this one"), bad)
        patience.turn(Trial())
        patience.heard()
        assert len(clock.waits) == tries, "the pause of its own, and nobody else's"


def test_only_one_asks_while_it_is_away() -> None:
    clock, failed = HandClock(), Unavailable("away")
    patience, trials = Patience(HOUR, clock), [Trial() for _ in range(6)]
    for trial in trials[:3]:
        patience.after(failed, trial)
    passed: list[int] = []

    def ask(number: int) -> None:
        patience.turn(trials[number])
        passed.append(number)

    lanes = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(6)]
    for lane in lanes:
        lane.start()
    for probe in range(3):
        assert until(lambda probe=probe: len(passed) > probe) and len(passed) == probe + 1  # type: ignore[misc]
        patience.after(failed, trials[passed[-1]])      # not back yet: another one has the next turn
    assert until(lambda: len(passed) == 4) and len(passed) == 4
    patience.heard()
    for lane in lanes:
        lane.join(WITHIN)
    assert sorted(passed) == [*range(6)]


def until(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + WITHIN
    while not holds() and time.monotonic() < ends:
        time.sleep(0.002)
    return holds()


@pytest.mark.parametrize("headers", [
    {"RateLimit-Remaining": "0", "RateLimit-Reset": "40"}, {"RateLimit": '"minute";r=0;t=40'},
    {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "40"}])
def test_a_quota_that_is_used_up_makes_all_wait(books: Books, headers: Mapping[str, str]) -> None:
    clock = HandClock()
    books.answers = [Answer(201, None, headers)]
    with sink_at(books, clock, 60, lanes=1) as sink:
        sink.begin(file())
        put(sink, rows(5))
    assert clock.waits == [40.0] and len(books.asked) == 5


def test_a_quota_that_lasts_longer_than_the_budget_is_asked_about(books: Books) -> None:
    clock = HandClock()
    books.answers = [Answer(201, None, {"RateLimit-Remaining": "0", "RateLimit-Reset": "4000"}), Answer(201),
                     Answer(429, None, {"RateLimit-Remaining": "0", "RateLimit-Reset": "4000"})]
    with sink_at(books, clock, 60, lanes=1) as sink:
        sink.begin(file())
        with pytest.raises(Throttled) as raised:
            sink.put(rows(5), keys(rows(5)))
    assert raised.value.retry_after == 4000 and not clock.waits and len(books.asked) == 3


def test_retry_after_comes_before_a_quota(books: Books) -> None:
    clock = HandClock()
    books.answers = [Answer(429, None, {"Retry-After": "5", "RateLimit-Remaining": "0", "RateLimit-Reset": "40"})]
    with sink_at(books, clock, 60, lanes=1) as sink:
        sink.begin(file())
        put(sink, rows(2))
    assert clock.waits == [5.0]


# Cancelling

@contextmanager
def answering(answers: Sequence[Answer]) -> Iterator[str]:
    with Books(answers=[*answers]) as books:
        yield books.url


@contextmanager
def silent() -> Iterator[str]:
    """Takes connections, and says nothing."""
    with Books(delay=HOUR) as books:
        yield books.url


@contextmanager
def deaf() -> Iterator[str]:
    """Its queue of connections is full: the next one is neither taken nor refused."""
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/rows"


@contextmanager
def gone() -> Iterator[str]:
    with Books() as books:
        url = books.url
    yield url


@pytest.mark.parametrize("kind", [
    silent, deaf, gone, lambda: answering([Answer(503)] * 1000), lambda: answering([Answer(429, None, {
        "Retry-After": "3000"})] * 1000), lambda: answering([Answer(201, None, {
            "RateLimit-Remaining": "0", "RateLimit-Reset": "3000"})] * 1000)],
    ids=["silent", "deaf", "gone", "503", "429", "quota"])
def test_cancelling_is_heard_while_it_waits(kind: Callable[[], Any]) -> None:
    with kind() as url, HttpSpec.model_validate({"url": url, "budget": HOUR}).build(Env()) as sink:
        sink.begin(file(), stopping(2))
        began = time.monotonic()
        with pytest.raises(Stopped):
            sink.put(rows(50), keys(rows(50)))
        assert time.monotonic() - began < WITHIN / 2
    assert not [one for one in threading.enumerate() if one.name.startswith("rows to")]


def test_cancelling_while_a_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can end that: it is left to itself, and does nothing more."""
    asleep = threading.Event()
    plain = socket.getaddrinfo

    def slow(*what: Any) -> Any:
        asleep.wait(WITHIN)
        return plain(*what)

    with Books() as books, monkeypatch.context() as patched:
        patched.setattr(http_line.socket, "getaddrinfo", slow)      # type: ignore[attr-defined]
        with HttpSpec.model_validate({"url": books.url}).build(Env()) as sink:
            sink.begin(file(), stopping(3))
            began = time.monotonic()
            with pytest.raises(Stopped):
                sink.put(rows(50), keys(rows(50)))
            assert time.monotonic() - began < WITHIN / 2
        asleep.set()
        assert until(lambda: not [one for one in threading.enumerate() if one.name.startswith("rows to")])
        assert not books.asked


def test_what_is_raised_is_what_went_wrong() -> None:
    patience, trial = Patience(0), Trial()
    with pytest.raises(Transient, match="away"):
        patience.after(Unavailable("away"), trial)
