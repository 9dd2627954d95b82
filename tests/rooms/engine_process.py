"""An engine in a process of its own, to be killed, suspended or stopped by its number. Orders come as JSON.

It says `ready` when it carries, and stops when its standard input ends.
"""
from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import haulier
from haulier.engine.clock import SystemClock
from haulier.engine.course import carried
from haulier.engine.durable import durable
from haulier.engine.inline import inline
from haulier.engine.shop import Load, Shop
from haulier.engine.work import Work
from haulier.ledger.opening import open_books
from haulier.model.errors import HaulierError, Invalid, Unavailable
from haulier.model.files import Cap, Draft, Entry, Outcome
from haulier.model.flow import Action, Completion, Limits, Rules, Settle
from haulier.model.retry import Retry
from haulier.stores.local import Local

T = TypeVar("T")


class Logged(Local):
    """A folder that notes what is done in it, one line each, and takes its time for it.

    A kill can cut a line short where a page of the log ends: so each begins anew and has a mark at its end.
    """

    def __init__(self, root: str, note: Callable[[str, str], None], *, pace: float, far: bool, down: str) -> None:
        super().__init__(root)
        self.caps = Local.caps & ~(Cap.PULL | (Cap.NEAR if far else Cap.NONE))
        self.note, self._pace, self._down = note, pace, down
        self.part = 1 << 18

    def _paced(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            time.sleep(self._pace)
            yield item

    def connect(self) -> None:
        if self._down and os.path.exists(self._down):
            raise Unavailable("no route to host")

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        self.connect()
        self.note("begins", draft.path)
        yield from super().write(draft, self._paced(body))
        self.note("written", draft.path)

    def write_many(self, drafts: Iterable[tuple[Draft, bytes]]) -> Iterator[Outcome]:
        self.note("begins", "")
        for outcome in super().write_many(self._paced(drafts)):
            self.note("written", outcome.path)
            yield outcome

    def publish(self, draft: Draft) -> Entry:
        entry = super().publish(draft)
        self.note("published", draft.path)
        return entry

    def publish_many(self, drafts: Iterable[Draft]) -> Iterator[Outcome]:
        for draft in drafts:
            try:
                yield Outcome(draft.path, entry=self.publish(draft))
            except HaulierError as error:
                yield Outcome(draft.path, error)
        self.note("ends", "")


def main(order: dict[str, Any]) -> None:
    haulier.__version__ = order.get("version", haulier.__version__)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    @contextmanager
    def load(name: str) -> Iterator[Load]:
        flow = order["flows"].get(name)
        if flow is None:
            raise Invalid(f"there is no flow {name}")

        def note(what: str, path: str) -> None:
            os.write(log, f"\n{time.time():.6f}\t{os.getpid()}\t{name}\t{what}\t{path}\t.\n".encode())

        retry = Retry(**{"jitter": 0, **flow.get("retry", {})})
        rules = Rules(complete=Completion(settle_seconds=0), recursive=True, retry=retry,
                      settle=Settle(Action(flow.get("settle", "keep"))), limits=Limits(flow.get("lanes")))
        target = Logged(flow["target"], note, pace=flow.get("pace", 0), far=flow.get("far", False),
                        down=flow.get("down", ""))
        yield carried(Work(name, Local(flow["source"]), target, flow["source"], flow["target"], rules),
                      flow.get("connections", ()), flow.get("version", ""))

    with closing(open_books(order["ledger"], lease=order["lease"], absence=order["absence"])) as books:
        shop = Shop(books.ledger, books.agenda, SystemClock(), load, lambda: tuple(order["limits"]),
                    sharing=books.sharing)
        engine = durable(shop, order["engine"]) if order["engine"] else inline(shop)
        engine.start()
        print("ready", flush=True)
        sys.stdin.read()
        engine.stop()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
