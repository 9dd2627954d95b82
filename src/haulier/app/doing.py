"""Work is done, looked at beforehand, or given up."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from ..core.leftover import Needed
from ..engine.clock import SystemClock
from ..engine.work import Result, Watcher, Work
from ..model.errors import HaulierError
from ..model.files import Entry
from ..model.run import Report, RunState, Totals
from ..model.transfer import Signal, State
from ..ports import Ledger, Store
from .tracing import traced

if TYPE_CHECKING:
    from ..core.plan import Decision


def run(work: Work, ledger: Ledger, watcher: Watcher | None = None) -> Result:
    """Do the work, to its end."""
    from ..engine.course import Course  # much, and not needed for flows without transfers
    return Course(traced(ledger), work, SystemClock(), watcher).run()


def forget(work: Work, ledger: Ledger) -> int:
    """Give up what earlier runs left unfinished, with what is half written; how many files. Busy as run()."""
    pending = ledger.pending(work.flow)
    if not pending:
        return 0
    run = ledger.start(work.flow, source=work.origin, target=work.goal)
    for transfer in pending:
        if transfer.draft:
            with suppress(HaulierError):
                work.target.discard(transfer.draft)
    chains = {State.FAILED: (Signal.RETRY, Signal.CANCEL)}
    ledger.record(run, [Report(transfer.id, signal) for transfer in pending
                        for signal in chains.get(transfer.state, (Signal.CANCEL,))])
    ledger.finish(run, RunState.CANCELLED, Totals(), "earlier attempts were given up")
    return len(pending)


def plan(work: Work, ledger: Ledger | None) -> Iterator[Decision]:
    """What a run would do with each file of the source; changes nothing. No ledger: nothing was seen."""
    from ..engine.looking import plan_of
    for chunk in plan_of(work, ledger, SystemClock(), patient=False).decisions():
        yield from chunk


def drafts(store: Store, ledger: Ledger | None) -> Iterator[tuple[Entry, bool]]:
    """What interrupted transfers left, and whether one would go on with it; NotFound if there is no such folder."""
    needed = Needed(ledger.pending() if ledger else ())
    found = store.drafts()
    first = next(found, None)
    if first is None:
        next(store.folders(), None)
        return
    for left in chain((first,), found):
        yield left, left in needed
