"""Doing a piece of work: told as it goes, stopped when asked, its end as an exit status."""
from __future__ import annotations

import gc
import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from .. import app
from ..engine.work import Work
from ..model.errors import HaulierError
from ..model.run import RunState
from . import failures
from .reporting import JsonReporter, Reporter
from .session import Session
from .stopping import Stopping, gently

if TYPE_CHECKING:
    from ..ports import Ledger


def carry(session: Session, work: Work, ledger: Ledger, *, quiet: bool, fail_empty: bool) -> int:
    """Run the work; the exit status."""
    with gently() as stopping:
        reporter = _reporter(session, stopping, quiet=quiet)
        # What is loaded by now stays until the end: no collection needs to look at it, and forked
        # lanes that never touch it share its memory with us.
        gc.freeze()
        try:
            with closing(reporter):
                result = app.run(work, ledger, reporter)
        except KeyboardInterrupt:
            reporter.sum_up(None, work.flow, RunState.CANCELLED)
            return failures.INTERRUPTED
        except HaulierError as error:
            failures.tell(error, session)
            return failures.SOME_FAILED if _has_begun(reporter) else failures.status_of(error)
    reporter.sum_up(result.run, work.flow, result.state)
    if result.state is not RunState.DONE:
        return failures.SOME_FAILED
    return failures.NOTHING_TO_DO if fail_empty and not result.progress.done else failures.DONE


def _has_begun(reporter: Reporter) -> bool:
    done = reporter.progress
    return bool(done.done or done.failed or done.moved)


def _reporter(session: Session, stopping: Stopping, *, quiet: bool) -> Reporter:
    if session.is_json:
        return JsonReporter(session, stopping, quiet=quiet)
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return Reporter(session, stopping, quiet=quiet)
    from .terminal import TerminalReporter
    return TerminalReporter(session, stopping, quiet=quiet)
