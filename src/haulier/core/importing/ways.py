"""What can be done with the rows of a file: put into a sink, or matched as payments with what they are for."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...model.intake import Incoming, Intake
from ...ports import ImportBook, Sink
from ..content import FileContent
from .matching import Matching, match_and_tell, tell_on
from .order import Order
from .posting import post_decided
from .recovering import recover
from .replaying import replay, replay_payments
from .taking import take


@dataclass(frozen=True, slots=True)
class SinkWay:
    """Rows go to one place."""

    order: Order
    sink: Sink
    book: ImportBook

    def before(self, run: int, check: Callable[[], None]) -> int:
        """Put the rejects that were put right."""
        if not self.sink.is_final:
            recover(self.book, self.order.flow, run, self.sink)
        return replay(self.order, self.sink, self.book, check)

    def take(self, file: Incoming, content: FileContent, check: Callable[[], None]) -> Intake:
        """Each row, once."""
        return take(self.order, file, content, self.sink, self.book, check)


@dataclass(frozen=True, slots=True)
class PaymentWay:
    """Rows are payments, and matched with what they are for."""

    order: Order
    matching: Matching
    book: ImportBook

    def before(self, run: int, check: Callable[[], None]) -> int:
        """Match the rejects that were put right; tell of them, and of what else persons have decided."""
        for intake in recover(self.book, self.order.flow, run):
            tell_on(self.matching, intake, run, self.book, check)
        replay_payments(self.order, self.matching, self.book, check)
        return post_decided(self.matching.outlets, self.order.flow, self.book, check)

    def take(self, file: Incoming, content: FileContent, check: Callable[[], None]) -> Intake:
        """Each payment, once."""
        return match_and_tell(self.order, self.matching, file, content, self.book, check)
