"""Runs one flow to its end in this process, with the task book as its memory."""
from __future__ import annotations

from ...model.errors import HaulierError, LeaseLost
from ...model.graph import Keep
from ...model.progress import Progress
from ...model.run import OVER, Run, RunState
from ...model.schedule import Overlap
from ...ports import Clock, Ledger
from ..ends import LetGo, bug_in
from ..shop import Load
from ..terms import Terms
from ..trouble import Unstored
from ..work import Result, Watcher
from .board import Board
from .children import Children
from .folders import RunFolder
from .play import Play
from .site import GraphWork
from .stage import Stage
from .stint import Halt

UNTIDY = frozenset({RunState.CRASHED, RunState.CANCELLED})
"""Ends at which there may have been nobody who could end anything."""
LOOKED_AT = 50
"""Runs before this one: whether their process died, and left something. Others of them may be another machine's."""


class GraphCourse:
    """One run of one flow. A killed run is gone on with by running it again: what was done is not done again."""

    def __init__(self, ledger: Ledger, work: GraphWork, clock: Clock, watcher: Watcher | None = None,
                 terms: Terms | None = None) -> None:
        self._ledger, self._work, self._clock = ledger, work, clock
        self._watcher, self._terms = watcher or Watcher(), terms or Terms()
        self.progress = Progress()

    def run(self) -> Result:
        """Run to the end, or as far as the terms allow; Busy if another process is running this flow."""
        terms, graph = self._terms, self._work.graph
        how = terms.how._replace(alone=graph.overlap is not Overlap.PARALLEL)
        run = self._ledger.start(graph.flow, source="", target="", run=terms.run, how=how)
        try:
            self._bury(run)
            board, stage = self._prepared(run)
        except HaulierError as error:
            self._ledger.finish(run, RunState.FAILED, self.progress.totals, str(error))
            raise
        play = Play(run, stage, board, self._ledger, self._watcher, terms, self.progress)
        return self._played(run, play, stage)

    def _bury(self, run: Run) -> None:
        """What is left here of runs whose process died: programs, and the temporary folder. They are over, maybe as one
        of another machine went on with them."""
        site, keep = self._work.site, self._work.graph.keep
        keeps = keep is not Keep.NEVER
        for one in self._ledger.runs(run.flow, limit=LOOKED_AT):
            folder = RunFolder(site.runs, one.id)
            is_kept = keep is Keep.ALWAYS or (keeps and one.state is not RunState.DONE)     # though it ended well
            if one.state in OVER and (one.state in UNTIDY or not is_kept) and folder.tmp.is_dir():
                site.leftovers(one.id, "", folder.tmp)
                if not keeps and one.id != run.origin:
                    folder.clear()

    def _prepared(self, run: Run) -> tuple[Board, Stage]:
        """What an earlier turn, or the run that this one goes on from, came to is on the board."""
        board = Board(self._work.site.tasks, run)
        stage = Stage(self._work, run, board, self._clock)
        stage.begin(Children(run, self._work.site, self._ledger, self._clock, self._terms))
        return board, stage

    def _played(self, run: Run, play: Play, stage: Stage) -> Result:
        state, error, due = RunState.FAILED, "", None
        try:
            state, error, due = play.carry()
        except LetGo as let_go:
            state = let_go.state
            play.put_down(Halt.CANCEL if state is RunState.CANCELLED else Halt.STOP)
        except KeyboardInterrupt:
            state, error = RunState.CANCELLED, "interrupted"
            play.put_down(Halt.CANCEL)
            raise
        except (LeaseLost, Unstored):
            state = RunState.QUEUED
            play.abandon()
            raise
        except BaseException as bug:
            error = bug_in(bug)
            play.abandon()
            raise
        finally:
            self._ledger.finish(run, state, self.progress.totals, error, wakes=due)
            stage.end(state)
        return Result(run.id, state, self.progress, due)


def performed(work: GraphWork, version: str = "") -> Load:
    """The load of a flow."""
    def begin(ledger: Ledger, clock: Clock, watcher: Watcher | None, terms: Terms) -> GraphCourse:
        return GraphCourse(ledger, work, clock, watcher, terms)
    return Load(begin, (), version)
