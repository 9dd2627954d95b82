"""Carries files that are nowhere, so that what is left is the engine and its bookkeeping: `rows.py FOLDER COUNT`

As a hub does it: the durable engine, its ledger and its queue in SQLite in that folder. The source lists so many empty
files, and the target takes them for nothing.
"""
from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from haulier.engine.clock import SystemClock
from haulier.engine.course import carried
from haulier.engine.durable import durable
from haulier.engine.shop import Load, Shop
from haulier.engine.work import Work
from haulier.ledger import books
from haulier.ledger.books import Books
from haulier.model.errors import NotFound
from haulier.model.files import Cap, Draft, Entry, Outcome, Stream, is_temporary
from haulier.model.flow import Rules
from haulier.model.run import OVER, RunState, Wanted
from haulier.ports import Engine, Store

LANES = 4       # as a distant server has
MODIFIED = 1_760_000_000_000_000_000


class Listed(Store):
    """A thousand empty files in each folder."""

    caps, lanes = Cap.MANY | Cap.MTIME, LANES

    def __init__(self, count: int) -> None:
        self._count = count

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        for number in range(self._count):
            yield Entry(f"d{number // 1000:04d}/f{number:07d}.bin", 0, MODIFIED)

    def stat(self, path: str) -> Entry:
        return Entry(path, 0, MODIFIED)

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        yield from ()

    def read_many(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        return (Outcome(entry.path) for entry in entries)

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        raise NotImplementedError

    def publish(self, draft: Draft) -> Entry:
        raise NotImplementedError

    def delete(self, path: str) -> None:
        raise NotImplementedError


class Nowhere(Listed):
    """A target that keeps nothing."""

    def __init__(self) -> None:
        super().__init__(0)

    def stat(self, path: str) -> Entry:
        if not is_temporary(path):
            raise NotFound(f"{path}: no such file")
        return super().stat(path)

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        yield draft._replace(offset=sum(map(len, body)))

    def write_many(self, drafts: Iterable[tuple[Draft, bytes]]) -> Iterator[Outcome]:
        return (Outcome(draft.path) for draft, _ in drafts)

    def publish(self, draft: Draft) -> Entry:
        return super().stat(draft.path)

    def publish_many(self, drafts: Iterable[Draft]) -> Iterator[Outcome]:
        return (Outcome(draft.path, entry=self.publish(draft)) for draft in drafts)

    def delete(self, path: str) -> None:
        raise NotFound(f"{path}: no such file")


def carry(folder: Path, count: int) -> None:
    rules = Rules(recursive=True)

    @contextmanager
    def load(flow: str) -> Iterator[Load]:
        yield carried(Work(flow, Listed(count), Nowhere(), "listed", "nowhere", rules))

    with closing(books(f"sqlite:///{folder}/ledger.db")) as kept:
        engine = durable(Shop(kept.ledger, kept.agenda, SystemClock(), load, lambda: (64, 64)),
                         f"sqlite:///{folder}/engine.db")
        engine.start()
        try:
            wait(engine, kept, count)
        finally:
            engine.stop()


def wait(engine: Engine, kept: Books, count: int) -> None:
    run = engine.submit(Wanted("rows"))
    assert run
    while kept.agenda.run(run.id).state not in OVER:
        time.sleep(0.2)
    run = kept.agenda.run(run.id)
    assert run.state is RunState.DONE and run.totals.done == count, run


if __name__ == "__main__":
    carry(Path(sys.argv[1]), int(sys.argv[2]))
