"""Messages to people and programs outside: where they wait, and who carries them away."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ..model.alert import Letter, Message, News, Outbox


class Channel(Protocol):
    """One way to tell somebody."""

    def send(self, letter: Letter, /) -> None:
        """Hand it over, within half a minute. Transient if another try may help, Permanent if none will."""
        ...


class Alerts(Protocol):
    """What is to be sent. Every method is one transaction, durable when it returns. `now`: nanoseconds."""

    def position(self) -> int | None:
        """The last event that was looked at; None: none ever was."""
        ...

    def follow(self, before: int | None, after: int | None, news: Sequence[News], now: int) -> bool:
        """Go on to that event and keep what is to be told of those between; None: begin anew some day.

        False, and nothing done, if somebody else went on from `before`. Within the quiet time after a message,
        what is of the same channel, flow and kind waits, and becomes one message.
        """
        ...

    def claim(self, channel: str, now: int, until: int) -> Message | None:
        """One that is due, which nobody else gets until then."""
        ...

    def settle(self, message: Message, now: int, *, error: str = "", again: int | None = None) -> bool:
        """It was sent; or, with an error, is due `again`, or never. False if the claim was somebody else's by then."""
        ...

    def outboxes(self) -> Mapping[str, Outbox]:
        """Every channel that ever had a message."""
        ...

    def drop(self, channel: str) -> None:
        """It is gone: what waits for it is not sent, and its figures begin anew should it come back."""
        ...

    def prune(self, before: int) -> None:
        """Forget messages that were over, or overdue, before then."""
        ...
