"""A run of an import in a process of its own, beside others: CSV files of a folder, into a file that only grows.

It says `put` when its first rows have come, and waits for a line then; at its end it says what came of it, as JSON.
"""
from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from haulier.core.importing.order import Duplicates, Order
from haulier.core.importing.round import Ground, Walk
from haulier.core.importing.settling import After, Settling
from haulier.core.importing.ways import SinkWay
from haulier.ledger import books
from haulier.model.column import Column, Type
from haulier.model.files import go_on
from haulier.model.record import Row
from haulier.model.run import RunState, Start, Totals
from haulier.ports import FileKey, Refusal, Sink
from haulier.settings import registry
from haulier.settings.spec import Env
from haulier.stores.local import Local


class Growing(Sink):
    """A line for each row that had not come before, in a file of this process alone."""

    is_final = True

    def __init__(self, file: Path, wait: Callable[[], None]) -> None:
        self._file, self._wait = file, wait

    def begin(self, file: FileKey, check: Callable[[], None] = go_on) -> bool:
        return False

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        self._wait()
        with self._file.open("a") as out:
            out.writelines(f"{key} {row['id']}\n" for row, key in zip(rows, keys, strict=True))
        return ()

    def commit(self) -> None:
        pass

    def abort(self) -> None:
        pass


def main(url: str, place: str, out: str, waits: str) -> None:
    waited = [waits == "waits"]

    def wait() -> None:
        if waited[0]:
            waited[0] = False
            print("put", flush=True)
            sys.stdin.readline()

    said: list[str] = []
    with closing(books(url)) as kept, Local(place) as store:
        run = kept.ledger.start("nightly", source="", target="", how=Start(alone=False))
        parser = registry.parser("csv").model_validate({"type": "csv"}).build(Env())
        order = Order("nightly/take", parser, (Column("id", Type.INTEGER),), duplicates=Duplicates.ROWS,
                      parser_name="csv", version="1")
        way = SinkWay(order, Growing(Path(out), wait), kept.imports)
        ground = Ground(store, "file:///in", Path(out).with_suffix(".work"),
                        settling=Settling(After.ARCHIVE, "archive"))
        done = Walk(way, ground, kept.imports, run.id, said.append).all(store.scan())
        kept.ledger.finish(run, RunState.DONE, Totals())
    print(json.dumps({**done.outputs(), "said": said, "run": run.id}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
