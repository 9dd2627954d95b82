"""What a hub does by itself, and a worker does not: start what is due, look out for files, tell people, tidy up."""
from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from ..engine.alerting import Alerting, Views
from ..engine.deadlines import Deadlines
from ..engine.lookout import Lookout, Sight
from ..engine.tick import Tick
from ..ledger.books import Books
from ..model.run import Run
from ..ports import Clock
from ..settings.live import Live
from ..settings.starts import schedules
from .coming import Coming
from .standing import Standing
from .telling import Telling
from .tidying import Tidying

log = logging.getLogger("haulier.hub")


class Rounds:
    """Called again and again, it wants the runs that are due; what may take longer has threads of its own."""

    def __init__(self, live: Live, books: Books, clock: Clock, standing: Standing, runs: Path) -> None:
        coming = Coming(live, books.ledger, clock, lambda: standing().timezone)
        telling = Telling(live)
        self._tick = Tick(books.agenda, clock, lambda: schedules(live.workspace, standing().timezone), log.info,
                          lambda flow: told(live, flow))
        self._deadlines = Deadlines(books.arrivals, clock, coming.expected, coming.diagnose)
        self._tidy = Tidying(books.agenda, clock, lambda: standing().history.keep(), runs)
        self._lookout = Lookout(Sight(books.ledger, books.agenda, clock, coming.work), coming.watches)
        self._alerting = Alerting(Views(books.alerts, books.agenda, books.reader), clock, telling, telling.address)

    def __call__(self) -> Sequence[Run]:
        runs = self._tick()
        self._deadlines()
        self._tidy()
        return runs

    def start(self) -> None:
        """Once the engine carries."""
        self._lookout.start()
        self._alerting.start()

    def stop(self) -> None:
        """Before the engine stops."""
        self._lookout.stop()
        self._alerting.stop()
        self._deadlines.stop()


def told(live: Live, flow: str) -> str:
    """The parameters of runs that a schedule starts, as a run is wanted with them; its own schedule has none."""
    workspace = live.workspace
    own = any(one.name == flow and one.form.schedule for one in workspace.flows.flows)
    params = {} if own else workspace.entries.params(flow)
    return json.dumps(dict(params)) if params else ""
