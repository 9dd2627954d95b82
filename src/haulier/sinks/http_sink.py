"""Rows to an API: requests of some rows each, several at a time, every one until it is known what became of it."""
from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from ..core import rate_limit
from ..core.retry_after import seconds
from ..model.errors import Throttled, Transient, Unavailable
from ..model.files import go_on
from ..model.record import Fault, Row
from ..ports import FileKey, Refusal, Sink
from .http_crew import Crew
from .http_doubts import Doubts, Failing
from .http_line import Answer, Line
from .http_patience import CLOCK, Clock, Patience, Trial
from .http_place import Place
from .http_request import Format, Request, Target, Unsendable, request
from .http_verdict import AGAIN, OF_THE_SERVER, TOO_LARGE, Half, Judge, Word

_CONFLICTS = 3
"""Times that a 409 is asked again whose first answer was lost."""


@dataclass(frozen=True, slots=True)
class Way:
    """How rows are sent."""

    batch: int
    concurrency: int
    budget: float
    already: tuple[str, ...] = ()
    hidden: tuple[str, ...] = field(default=(), repr=False)
    checkpoint: int = 0


class _Piece(NamedTuple):
    """The rows of one request."""

    rows: Sequence[Row]
    keys: Sequence[str]

    def halves(self) -> tuple[_Piece, _Piece]:
        middle = len(self.rows) // 2
        return _Piece(self.rows[:middle], self.keys[:middle]), _Piece(self.rows[middle:], self.keys[middle:])

    def only(self, chosen: Sequence[bool]) -> _Piece:
        return _Piece([row for row, is_in in zip(self.rows, chosen, strict=True) if is_in],
                      [key for key, is_in in zip(self.keys, chosen, strict=True) if is_in])


class HttpSink(Sink):
    """What was put is with the API for good."""

    is_final = True

    def __init__(self, place: Place, target: Target, written: Format, way: Way, clock: Clock = CLOCK) -> None:
        self._target, self._written, self._way = target, written, way
        self.checkpoint = way.checkpoint
        self._lines = [Line(place) for _ in range(way.concurrency)]
        self._patience = Patience(way.budget, clock)
        self._judge = Judge(target.shown, way.already, way.hidden)
        self._doubts = Doubts()
        self._crew: Crew[_Piece] = Crew(way.concurrency, self._patience.end, self._interrupt)
        self._check: Callable[[], None] = go_on
        self._largest = way.batch
        self._heard: dict[str, Fault | None] = {}
        """What became of rows, by key, until a put is through: what failed halfway is put again."""
        self._taken: _Piece | None = None
        """Rows that were taken last, together."""

    def begin(self, file: FileKey, check: Callable[[], None] = go_on) -> bool:
        self._check = check
        self._heard.clear()
        return False

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        self._check()
        self._patience.renew()
        self._doubts.clear()
        for line in self._lines:
            line.allow()
        size = self._way.batch
        pieces = [_Piece(rows[at:at + size], keys[at:at + size]) for at in range(0, len(rows), size)]
        self._crew.run(pieces, lambda number, piece: self._sent(self._lines[number], piece, Trial()), self._check)
        self._heard |= self._doubts.faults()
        found = [Refusal(at, fault) for at, key in enumerate(keys) if (fault := self._heard[key]) is not None]
        self._heard.clear()
        return found

    def commit(self) -> None:
        """Nothing to do: it is all there."""

    def abort(self) -> None:
        self._heard.clear()

    def close(self) -> None:
        for line in self._lines:
            line.close()

    def _interrupt(self) -> None:
        self._patience.end()
        for line in self._lines:
            line.interrupt()

    # In a thread of the crew

    def _sent(self, line: Line, piece: _Piece, trial: Trial) -> None:
        """Until it is known of each row what became of it, or one is in doubt."""
        while not all(key in self._heard for key in piece.keys):
            try:
                if len(piece.rows) > self._largest:
                    raise Half
                asked = request(self._target, self._written, piece.rows, piece.keys)
                piece = self._left(piece, self._answered(line, asked, trial), trial)
            except (Unsendable, Half) as error:
                if isinstance(error, Unsendable) and len(piece.rows) == 1:
                    self._heard[piece.keys[0]] = error.fault
                    return
                for half in piece.halves():
                    self._sent(line, half, Trial())
                return
            except Failing as error:
                if len(piece.rows) == 1:
                    self._doubted(line, piece.keys[0], error)
                    return
                for half in piece.halves():
                    self._sent(line, half, trial)       # its time is over: each half is asked once
                return

    def _doubted(self, line: Line, key: str, error: Failing) -> None:
        """It is the row, if the API takes again what it took before; raises the error if it does not. Where nothing may
        be sent again, other rows will tell."""
        if self._taken is None or self._way.checkpoint or not self._target.key_header:
            self._doubts.add(key, error)
        elif self._takes(line, self._taken):
            self._doubts.prove(key, error)
        else:
            raise error

    def _takes(self, line: Line, piece: _Piece) -> bool:
        with suppress(Transient):
            asked = request(self._target, self._written, piece.rows, piece.keys)
            answer = self._answered(line, asked, Trial(since=-math.inf))
            return answer.status < 300 or self._judge.knows(answer)
        return False

    def _left(self, piece: _Piece, answer: Answer, trial: Trial) -> _Piece:
        """The rows that are to be sent again, when it is time."""
        if answer.status == TOO_LARGE and len(piece.rows) > 1:
            self._largest = min(self._largest, len(piece.rows) - 1)
        verdicts = self._judge.verdicts(answer, len(piece.rows))
        for key, one in zip(piece.keys, verdicts, strict=True):
            if one.word is not Word.AGAIN:
                self._heard[key] = one.fault
        rest = [one.word is Word.AGAIN for one in verdicts]
        if not all(rest):
            self._doubts.heard()
        if any(rest):
            said = f"{self._target.shown} did not take {sum(rest)} rows for the time being"
            self._patience.after(Failing(said, self._judge.fault(answer)), trial)
        elif all(one.word is Word.TAKEN for one in verdicts):
            self._taken = piece
        return piece.only(rest)

    def _answered(self, line: Line, asked: Request, trial: Trial) -> Answer:
        """An answer that says something of the rows, or that none of them will ever be taken."""
        while True:
            self._patience.turn(trial)
            try:
                answer = line.exchange(self._target.method, asked)
                trial.lost = trial.lost or answer.twice
                self._pass(answer, trial)
            except Transient as error:
                trial.lost = True
                self._patience.after(error, trial)
            else:
                self._patience.heard(rate_limit.pause(answer.headers, time.time()))
                return answer

    def _pass(self, answer: Answer, trial: Trial) -> None:
        """Transient if it is to be asked again."""
        said = f"{self._target.shown} answered {answer.status}"
        if answer.status in AGAIN:
            wait = seconds(answer.headers.get("retry-after"), time.time())
            if wait is None:
                wait = rate_limit.pause(answer.headers, time.time()) or None
            if wait is None and answer.status in OF_THE_SERVER:
                raise Failing(said, self._judge.fault(answer))
            raise Unavailable(said) if wait is None and answer.status != 429 else Throttled(said, retry_after=wait)
        if answer.status == 409 and trial.lost and trial.conflicts < _CONFLICTS and not self._judge.knows(answer):
            trial.conflicts += 1
            raise Unavailable(said)
