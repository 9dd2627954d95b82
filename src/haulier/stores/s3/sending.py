"""A body of any size into a multipart upload, several parts in flight."""
from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field

from ...model.errors import HaulierError, Stopped
from .plan import Cut
from .pool import Leash
from .upload import Sent, Target, Uploads


@dataclass
class Sending:
    """Sends parts as they come, `width` at a time; yields how many bytes in a row are there.

    When the parts' source raises, what is under way is finished and yielded first, so that it
    need not be sent again; unless the work was stopped: that has to be quick.
    """

    uploads: Uploads
    pool: Executor
    width: int
    offset: int
    target: Target
    _leash: Leash = field(default_factory=Leash)
    _window: deque[Future[Sent]] = field(default_factory=deque)

    def send(self, parts: Iterator[Cut]) -> Iterator[int]:
        try:
            yield from self._send(parts)
        finally:
            self._stop()

    def _send(self, parts: Iterator[Cut]) -> Iterator[int]:
        failure: Exception | None = None
        while True:
            try:
                part = next(parts, None)
            except Exception as error:
                failure = error
                break
            if part is None:
                break
            self._window.append(self.pool.submit(self.uploads.send, self.target, part,
                                                 self._leash))
            yield from self._finished(self.width - 1)
        if failure is not None:
            yield from self._saved(failure)
            raise failure
        yield from self._finished(0)

    def _finished(self, most: int) -> Iterator[int]:
        """Waits until no more than `most` parts are under way."""
        while len(self._window) > most or (self._window and self._window[0].done()):
            self.offset += self._window.popleft().result().size
            yield self.offset

    def _saved(self, failure: Exception) -> Iterator[int]:
        if isinstance(failure, Stopped):
            return
        try:
            yield from self._finished(0)
        except HaulierError:
            pass        # the failure of the source is the one to tell

    def _stop(self) -> None:
        if self._window:
            for future in self._window:
                future.cancel()
            self._leash.cut()
            wait(self._window)
