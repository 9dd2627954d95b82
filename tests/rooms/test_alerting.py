"""Alerts from the event to the receiver, on SQLite; the rest of what becomes of messages."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from haulier.engine.alerting import Alerting
from haulier.ledger.books import Books
from haulier.model.alert import AlertKind
from haulier.model.arrival import Arrival, ArrivalState
from haulier.testing.servers.receiver import Receiver
from rooms.alerting_cases import AlertingCases, Clock, bad, fail, good, run_of, subscriber, until


class TestAlerting(AlertingCases):
    @pytest.fixture
    def place(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/ledger.db"

    def test_a_failure_a_quiet_time_and_a_recovery(self, books: Books, clock: Clock, receiver: Receiver,
                                                   hub: Callable[..., Alerting]) -> None:
        alerting = hub(ops=receiver.url)
        for act in (bad, bad, good, bad, good, good):
            act(books)
        alerting.look()
        until(lambda: [post.said["kind"] for post in receiver.posts] == ["failed", "recovered"])
        first, second = (post.said for post in receiver.posts)
        assert "and 2 more" in first["title"] and "went well again" in second["title"]
        for act in (good, bad):
            act(books)
        alerting.look()
        assert books.alerts.outboxes()["ops"].waiting == 1 and len(receiver.posts) == 2
        clock.ahead = 901
        until(lambda: len(receiver.posts) == 3)

    def test_of_a_file_that_failed_it_is_told_though_its_run_goes_on(self, books: Books, clock: Clock,
                                                                     receiver: Receiver,
                                                                     hub: Callable[..., Alerting]) -> None:
        alerting = hub(ops=receiver.url)
        fail(books, run_of(books))
        alerting.look()
        assert books.alerts.outboxes()["ops"].waiting == 1
        clock.ahead = 601
        until(lambda: receiver.posts)
        assert "2 files failed in run" in receiver.posts[0].said["title"]
        assert "goes on" in receiver.posts[0].said["title"]

    def test_late_files_and_files_that_came(self, books: Books, receiver: Receiver,
                                            hub: Callable[..., Alerting]) -> None:
        alerting = hub(ops=receiver.url)
        one = Arrival("payroll", "rule", 2, 1, "*.csv", 1)
        books.arrivals.turn(None, one)
        for state in (ArrivalState.WARNED, ArrivalState.LATE, ArrivalState.RECOVERED):
            after = one._replace(state=state)
            assert books.arrivals.turn(one, after, f"payroll: {state}: the folder is empty")
            one = after
        alerting.look()
        until(lambda: len(receiver.posts) == 3)
        assert [post.said["kind"] for post in receiver.posts] == ["warned", "late", "recovered"]
        assert all("the folder is empty" in post.said["text"] for post in receiver.posts)

    def test_channels_hear_what_they_want(self, books: Books, receiver: Receiver,
                                          hub: Callable[..., Alerting]) -> None:
        alerting = hub(done=subscriber(receiver.url + "/done", events=frozenset({AlertKind.DONE})),
                       other=subscriber(receiver.url + "/other", jobs="reports*"))
        bad(books)
        good(books)
        bad(books, flow="reports-daily")
        alerting.look()
        until(lambda: len(receiver.posts) == 2)
        assert {(post.path, post.said["job"]) for post in receiver.posts} == {
            ("/hook/done", "payroll"), ("/hook/other", "reports-daily")}

    def test_what_waits_for_a_channel_that_is_removed_is_not_sent(self, books: Books, receiver: Receiver,
                                                                  hub: Callable[..., Alerting]) -> None:
        with Receiver() as gone:
            pass
        channels = {"ops": subscriber(gone.url)}
        alerting = hub(**channels)
        alerting._subscribers = lambda: channels
        bad(books)
        alerting.look()
        until(lambda: "ops" in books.alerts.outboxes() and books.alerts.outboxes()["ops"].last_error)
        channels.clear()
        alerting.look()
        assert books.alerts.outboxes() == {} and books.alerts.position() is None
        channels["ops"] = subscriber(receiver.url)
        alerting.look()
        bad(books, flow="another")
        alerting.look()
        until(lambda: receiver.posts)
        assert [post.said["job"] for post in receiver.posts] == ["another"]

    def test_a_receiver_that_hangs_holds_up_nobody_else(self, books: Books, receiver: Receiver,
                                                        hub: Callable[..., Alerting]) -> None:
        with Receiver() as slow:
            slow.hold.clear()
            alerting = hub(slow=slow.url, ops=receiver.url)
            bad(books)
            alerting.look()
            until(lambda: slow.posts and receiver.posts)
            bad(books, flow="another")
            alerting.look()
            until(lambda: len(receiver.posts) == 2)
            assert len(slow.posts) == 1
            slow.hold.set()

    def test_what_may_pass_is_tried_again_and_what_will_not_is_given_up(
            self, books: Books, clock: Clock, receiver: Receiver, hub: Callable[..., Alerting],
            caplog: pytest.LogCaptureFixture) -> None:
        receiver.answers = [(500, {}), (429, {"Retry-After": "1800"}), (200, {}), (404, {})]
        clock.stop()        # or the next try comes by itself, on a busy machine
        alerting = hub(ops=receiver.url)
        bad(books)
        alerting.look()
        for tries, ahead in ((1, 2), (2, 1790)):
            until(lambda tries=tries: books.alerts.outboxes().get("ops") and (
                f"answered {[500, 429][tries - 1]}" in books.alerts.outboxes()["ops"].last_error))
            assert len(receiver.posts) == tries
            clock.ahead += ahead
        assert len(receiver.posts) == 2
        clock.ahead += 20
        until(lambda: books.alerts.outboxes()["ops"].sent == 1)
        assert len({post.said["id"] for post in receiver.posts}) == 1, "so that it can be told that they are one"
        bad(books, flow="another")
        alerting.look()
        until(lambda: books.alerts.outboxes()["ops"].given_up == 1)
        assert "given up after 1 tries" in caplog.text and "answered 404" in caplog.text

    def test_what_was_kept_before_the_kill_is_sent_after_it(self, books: Books, receiver: Receiver,
                                                            hub: Callable[..., Alerting]) -> None:
        with Receiver() as gone:
            pass
        alerting = hub(other=gone.url)
        bad(books)
        alerting.look()
        alerting.stop()
        until(lambda: books.alerts.outboxes()["other"].waiting == 1)
        hub(other=receiver.url, ops=receiver.url)
        until(lambda: receiver.posts, 30)
