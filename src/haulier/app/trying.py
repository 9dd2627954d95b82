"""What the next run of an import would do: the files that are there now are read to their end. Nothing is changed."""
from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..api.hub import Tried, TriedFile
from ..core.importing.account import Unfit, told_of
from ..core.importing.fetching import Fetched, fetched
from ..core.importing.listing import Watch
from ..core.importing.matching import trial
from ..core.importing.order import Order
from ..core.importing.taking import Rehearsal, rehearsed
from ..core.plan import Decision, Plan, Verdict
from ..model.errors import HaulierError, Malformed, Stopped, Transient
from ..ports import ImportBook, Items, Store
from ..settings.workspace import Workspace
from ..steps.scratch import scratch
from ..tasks.importing import ImportSpec, place_of, rules_of, steps_of
from .importing import content, items_of
from .places import store_at

FILES = 20
"""So many files are looked into for somebody who waits,"""
BYTES = 64 << 20
"""and so many bytes of them,"""
SECONDS = 25.0
"""for so long."""
LOOKS = 10_000
"""And so many are counted."""
_TOO_MUCH = "too much to read while you wait; haulier import check reads all of it"


class _Enough(Stopped):
    """The time is over."""


@dataclass(frozen=True, slots=True)
class Try:
    """An import, and what it would be run with."""

    workspace: Workspace
    spec: ImportSpec
    order: Order
    book: ImportBook

    def all(self) -> Tried:
        """Each file that would be taken or makes trouble; what could not be looked into has the reason."""
        counts, kept = dict.fromkeys(Verdict, 0), list[TriedFile]()
        with ExitStack() as stack:
            store = stack.enter_context(store_at(self.workspace, place_of(self.spec)))
            files = _Files(self, store, stack)
            for one in islice(self._decisions(store), LOOKS):
                counts[one.verdict] += 1
                if one.verdict is not Verdict.SKIP and len(kept) < FILES:
                    kept += files.of(one)
        found = sum(counts.values())
        return Tried(kept, counts, found < LOOKS and found - counts[Verdict.SKIP] <= FILES)

    def _decisions(self, store: Store) -> Iterator[Decision]:
        rules = rules_of(self.spec, self.spec.settle.settling())
        plan = Plan(store, store, rules, Watch(), lambda paths: self.book.seen(self.order.flow, paths))
        for decisions in plan.decisions():
            yield from decisions


class _Files:
    """Files of one try: all of them share the time and the bytes that there are."""

    def __init__(self, made: Try, store: Store, stack: ExitStack) -> None:
        self._try, self._store = made, store
        room = stack.enter_context(scratch())
        self._folder = room / "import"
        self._folder.mkdir()
        self._steps = steps_of(made.spec, made.workspace.env(scratch=room))
        self._items = stack.enter_context(items_of(made.workspace, made.spec)) if made.spec.reconcile else None
        self._left, self._end = BYTES, time.monotonic() + SECONDS

    def of(self, one: Decision) -> list[TriedFile]:
        """What would come of it; of an archive, of each file in it."""
        path, size = one.entry.path, one.entry.size
        if one.verdict is not Verdict.MOVE:
            return [TriedFile(path, size, one.verdict, one.reason)]
        self._left -= size
        if self._left < 0:
            return [TriedFile(path, size, Verdict.MOVE, _TOO_MUCH)]
        try:
            found = fetched(self._store, one.entry, self._steps, self._folder, self._check)
            return [self._looked(file) for file in found]
        except _Enough:
            return [TriedFile(path, size, Verdict.MOVE, _TOO_MUCH)]
        except Transient as error:      # a run would try again
            return [TriedFile(path, size, Verdict.WAIT, str(error))]
        except HaulierError as error:
            return [TriedFile(path, size, Verdict.FAIL, str(error))]

    def _looked(self, file: Fetched) -> TriedFile:
        made = self._try
        try:
            found = rehearsed(made.order, content(file), made.book, self._check)
        except Malformed as error:
            account = error.account if isinstance(error, Unfit) else None
            told = told_of(error).removeprefix(f"{file.name}: ")
            return TriedFile(file.name, file.size, Verdict.FAIL, told, Rehearsal(account=account) if account else None)
        return TriedFile(file.name, file.size, Verdict.MOVE, "", found, self._matched(self._items, file))

    def _matched(self, items: Items | None, file: Fetched) -> Mapping[str, Any] | None:
        form = self._try.spec.reconcile
        if items is None or form is None:
            return None
        return trial(self._try.order, items, form.rules(), content(file), self._check, self._try.book)

    def _check(self) -> None:
        if time.monotonic() > self._end:
            raise _Enough(_TOO_MUCH)
