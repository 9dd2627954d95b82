"""Files that an earlier process did not end, and that may never come again: what they hold is let go."""
from __future__ import annotations

from contextlib import suppress

from ...model.errors import Invalid
from ...model.intake import IntakeState
from ...ports import FileKey, ImportBook, Sink

MOST = 100


def recover(book: ImportBook, flow: str, sink: Sink | None = None) -> None:
    """The rows of such a file count as taken only if it was committed, which the sink knows: else a corrected file
    with the same rows would lose them. No sink: nobody was told of them.
    """
    for state in (IntakeState.READING, IntakeState.FAILED):
        for intake in book.intakes(flow, state=state, limit=MOST):
            file = intake.file
            if not intake.mark.number:
                continue
            if sink and sink.begin(FileKey(file.flow, file.digest, file.name)):
                sink.abort()
                book.become(intake.id, IntakeState.DONE)
                continue
            with suppress(Invalid):     # it was matched: that holds
                book.restart(intake.id)
