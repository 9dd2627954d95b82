"""Why files that should have come are not there: found out by looking, and said in a sentence or two."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from ..core.plan import Decision, Verdict
from ..model.errors import HaulierError, NotFound
from ..model.run import RunState, Transfer
from ..model.transfer import State
from ..model.words import count
from ..ports import Clock, Ledger
from .looking import plan_of
from .work import Work

LOOKS = 100_000
"""Files of the source that are looked at."""
_ORDER = (Verdict.MOVE, Verdict.FAIL, Verdict.WAIT, Verdict.SKIP)
_SAID = {Verdict.FAIL: "cannot be taken", Verdict.WAIT: "not complete yet", Verdict.SKIP: "not taken"}

Fits = Callable[[str], object]


def diagnosis(work: Work, ledger: Ledger, clock: Clock, pattern: str, fits: Fits) -> str:
    """What is to be seen at the source and in the ledger of files with fitting paths."""
    try:
        work.source.connect()
    except HaulierError as error:
        return f"{work.origin} cannot be reached: {error}."
    try:
        seen = list(islice(_decisions(work, ledger, clock), LOOKS))
    except NotFound as error:
        return f"{work.origin} can be reached, but its folder is not there: {error}."
    except HaulierError as error:
        return f"{work.origin} can be reached, but cannot be looked through: {error}."
    left = {one.path: one for one in ledger.pending(work.flow) if fits(one.path)}
    new = sorted((one for one in seen if fits(one.entry.path) and one.entry.path not in left),
                 key=lambda one: _ORDER.index(one.verdict))
    found = [*_left(left.values()), *_there(new)] or [_nothing(work, pattern, len(seen))]
    return " ".join([*found, *_last(work, ledger)])


def _decisions(work: Work, ledger: Ledger, clock: Clock) -> Iterator[Decision]:
    for decisions in plan_of(work, ledger, clock, patient=False).decisions():
        yield from decisions


def _left(left: Iterable[Transfer]) -> Iterator[str]:
    """What earlier runs took, and have not delivered."""
    for one in islice(left, 3):
        said = "failed" if one.state is State.FAILED else f"is {one.state}"
        yield f"{one.path} {said}{f': {one.error}' if one.error else ''}."


def _nothing(work: Work, pattern: str, seen: int) -> str:
    if not seen:
        return f"{work.origin} can be reached, and is empty."
    return f'{work.origin} can be reached; of {count(seen, "file")} in it, none is like "{pattern}".'


def _there(there: Sequence[Decision]) -> Iterator[str]:
    for one in there[:3]:
        if one.verdict is Verdict.MOVE:
            yield f"{one.entry.path} is there and complete, and no run has taken it."
        else:
            yield f"{one.entry.path} is there, and {_SAID[one.verdict]}: {one.reason}."
    if len(there) > 3:
        yield f"{len(there) - 3} more are there."


def _last(work: Work, ledger: Ledger) -> Iterator[str]:
    """Of the last run, if it went wrong as a whole."""
    for run in ledger.runs(work.flow, limit=1):
        if run.error:
            yield f"The last run {'failed' if run.state is RunState.FAILED else f'is {run.state}'}: {run.error}."
