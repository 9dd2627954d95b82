"""What the API asks of live stores and of the engine's rooms: plans, tests of connections, folders, logs."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..api.hub import Deciders, Folder, Known, Planned, Suggested, Tested, Tried
from ..core.plan import Decision, Verdict
from ..core.schedule import nanoseconds
from ..engine.graph.folders import RunFolder
from ..model.errors import HaulierError, Invalid, NotFound
from ..model.run import Run
from ..model.task import Key
from ..model.words import count
from ..ports import ImportBook, Ledger, TaskBook
from ..settings.jobs import Job
from ..settings.spec import ItemsSpec, StoreSpec
from ..settings.workspace import Workspace
from .backfilling import slots
from .deciding import deciders
from .doing import plan
from .keys import key_of
from .places import test_connection
from .telling import tested
from .works import job_work

if TYPE_CHECKING:
    from ..tasks.importing import ImportSpec
    from .shelf import Shelf

LOOKS = 100_000
"""A plan that somebody waits for looks at so many files at most."""
FIRST = (Verdict.MOVE, Verdict.FAIL, Verdict.WAIT, Verdict.SKIP)
SHOWN = 1000
"""Files and folders of one folder that are shown."""
MANY = 1000
"""test_connection() counts no further."""
PATIENCE = {"budget": 3.0, "timeout": 15.0}
"""Seconds that a person waits for open items, where a run would go on trying."""


class LiveTools:
    """The API's Tools, on the workspace as it is now. `runs` has the folders of runs."""

    def __init__(self, workspace: Callable[[], Workspace], ledger: Ledger, tasks: TaskBook, runs: Path) -> None:
        self._workspace, self._ledger, self._tasks, self._runs = workspace, ledger, tasks, runs
        self._shelf: Shelf | None = None

    def plan(self, job: Job, limit: int) -> Planned:
        """What a run of the job would do now; of the decisions, `limit` are kept: first those that it would act on."""
        counts = dict.fromkeys(Verdict, 0)
        kept: dict[Verdict, list[tuple[int, Decision, str | None]]] = {verdict: [] for verdict in FIRST}
        size = seen = 0
        with job_work(self._workspace(), job) as work:
            for decision in islice(plan(work, self._ledger), LOOKS + 1):
                seen += 1
                if seen > LOOKS:
                    break
                counts[decision.verdict] += 1
                size += decision.entry.size if decision.verdict is Verdict.MOVE else 0
                if len(same := kept[decision.verdict]) < limit:
                    same.append((seen, decision, None if work.steps else work.name_of(decision.entry.path)))
        chosen = sorted([one for same in kept.values() for one in same][:limit], key=lambda one: one[0])
        return Planned([one[1:] for one in chosen], counts, size, seen <= min(LOOKS, limit))

    def test(self, spec: StoreSpec) -> Tested:
        """Log in and look; a place that cannot be reached is an answer, and raises nothing."""
        started = time.monotonic()
        try:
            seen, is_there = test_connection(spec, self._workspace().env())
        except HaulierError as error:
            return Tested(False, str(error), time.monotonic() - started, None, type(error).__name__)
        took = time.monotonic() - started
        if not is_there:
            return Tested(True, "The login works; its folder is not there. "
                                "One that files go to is made with the first.", took, 0)
        more = "at least " if seen >= MANY else ""
        return Tested(True, f"The login works; {more}{count(seen, 'file')} in its folder.", took, seen)

    def alert(self, name: str) -> Tested:
        """Send a test message; that it cannot be sent is an answer. NotFound if there is no such channel."""
        error, seconds = tested(self._workspace(), name)
        return Tested(not error, error or "It was taken.", seconds, None)

    def browse(self, spec: StoreSpec, path: str) -> Folder:
        """What is in a folder of the place; NotFound if there is none."""
        with spec.build(self._workspace().env()) as store:
            folders = sorted(islice(store.folders(path), SHOWN + 1))
            files = sorted(islice(store.scan(path), SHOWN + 1), key=lambda entry: entry.path)
        return Folder(folders[:SHOWN], files[:SHOWN], max(len(folders), len(files)) <= SHOWN)

    def suggest(self, spec: StoreSpec, path: str, pattern: str) -> Suggested:
        """What reads that file; of a folder, the newest in it whose name matches. NotFound if there is none."""
        from .suggesting import suggested_at

        env = self._workspace().env()
        with spec.build(env) as store:
            return suggested_at(store, path, pattern, env)

    def tried(self, flow: str, book: ImportBook) -> Tried:
        """What a run of the import that is called so would do now; NotFound if there is none."""
        from .importing import import_of
        from .trying import Try

        workspace = self._workspace()
        spec, order = import_of(workspace, flow)
        return Try(workspace, _quick(spec), order, book).all()

    def key(self, text: str) -> Key:
        """The task that people call so; Invalid if it is no such name."""
        return key_of(text)

    def log(self, run: int, key: Key, number: int) -> Path:
        """Where the try of that number prints."""
        return RunFolder(self._runs, run).log(key, number)

    def slots(self, flow: str, first: str, last: str) -> list[int]:
        """The moments of a flow's schedule between two dates or times; Invalid if it has none, or they are too many."""
        try:
            return [nanoseconds(at) for at in slots(self._workspace(), flow, first, last)]
        except Invalid as error:
            raise Invalid(str(error).removeprefix("--").replace(" --to ", " to ")) from None

    @contextmanager
    def items(self, flow: str) -> Iterator[Known | None]:
        """The open items of an import; None if it is in no flow that can run, or matches no payments."""
        from .importing import import_of  # much, and not needed where nothing is imported
        from .shelf import Shelf

        workspace = self._workspace()
        try:
            spec, _ = import_of(workspace, flow.partition("[")[0])   # without which of a list it was
        except (NotFound, Invalid):
            yield None
            return
        if (form := spec.reconcile) is None:
            yield None
            return
        self._shelf = self._shelf or Shelf()
        with self._shelf.items(workspace, _quick(spec)) as items:
            yield Known(items, form.rest_to_item)

    def deciders(self, run: Run, key: Key) -> Deciders:
        """Who may answer that task; Invalid if it is none that asks."""
        return deciders(self._workspace(), self._tasks, run, key)


def _quick(spec: ImportSpec) -> ImportSpec:
    """The same, for somebody who waits."""
    if (form := spec.reconcile) is None:
        return spec
    return spec.model_copy(update={"reconcile": form.model_copy(update={"items": _hurried(form.items)})})


def _hurried(spec: ItemsSpec) -> ItemsSpec:
    return spec.model_copy(update={name: min(getattr(spec, name), most) for name, most in PATIENCE.items()
                                   if hasattr(spec, name)})
