"""Where the parts meet: settings become live stores and steps, and the engine runs them."""
from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from .core.archive import Archive
from .core.leftover import Needed
from .core.plan import Decision, Plan
from .core.within import Within
from .engine.clock import SystemClock
from .engine.inline import Inline
from .engine.work import Result, Watcher, Work
from .model.errors import HaulierError, Invalid, IsFolder, NotFound
from .model.files import Entry
from .model.flow import Action, Completion, Dedup, Filters, Rules
from .model.retry import Retry
from .model.run import Report, RunState, Totals
from .model.transfer import Signal, State
from .ports import Ledger, Store
from .settings.connections import is_inside, is_near
from .settings.jobs import Job
from .settings.places import Place, place
from .settings.spec import Env, StepSpec, StoreSpec
from .settings.workspace import Workspace, find
from .steps.scratch import scratch

ONE_SHOT = Retry(base=0.5, cap=5.0, tries=4)
"""A command that somebody waits for does not try for days; the next run goes on."""

COPY_RULES = Rules(dedup=Dedup.TARGET, filters=Filters(hidden=True, temp_suffixes=()),
                   complete=Completion(settle_seconds=0), recursive=True, retry=ONE_SHOT)
"""`haulier copy` takes what it is told to take: everything, now."""


def workspace_at(folder: str | None = None) -> Workspace:
    """The workspace at `folder`, or the one that the current folder is in; Invalid if there is none."""
    if folder is not None:
        if find(folder) is None:
            raise Invalid(f"{folder}: not a workspace; make one with: haulier init {folder}")
        return Workspace(folder)
    found = find()
    if found is None:
        raise Invalid("this folder is in no workspace; make one with: haulier init, or name one with --workspace")
    return found


def default_ledger() -> str:
    """The ledger of copies made outside a workspace: HAULIER_LEDGER, or one in the user's state folder."""
    return os.environ.get("HAULIER_LEDGER") or f"sqlite:///{state_folder()}/ledger.db"


def state_folder() -> str:
    """Where this user's ledger and reports of bugs are."""
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(state, "haulier")


def open_ledger(workspace: Workspace | None) -> Ledger:
    """The memory of the workspace, or of this user."""
    from . import ledger
    return ledger.open(workspace.ledger_url() if workspace else default_ledger())


def past(workspace: Workspace | None) -> Ledger | None:
    """The same; None, with no file made, if nothing has happened yet."""
    url = workspace.ledger_url() if workspace else default_ledger()
    path = url.removeprefix("sqlite:///").partition("?")[0]
    return None if path != url and not os.path.exists(path) else open_ledger(workspace)


@contextmanager
def job_work(workspace: Workspace, job: Job, *, retry: Retry | None = ONE_SHOT) -> Iterator[Work]:
    """A job's work, its stores open; `retry` instead of the job's own."""
    rules = job.rules()
    with ExitStack() as stack:
        env = workspace.env(job.id, stack.enter_context(scratch()))
        source, target = opening(job.source, env, stack), opening(job.target, env, stack)
        yield Work(
            job.id, source, target, job.source.location(), job.target.location(),
            rules if retry is None else replace(rules, retry=retry),
            tuple(step.build(env) for step in job.steps),
            _archive(rules, job.source, source, env, stack))


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """What `haulier copy` was asked to do."""

    source: str
    target: str
    rules: Rules = COPY_RULES
    steps: Sequence[StepSpec] = field(default_factory=tuple)
    folder: Path = field(default_factory=Path.cwd)
    """What relative paths hang from."""


@contextmanager
def copy_work(workspace: Workspace | None, order: CopyOrder) -> Iterator[Work]:
    """The work of one copy, its stores open; NotFound if there is nothing at the source."""
    around = workspace or Workspace(order.folder)
    from_place = place(order.source, around.connections, around.secrets, order.folder)
    to_place = place(order.target, around.connections, around.secrets, order.folder)
    flow = "copy-" + hashlib.sha256(f"{from_place}\0{to_place}".encode()).hexdigest()[:12]
    with ExitStack() as stack:
        env = around.env(flow, stack.enter_context(scratch()))
        opened = Opened(env, stack)
        source, entry = opened.source(from_place)
        if entry is None and order.rules.recursive and is_inside(to_place.spec, from_place.spec, order.folder):
            raise Invalid(f"{to_place} is inside {from_place}, which would be copied into itself;"
                          " name another place, or copy without the folders in it: --no-recursive")
        target, name_of = opened.target(to_place, entry)
        rules = order.rules
        if order.steps:  # the target's names and sizes are not the source's: nothing to compare
            rules = replace(rules, dedup=Dedup.OFF)
        yield Work(flow, source, target, str(from_place), str(to_place), rules,
                   tuple(step.build(env) for step in order.steps),
                   only=None if entry is None else [entry], name_of=name_of)


@contextmanager
def opened(workspace: Workspace | None, text: str, folder: Path) -> Iterator[tuple[Store, Entry | None]]:
    """The place that somebody typed: its store, and the one file in it that is meant, if it is one."""
    around = workspace or Workspace(folder)
    with ExitStack() as stack:
        yield Opened(around.env(), stack).source(place(text, around.connections, around.secrets, folder))


@contextmanager
def folder_at(workspace: Workspace | None, text: str, folder: Path) -> Iterator[Store]:
    """The store of the folder that somebody typed, whether it is there or not."""
    around = workspace or Workspace(folder)
    with ExitStack() as stack:
        yield opening(place(text, around.connections, around.secrets, folder).spec, around.env(), stack)


def opening(spec: StoreSpec, env: Env, stack: ExitStack) -> Store:
    """The live store, closed with the stack. A far one logs in while other things are made ready."""
    store = stack.enter_context(spec.build(env))
    if not is_near(spec):
        threading.Thread(target=lambda: store.caps, name="login", daemon=True).start()
    return store


@dataclass(frozen=True, slots=True)
class Opened:
    """Stores for places that a person typed: whether a file or a folder is meant is found out."""

    env: Env
    stack: ExitStack

    def source(self, place: Place) -> tuple[Store, Entry | None]:
        """The store, and the one file in it that is meant (None: all of it); NotFound if there is none."""
        try:
            spec, name = place.parent()
        except Invalid:  # the top of a store is a folder
            return opening(place.spec, self.env, self.stack), None
        above = opening(spec, self.env, self.stack)
        if not is_near(spec):
            from . import ledger
            ledger.load()   # takes about as long as logging in, which goes on meanwhile
        entry = _file(above, name, place)
        if entry is not None or not is_near(spec):
            return (above, entry) if entry else (Within(above, name), None)
        return opening(place.spec, self.env, self.stack), None

    def target(self, place: Place, entry: Entry | None) -> tuple[Store, Callable[[str], str]]:
        """The store, and the name there for a path of the source."""
        if entry is not None and not place.is_folder:
            spec, name = place.parent()
            above = opening(spec, self.env, self.stack)
            if not _is_folder(above, name):
                return above, lambda _: name
            if not is_near(spec):
                return Within(above, name), str
        return opening(place.spec, self.env, self.stack), str


def _file(above: Store, name: str, place: Place) -> Entry | None:
    """The file of that name; None if a folder is meant; NotFound if there is neither."""
    try:
        entry = above.stat(name)
        if not place.is_folder:
            return entry
    except IsFolder:
        return None
    except NotFound:
        pass
    if next(iter(above.scan(name, deep=True)), None) is None:
        raise NotFound(f"{place}: no such {'folder' if place.is_folder else 'file or folder'}")
    return None


def _is_folder(store: Store, name: str) -> bool:
    try:
        store.stat(name)
    except IsFolder:
        return True
    except NotFound:
        return False
    return False


def run(work: Work, ledger: Ledger, watcher: Watcher | None = None) -> Result:
    """Do the work, to its end."""
    return Inline(ledger, work, SystemClock(), watcher).run()


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
    decisions = Plan(work.source, work.target, work.rules, SystemClock(),
                     lambda paths: ledger.seen(work.flow, paths) if ledger else {},
                     has_steps=bool(work.steps),
                     name_of=work.name_of, prefix=work.prefix, only=work.only, patient=False)
    for chunk in decisions.decisions():
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


def test_connection(spec: StoreSpec, env: Env) -> tuple[int, bool]:
    """Log in and look at the folder: how many files there are, 1000 at most, and whether it is there."""
    with spec.build(env) as store:
        seen = sum(1 for _ in islice(store.scan(), 1000))
        return seen, bool(seen) or _is_there(store)


def _is_there(store: Store) -> bool:
    try:
        next(store.folders(), None)
    except NotFound:
        return False
    return True


def _archive(rules: Rules, spec: StoreSpec, source: Store, env: Env, stack: ExitStack) -> Archive | None:
    rule = rules.settle
    if rule.action is not Action.ARCHIVE:
        return None
    if rule.folder:
        return Archive(source, rule.folder, rule.folder, prefix="")
    from .stores.local import Local
    if not is_near(spec):
        return Archive(stack.enter_context(Local(rule.location)), "", rule.location)
    root, location = os.path.realpath(env.home / spec.path), os.path.realpath(rule.location)
    above = os.path.commonpath([root, os.path.dirname(location)])
    prefix = "" if root == above else os.path.relpath(root, above)
    store = stack.enter_context(Local(above))
    return Archive(store, os.path.relpath(location, above), rule.location, prefix)
