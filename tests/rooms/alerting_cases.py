"""Alerts from the event to the receiver, for every database: real ledgers, real receivers, a clock set by hand."""
from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from haulier.alerts.webhook import Webhook
from haulier.core.select import matcher
from haulier.engine.alerting import Alerting, Subscriber, Views
from haulier.ledger import books as open_books
from haulier.ledger.books import Books
from haulier.model.alert import AlertKind
from haulier.model.run import Report, Run, RunState, Totals
from haulier.model.transfer import Signal
from haulier.testing.ledgers import new, whole_way
from haulier.testing.servers import bound
from haulier.testing.servers.receiver import Receiver

SECOND = 1_000_000_000
ADDRESS = "https://hub.example.com"
USUAL = frozenset(AlertKind) - {AlertKind.DONE}
SENDER = """
import sys, time
from haulier.alerts.webhook import Webhook
from haulier.engine.alerting import Alerting, Subscriber, Views
from haulier.engine.clock import SystemClock
from haulier.ledger import books
from haulier.model.alert import AlertKind
opened = books(sys.argv[1])
one = Subscriber(frozenset(AlertKind), lambda job: True, 900.0, lambda: Webhook(sys.argv[2], {}))
Alerting(Views(opened.alerts, opened.agenda, opened.reader), SystemClock(), lambda: {"ops": one}, lambda: "").start()
print("on", flush=True)
time.sleep(60)
"""


class Clock:
    """The real time, or one that stands still, and as much more as a test wants."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.real = time.time_ns

    def stop(self) -> None:
        """From now on it goes no further by itself."""
        stands = time.time_ns()
        self.real = lambda: stands

    def now(self) -> int:
        return self.real() + int(self.ahead * SECOND)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits by this clock")


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def run_of(books: Books, flow: str = "payroll") -> Run:
    return books.ledger.start(flow, source="a", target="b")


def fail(books: Books, run: Run, files: int = 2) -> None:
    batch = books.ledger.claim(run, [new(f"{number:04}.csv") for number in range(files)])
    books.ledger.record(run, [Report(one.id, Signal.PERMANENT, "permission denied", "Denied")
                              for one in batch.transfers])


def bad(books: Books, files: int = 2, flow: str = "payroll") -> None:
    run = run_of(books, flow)
    fail(books, run, files)
    books.ledger.finish(run, RunState.FAILED, Totals(failed=files))


def good(books: Books, flow: str = "payroll") -> None:
    run = run_of(books, flow)
    batch = books.ledger.claim(run, [new(f"{run.id}-good.csv")])
    books.ledger.record(run, [report for one in batch.transfers for report in whole_way(one)])
    books.ledger.finish(run, RunState.DONE, Totals(done=1))


def subscriber(url: str, events: frozenset[AlertKind] = USUAL, jobs: str = "*") -> Subscriber:
    return Subscriber(events, matcher((jobs,)), 900.0, lambda: Webhook(url, {}))


class AlertingCases:
    """Override `place`: the address of a new database."""

    @pytest.fixture
    def place(self) -> str:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("haulier.engine.courier.EVERY", 0.05)
        monkeypatch.setattr("haulier.engine.alerting.EVERY", 0.05)

    @pytest.fixture
    def books(self, place: str) -> Iterator[Books]:
        with closing(open_books(place)) as opened:
            yield opened

    @pytest.fixture
    def receiver(self) -> Iterator[Receiver]:
        with Receiver() as there:
            yield there

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def hub(self, books: Books, clock: Clock) -> Iterator[Callable[..., Alerting]]:
        """A hub's part for alerts, by channels; it has looked once, so what happens from now on is told."""
        made: list[Alerting] = []

        def begin(own: Books = books, **channels: Subscriber | str) -> Alerting:
            subscribers = {name: subscriber(one) if isinstance(one, str) else one for name, one in channels.items()}
            one = Alerting(Views(own.alerts, own.agenda, own.reader), clock, lambda: subscribers, lambda: ADDRESS)
            made.append(one)
            one.look()
            return one

        yield begin
        for one in made:
            one.stop()

    def test_a_run_with_many_failed_files_is_one_message(self, books: Books, receiver: Receiver,
                                                         hub: Callable[..., Alerting]) -> None:
        bad(books, flow="before")
        alerting = hub(ops=receiver.url)
        bad(books, 5000)
        alerting.look()
        until(lambda: receiver.posts)
        alerting.look()
        said, = (post.said for post in receiver.posts)
        assert (said["kind"], said["job"], said["failed"]) == ("failed", "payroll", 5000), said
        assert len(said["files"]) == 5 and said["files"][0]["error"] == "Denied permission denied"
        for piece in ("5000 files failed", "and 4995 more files", "haulier why '", f"{ADDRESS}/ui/runs/{said['run']}"):
            assert piece in said["text"]

    def test_a_hub_that_was_killed_while_it_sent_sends_again(self, place: str, books: Books, clock: Clock,
                                                             receiver: Receiver,
                                                             hub: Callable[..., Alerting]) -> None:
        receiver.hold.clear()
        child = subprocess.Popen(bound([sys.executable, "-c", SENDER, place, receiver.url]), stdout=subprocess.PIPE)
        try:
            assert child.stdout and child.stdout.readline() == b"on\n"
            until(lambda: books.alerts.position() is not None)
            bad(books)
            until(lambda: receiver.posts)
        finally:
            child.kill()
            child.wait()
            assert child.stdout
            child.stdout.close()
        receiver.hold.set()
        hub(ops=receiver.url)
        clock.ahead = 121
        until(lambda: books.alerts.outboxes()["ops"].sent == 1 if "ops" in books.alerts.outboxes() else False)
        assert [post.said["id"] for post in receiver.posts] == [receiver.posts[0].said["id"]] * 2

    def test_two_hubs_send_each_message_once(self, place: str, books: Books, receiver: Receiver,
                                             hub: Callable[..., Alerting]) -> None:
        with closing(open_books(place)) as others:
            hubs = [hub(ops=receiver.url), hub(others, ops=receiver.url)]
            for one in hubs:
                one.start()
            for number in range(30):
                bad(books, flow=f"job-{number}")
            until(lambda: books.alerts.outboxes().get("ops", None) and books.alerts.outboxes()["ops"].sent >= 30)
            for one in hubs:
                one.stop()
        assert sorted(post.said["job"] for post in receiver.posts) == sorted(f"job-{number}" for number in range(30))
