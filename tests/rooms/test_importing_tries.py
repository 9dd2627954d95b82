"""A round of an import in several tries of one run: what an earlier one came to is told by the last."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from haulier.core.importing.order import Policy
from haulier.core.importing.round import Ground, Round, Walk
from haulier.core.importing.settling import After, Settling, settle
from haulier.core.importing.ways import SinkWay
from haulier.ledger import books
from haulier.ledger.books import Books
from haulier.model.column import Column, Type
from haulier.model.errors import Malformed, Unavailable
from haulier.model.files import Entry
from haulier.model.intake import Intake
from haulier.model.record import Row
from haulier.model.run import Start
from haulier.ports import Refusal, Store
from haulier.stores.local import Local
from rooms.importing_sides import Died, Shelf, order

RULE = Settling(After.ARCHIVE, "archive", "errors")
COLUMNS = (Column("id", Type.INTEGER, required=True),)


@dataclass
class Away(Shelf):
    """An API that does not take this row now."""

    row: int = 0

    def __post_init__(self) -> None:
        super().__init__(is_final=True)

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        if any(row["id"] == self.row for row in rows):
            raise Unavailable("the API is down")
        return super().put(rows, keys)


@dataclass
class Place:
    """Files for a run, which may be tried several times."""

    books: Books
    folder: Path
    shelf: Away = field(default_factory=Away)
    settle: Callable[[Store, Entry, Sequence[Intake]], str] = lambda store, entry, intakes: settle(
        RULE, store, entry, [*intakes])
    run: int = 0

    def __post_init__(self) -> None:
        (self.folder / "in").mkdir()
        self.run = self.books.ledger.start("nightly", source="", target="", how=Start(alone=False)).id

    def put(self, name: str, *ids: int | str) -> None:
        path = self.folder / "in" / name
        path.write_text("".join(f"{id}\n" for id in ("id", *ids)))
        os.utime(path, (int(name[0]), int(name[0])))

    def tried(self) -> Round:
        how = order("csv", columns=COLUMNS, policy=Policy(first=0, most=0))
        with Local(str(self.folder / "in")) as store:
            ground = Ground(store, "inbox", self.folder / "work", settling=RULE,
                            settle=lambda entry, intakes: self.settle(store, entry, intakes))
            return Walk(SinkWay(how, self.shelf, self.books.imports), ground, self.books.imports, self.run,
                        [].append).all([*store.scan()])

    @property
    def names(self) -> set[str]:
        return {str(path.relative_to(self.folder / "in")) for path in self.folder.glob("in/**/*") if path.is_file()}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with closing(books(f"sqlite:///{tmp_path}/ledger.db")) as found:
        yield Place(found, tmp_path)


def test_a_file_that_was_refused_before_the_api_was_away_is_told_of(place: Place) -> None:
    """It is put aside, so that the next try does not see it: the run had ended well, and nobody had heard of it."""
    place.put("1.csv", "x")
    place.put("2.csv", 2)
    place.shelf.row = 2
    with pytest.raises(Unavailable):
        place.tried()
    assert place.names == {"2.csv", "errors/1.csv", "errors/1.csv.report.json"}
    place.shelf.row = 0
    with pytest.raises(Malformed, match=r"1 file of 2 refused: 1\.csv"):
        place.tried()
    assert place.shelf.effects == 1 and "archive/2.csv" in place.names


def test_outputs_are_those_of_all_tries(place: Place) -> None:
    for name, ids in {"1.csv": (1, 10), "2.csv": (2,), "3.csv": (3, 30)}.items():
        place.put(name, *ids)
    for place.shelf.row in (2, 3):
        with pytest.raises(Unavailable):
            place.tried()
    place.shelf.row = 0
    told = place.tried().outputs()
    assert {name: told[name] for name in ("files", "files_done", "rows", "accepted", "intakes")} == {
        "files": 3, "files_done": 3, "rows": 5, "accepted": 5, "intakes": [1, 2, 3]}
    place.run = place.books.ledger.start("nightly", source="", target="", how=Start(alone=False)).id
    assert place.tried().outputs()["files"] == 0, "that was another run"


def test_a_file_that_only_had_to_be_settled_counts_once(place: Place) -> None:
    def dies(*_: Any) -> str:
        raise Died

    place.put("1.csv", 1)
    place.settle, alive = dies, place.settle
    with pytest.raises(Died):
        place.tried()
    place.put("2.csv", 1)       # the same bytes under another name are another file
    place.settle = alive
    told = place.tried().outputs()
    assert {name: told[name] for name in ("files", "files_done", "files_duplicate", "accepted")} == {
        "files": 2, "files_done": 1, "files_duplicate": 1, "accepted": 1}
    assert place.names == {"archive/1.csv", "archive/2.csv"} and place.shelf.effects == 1


def test_what_came_in_the_place_of_a_file_that_was_no_good_has_its_turn(place: Place) -> None:
    """Its sender has put it right while it was read: that is no file to be put aside unread."""
    def comes(store: Store, entry: Entry, intakes: Sequence[Intake]) -> str:
        place.put("1.csv", 1, 2)
        return settle(RULE, store, entry, [*intakes])

    place.put("1.csv", "x")
    place.settle, alone = comes, place.settle
    with pytest.raises(Malformed):
        place.tried()
    assert place.names == {"1.csv"}
    place.settle, place.run = alone, place.books.ledger.start("nightly", source="", target="",
                                                              how=Start(alone=False)).id
    assert place.tried().outputs()["accepted"] == 2 and place.names == {"archive/1.csv"}
