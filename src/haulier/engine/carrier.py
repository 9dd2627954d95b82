"""Carries turns of runs. Everything about a run is in the ledger, so any process may carry the next one."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from ..model.errors import Busy, Cancelled, HaulierError, LeaseLost
from ..model.progress import Progress
from ..model.run import OVER, Run, RunState, Start, Trigger
from .ends import bug_in
from .sharing import Lender
from .shop import Load, Shop
from .slots import Slots
from .terms import Lending, Nobody, Terms
from .trouble import Trouble, Unstored
from .work import Result

log = logging.getLogger("haulier.engine")
BEAT = 1.0
"""Seconds between two signs of life of a run."""
PARK = 5.0
"""Seconds: a run whose files are all to be tried again later than that lets go until then."""
PATIENCE = 2.0
"""Seconds before what cannot be carried now is tried again."""


class Carrier:
    """One process's hands. `changed` is called when a run has let go."""

    def __init__(self, shop: Shop, slots: Slots, trouble: Trouble, changed: Callable[[], None]) -> None:
        self._shop = shop.apart()
        self._slots, self._trouble, self._changed = slots, trouble, changed
        self.under_way: dict[int, Progress] = {}
        self.stopping = threading.Event()

    def carry(self, number: int, turn: int) -> None:
        """Carry this turn of a run; afterwards it is over or in another turn, unless we are stopping."""
        said = ""
        while not self.stopping.is_set():
            try:
                run = self._shop.agenda.run(number)
                if run.turn != turn or run.state in OVER or run.state is RunState.PAUSED:
                    return
                self._carry(run)
            except Unstored as error:
                self._trouble.say(error)
            except (Busy, Cancelled, LeaseLost) as error:
                if said != str(error):
                    log.info("run %d: %s", number, error)
                said = str(error)
            self.stopping.wait(PATIENCE)

    def _carry(self, run: Run) -> None:
        if run.id in self.under_way:    # by a thread of ours that slept when another process took it over
            raise Busy(f"{run.flow}: an earlier turn is still being put down")
        why = ""
        try:
            self._carry_out(run)
        except (Busy, Cancelled, LeaseLost, Unstored):
            raise
        except HaulierError as error:
            why = str(error)
        except Exception as error:
            log.exception("run %d of %s ended by a bug", run.id, run.flow)
            why = bug_in(error)
        if why:
            log.warning("run %d of %s failed: %s", run.id, run.flow, why, extra={"flow": run.flow, "run": run.id})
            self._fail(run, why)

    def _carry_out(self, run: Run) -> None:
        shop = self._shop
        with shop.open(run.flow) as load, self._slots.gate(run, load.connections) as gate:
            terms = Terms(run.id, only_pending=_is_only_pending(run), gate=gate, park=PARK, may_fork=False,
                          beat=BEAT, bandwidth=shop.bandwidth(), stopping=self.stopping, asked=shop.agenda.asked,
                          gates=self._slots.gate,
                          lender=lambda begun: self._lending(begun, load))
            course = load.begin(shop.ledger, shop.clock, None, terms)
            self.under_way[run.id] = course.progress
            try:
                _log_end(run, course.run())
            finally:
                self.under_way.pop(run.id, None)
                self._changed()

    def _lending(self, run: Run, load: Load) -> Lending:
        """What a job itself is limited to, it would have once more in each process."""
        sharing, work = self._shop.sharing, load.work
        if sharing is None or work is None or work.rules.limits.lanes or work.rules.limits.bandwidth:
            return Nobody()
        return Lender(sharing, run, load.version, self._others)

    def _others(self) -> int:
        """How many processes there are beside this one."""
        return sum(not one.is_gone for one in self._shop.agenda.executors()) - 1

    def _fail(self, run: Run, why: str) -> None:
        """A run that could not begin, or whose end is not written yet, has failed."""
        with suppress(Cancelled):
            how = Start(alone=not self._shop.beside(run.flow))
            begun = self._shop.ledger.start(run.flow, source=run.source, target=run.target, run=run.id, how=how)
            self._shop.ledger.finish(begun, RunState.FAILED, begun.totals, why)


def _log_end(run: Run, result: Result) -> None:
    done = result.progress
    said = [f"{number} {word}" for number, word in ((done.done, "done"), (done.failed, "failed"),
                                                     (done.skipped, "skipped")) if number]
    log.log(logging.WARNING if done.failed else logging.INFO, "run %d of %s: %s%s", run.id, run.flow, result.state,
            f"; {', '.join(said)}" if said else "", extra={"flow": run.flow, "run": run.id})


def _is_only_pending(run: Run) -> bool:
    """Whether a run is about files that are known: those it waited for, or those that somebody wants again.

    One that waited because its source could not be listed has an error of its own, and begins anew.
    """
    return run.trigger is Trigger.RETRY or (run.wakes is not None and not run.error)
