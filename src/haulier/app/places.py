"""Settings become live stores, and what a person typed becomes a folder or a file."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ..core.within import Within
from ..model.errors import Invalid, IsFolder, NotFound
from ..model.files import Entry
from ..ports import Store
from ..settings.connections import is_near
from ..settings.places import Place, place
from ..settings.spec import Env, StoreSpec
from ..settings.workspace import Workspace
from ..steps.scratch import scratch


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


@contextmanager
def store_at(workspace: Workspace, where: Mapping[str, Any] | str) -> Iterator[Store]:
    """The files at a place as jobs and commands name it."""
    with ExitStack() as stack:
        spec = (place(where, workspace.connections, workspace.secrets, workspace.path).spec if isinstance(where, str)
                else workspace.connections.described(where))
        yield opening(spec, workspace.env(scratch=stack.enter_context(scratch())), stack)


def opening(spec: StoreSpec, env: Env, stack: ExitStack, *, ahead: bool = True) -> Store:
    """The live store, closed with the stack. With `ahead` a far one logs in while other things are made ready."""
    store = stack.enter_context(spec.build(env))
    if ahead and not is_near(spec):
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
            from .. import ledger
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
