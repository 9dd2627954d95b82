"""Files that an earlier process did not end, and that may never come again: what they hold is let go."""
from __future__ import annotations

from contextlib import suppress

from ...model.errors import Invalid, LeaseLost
from ...model.intake import Intake, IntakeState
from ...ports import FileKey, ImportBook, Sink


def recover(book: ImportBook, flow: str, run: int, sink: Sink | None = None) -> list[Intake]:
    """The rows of such a file count as taken only if it was committed, which the sink knows: else a corrected file
    with the same rows would lose them. No sink: nobody was told of them, but of those that are given back: all their
    payments are matched, and that holds.
    """
    matched = []
    for intake in book.stranded(flow, run):
        file = intake.file
        with suppress(LeaseLost):       # somebody has gone on with it just now
            is_there = sink is not None and sink.begin(FileKey(file.flow, file.digest, file.name))
            if sink:
                sink.abort()
            if is_there:
                book.become(intake.id, IntakeState.DONE)
            else:
                try:
                    book.give_up(intake.id, intake.tries, "its process ended before all of it was read")
                except Invalid:
                    matched.append(intake)
    return matched
