"""What somebody outside is told of, and what came together in one message."""
from __future__ import annotations

from enum import StrEnum, auto
from typing import NamedTuple


class AlertKind(StrEnum):
    FAILED = auto()     # files failed for good, or a run did
    CRASHED = auto()    # the process of a run died
    WARNED = auto()     # files are missing, and the deadline is near
    LATE = auto()       # files are missing, and the deadline has passed
    RECOVERED = auto()  # a good run after a bad one; late files that came
    ASKED = auto()      # a task of a flow waits for a person to decide
    DONE = auto()       # a run delivered files, or did its tasks


BAD = frozenset({AlertKind.FAILED, AlertKind.CRASHED, AlertKind.WARNED, AlertKind.LATE})
FIRST = 5
"""So many files, and so many happenings, are named in one message; of the others it says how many."""


class Said(NamedTuple):
    """One happening. `files` are the first that failed, with the reason; `failed` is how many did."""

    at: int
    text: str
    run: int = 0
    failed: int = 0
    files: tuple[tuple[str, str], ...] = ()


class Bundle(NamedTuple):
    """What one message tells: the first happenings, and how many more there were, with how many failed files."""

    said: tuple[Said, ...]
    more: int = 0
    failed: int = 0

    def added(self, said: Said) -> Bundle:
        """With one more; a later word on the same run takes the place of the earlier one."""
        for at, one in enumerate(self.said):
            if said.run and one.run == said.run:
                return self._replace(said=(*self.said[:at], said, *self.said[at + 1:]))
        if len(self.said) < FIRST:
            return self._replace(said=(*self.said, said))
        return self._replace(more=self.more + 1, failed=self.failed + said.failed)


class News(NamedTuple):
    """Something for one channel. Seconds: `quiet` between two messages of this kind, `delay` for what may follow."""

    channel: str
    flow: str
    kind: AlertKind
    said: Said
    quiet: float = 0.0
    delay: float = 0.0


class Message(NamedTuple):
    """A message that is to be sent. `tries` counts this one, and is what a claim of it goes by."""

    id: int
    channel: str
    flow: str
    kind: AlertKind
    created: int
    bundle: Bundle
    tries: int = 1


class Letter(NamedTuple):
    """A message as channels get it: a title in one line, a text in several, and the facts."""

    id: str             # the same at every try, so that who gets it twice can tell
    kind: str
    job: str
    at: int             # nanoseconds since the epoch
    title: str
    text: str
    run: int = 0
    failed: int = 0
    files: tuple[tuple[str, str], ...] = ()
    link: str = ""


class Outbox(NamedTuple):
    """How it stands with one channel. Moments are in nanoseconds since the epoch."""

    waiting: int = 0
    sent: int = 0
    given_up: int = 0
    last_sent: int | None = None
    last_error: str = ""
    last_error_at: int | None = None
