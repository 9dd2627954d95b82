"""The suite every channel of alerts must pass. Subclass it, give it a channel and what it told: that is the test file.

    class TestMine(AlertSuite):
        @pytest.fixture
        def channel(self) -> Channel:
            return Mine(...)

        def told(self) -> list[str]:
            return [...]        # the texts that arrived, oldest first
"""
from __future__ import annotations

import time

import pytest

from ..core.letter import letter
from ..model.alert import AlertKind, Bundle, Letter, Message, Said
from ..model.errors import Permanent, Transient
from ..ports import Channel

ODD = "a\r\nBcc: everybody@example.com\0<!channel> 日本 \ud800é"
"""What a file may be called."""
LONGEST = 45.0


def message(job: str = "payroll", text: str = "payroll: run 7 failed, 2 files failed", number: int = 1) -> Letter:
    """Of a failed run with such a file."""
    said = Said(1_600_000_000_000_000_000, text, 7, 40, ((ODD, "Denied permission denied"), ("b.csv", "NoSpace full")))
    return letter(Message(number, "ops", job, AlertKind.FAILED, 1_600_000_000_000_000_000, Bundle((said,))),
                  "https://haulier.example.com")


class AlertSuite:
    """Override `channel` and `told`, and `refusing`, `away` if there can be such."""

    @pytest.fixture
    def channel(self) -> Channel:
        """One that works."""
        raise NotImplementedError

    def told(self) -> list[str]:
        """What arrived, as text; the oldest first."""
        raise NotImplementedError

    @pytest.fixture
    def refusing(self) -> Channel:
        """One whose receiver takes nothing, and will not tomorrow."""
        pytest.skip("this channel cannot be refused")

    @pytest.fixture
    def away(self) -> Channel:
        """One whose receiver is not there."""
        pytest.skip("this channel's receiver cannot be away")

    def test_a_message_arrives_with_what_a_person_needs(self, channel: Channel) -> None:
        channel.send(message())
        text, = self.told()
        for piece in ("payroll: run 7 failed", "b.csv: NoSpace full", "and 38 more files", "haulier why",
                      "https://haulier.example.com/ui/runs/7"):
            assert piece in text

    def test_messages_come_one_by_one(self, channel: Channel) -> None:
        for number in (1, 2, 3):
            channel.send(message(text=f"the {number}. message", number=number))
        texts = self.told()
        assert len(texts) == 3 and all(f"the {at}. message" in text for at, text in enumerate(texts, 1))

    def test_whatever_a_job_is_called_is_one_line(self, channel: Channel) -> None:
        channel.send(message(ODD, ODD))
        text, = self.told()
        assert "日本" in text and not any(line.startswith("Bcc:") for line in text.splitlines())

    def test_a_refusal_is_for_good(self, refusing: Channel) -> None:
        with pytest.raises(Permanent):
            refusing.send(message())

    def test_who_is_not_there_may_come_back(self, away: Channel) -> None:
        started = time.monotonic()
        with pytest.raises(Transient):
            away.send(message())
        assert time.monotonic() - started < LONGEST
