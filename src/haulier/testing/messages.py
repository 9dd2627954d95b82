"""The suite that every memory of alerts must pass."""
from __future__ import annotations

import pytest

from ..model.alert import FIRST, AlertKind, Message, News, Said
from ..ports import Alerts
from .books import Books, BooksSuite, at_once
from .ledgers import MOMENT

SECOND = 1_000_000_000
K = AlertKind
QUIET = 900
LATER = QUIET * SECOND


def news(run: int = 1, kind: K = K.FAILED, channel: str = "ops", delay: float = 0.0, failed: int = 3) -> News:
    said = Said(MOMENT, f"run {run} failed", run, failed, (("a\ud800.csv", "Denied no"),))
    return News(channel, "payroll", kind, said, QUIET, delay)


def claimed(alerts: Alerts, now: int, channel: str = "ops") -> Message | None:
    return alerts.claim(channel, now, now + 60 * SECOND)


def runs(message: Message | None) -> list[int]:
    return [one.run for one in message.bundle.said] if message else []


class AlertsSuite(BooksSuite):
    """What is to be sent, and who sends it."""

    @pytest.fixture
    def alerts(self, books: Books) -> Alerts:
        return books.alerts

    def told(self, alerts: Alerts, now: int, *several: News) -> None:
        """These are to be told."""
        before = alerts.position()
        assert alerts.follow(before, (before or 0) + 1, several, now)

    def test_the_position_and_the_messages_are_one(self, alerts: Alerts) -> None:
        assert alerts.position() is None and claimed(alerts, MOMENT) is None
        assert alerts.follow(None, 7, [news()], MOMENT) and alerts.position() == 7
        assert not alerts.follow(None, 8, [news(2)], MOMENT) and not alerts.follow(6, 8, [news(2)], MOMENT)
        message = claimed(alerts, MOMENT)
        assert message and message.bundle.said == (news().said,) and message.kind is K.FAILED
        assert alerts.follow(7, None, (), MOMENT) and alerts.position() is None

    def test_of_many_that_follow_one_does(self, alerts: Alerts) -> None:
        alerts.follow(None, 1, (), MOMENT)
        assert sum(at_once(*[lambda: alerts.follow(1, 2, [news()], MOMENT)] * 4)) == 1
        found = at_once(*[lambda: claimed(alerts, MOMENT)] * 4)
        assert [runs(one) for one in found if one] == [[1]], "and one sends it"

    def test_what_comes_in_the_quiet_time_is_one_message_after_it(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news(1))
        first = claimed(alerts, MOMENT)
        assert first and alerts.settle(first, MOMENT)
        for run in range(2, 60):
            self.told(alerts, MOMENT + run * SECOND, news(run))
        assert claimed(alerts, MOMENT + LATER - 1) is None
        message = claimed(alerts, MOMENT + LATER)
        assert message and runs(message) == [2, 3, 4, 5, 6] and len(message.bundle.said) == FIRST
        assert (message.bundle.more, message.bundle.failed) == (53, 159)
        assert alerts.settle(message, MOMENT + LATER)
        self.told(alerts, MOMENT + LATER + SECOND, news(60))
        assert claimed(alerts, MOMENT + 2 * LATER - 1) is None and runs(claimed(alerts, MOMENT + 2 * LATER)) == [60]

    def test_other_channels_and_kinds_have_a_quiet_time_of_their_own(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news(1))
        self.told(alerts, MOMENT, news(2, channel="boss"), news(3, K.LATE))
        assert runs(claimed(alerts, MOMENT, "boss")) == [2]
        assert [runs(claimed(alerts, MOMENT)) for _ in range(3)] == [[1], [3], []]

    def test_the_end_of_a_run_takes_the_place_of_what_was_told_while_it_went_on(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news(1, delay=600, failed=1))
        assert claimed(alerts, MOMENT + 599 * SECOND) is None
        self.told(alerts, MOMENT + SECOND, news(1, failed=5000))
        message = claimed(alerts, MOMENT + SECOND)
        assert message and [one.failed for one in message.bundle.said] == [5000]

    def test_a_long_run_tells_before_it_ends(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news(1, delay=600))
        assert runs(claimed(alerts, MOMENT + 600 * SECOND)) == [1]

    def test_a_recovery_comes_after_what_it_recovered_from(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news(1))
        assert alerts.settle(claimed(alerts, MOMENT), MOMENT)   # type: ignore[arg-type]
        self.told(alerts, MOMENT + SECOND, news(2), news(3, K.RECOVERED))
        assert claimed(alerts, MOMENT + LATER - 1) is None
        assert [runs(claimed(alerts, MOMENT + LATER)) for _ in range(3)] == [[2], [3], []]

    def test_a_recovery_that_did_not_last_is_not_told(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news(1))
        assert alerts.settle(claimed(alerts, MOMENT), MOMENT)   # type: ignore[arg-type]
        self.told(alerts, MOMENT + SECOND, news(2), news(3, K.RECOVERED), news(4))
        assert [runs(claimed(alerts, MOMENT + LATER)) for _ in range(2)] == [[2, 4], []]

    def test_a_claim_that_ran_out_is_somebody_elses(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news())
        first = claimed(alerts, MOMENT)
        assert first and claimed(alerts, MOMENT + 59 * SECOND) is None
        second = claimed(alerts, MOMENT + 60 * SECOND)
        assert second and second.id == first.id and second.tries == first.tries + 1
        assert not alerts.settle(first, MOMENT + 60 * SECOND), "whoever had it before says nothing of it"
        assert alerts.settle(second, MOMENT + 60 * SECOND)

    def test_what_failed_is_tried_again_or_given_up(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news())
        message = claimed(alerts, MOMENT)
        assert message and alerts.settle(message, MOMENT, error="away\0", again=MOMENT + 5 * SECOND)
        box = alerts.outboxes()["ops"]
        assert (box.waiting, box.sent, box.given_up, box.last_sent, box.last_error_at) == (1, 0, 0, None, MOMENT)
        assert box.last_error.startswith("away") and claimed(alerts, MOMENT + SECOND) is None
        message = claimed(alerts, MOMENT + 5 * SECOND)
        assert message and message.tries == 2 and alerts.settle(message, MOMENT, error="no")
        self.told(alerts, MOMENT + LATER, news(2))
        message = claimed(alerts, MOMENT + LATER)
        assert message and alerts.settle(message, MOMENT + LATER)
        box = alerts.outboxes()["ops"]
        assert (box.waiting, box.sent, box.given_up, box.last_sent) == (0, 1, 1, MOMENT + LATER)
        assert box.last_error == "no"

    def test_no_more_wait_than_can_be_borne(self, alerts: Alerts) -> None:
        many = [News("ops", f"flow-{number}", K.FAILED, Said(MOMENT, str(number))) for number in range(1010)]
        self.told(alerts, MOMENT, *many)
        box = alerts.outboxes()["ops"]
        message = claimed(alerts, MOMENT)
        assert (box.waiting, box.given_up) == (1000, 10) and message and message.flow == "flow-10"

    def test_what_is_over_is_forgotten_some_day(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news(1))
        assert alerts.settle(claimed(alerts, MOMENT), MOMENT)   # type: ignore[arg-type]
        alerts.prune(MOMENT)
        self.told(alerts, MOMENT + SECOND, news(2))
        assert claimed(alerts, MOMENT + SECOND) is None, "what is kept makes the quiet time"
        alerts.prune(MOMENT + 1)
        self.told(alerts, MOMENT + SECOND, news(3))
        assert alerts.outboxes()["ops"].sent == 1
        assert runs(claimed(alerts, MOMENT + LATER)) == [2, 3]
        alerts.prune(MOMENT + LATER + 1)
        assert alerts.outboxes()["ops"].waiting == 0, "nobody came for it"

    def test_a_channel_that_is_gone(self, alerts: Alerts) -> None:
        self.told(alerts, MOMENT, news(1), news(2, channel="boss"))
        first = claimed(alerts, MOMENT)
        alerts.drop("ops")
        assert first and not alerts.settle(first, MOMENT) and set(alerts.outboxes()) == {"boss"}
