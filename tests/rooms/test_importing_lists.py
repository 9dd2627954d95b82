"""Payments told in lists to an API that knows lists by their keys, and no rows: each of them has one effect."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path

import pytest

from haulier.core.content import BytesContent
from haulier.core.importing.matching import Matching
from haulier.core.importing.order import Duplicates
from haulier.core.importing.posting import Outlet, Outlets
from haulier.core.importing.ways import PaymentWay
from haulier.core.reconcile.index import Index
from haulier.core.reconcile.policy import Rules
from haulier.ledger import books
from haulier.ledger.books import Books
from haulier.model.files import go_on
from haulier.model.intake import IntakeState
from haulier.model.match import OpenItem
from haulier.model.record import Row
from haulier.ports import Refusal
from haulier.testing.banks import Paid, bgmax, check_digit
from rooms.importing_sides import MOST, Died, Mortal, Shelf, incoming, order

REFS = [check_digit(str(10_000 + n)) for n in range(12)]
FILE = bgmax([*(Paid(Decimal(n + 1), ref, name=f"Payer {n}") for n, ref in enumerate(REFS)),
              *(Paid(Decimal(n + 100), "", texts=["utan nummer"], name=f"Nobody {n}") for n in range(4))])
LOCKED = {"inv3", "inv7"}


class Lists(Shelf):
    """The same list again has no second effect; the same row in another list has."""

    def __init__(self) -> None:
        super().__init__(is_final=True)
        self.times: Counter[Decimal] = Counter()
        self._known: set[tuple[str, ...]] = set()

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        self._refuses = lambda row: "locked" if row.get("invoice_id") in LOCKED else ""
        out = super().put(rows, keys)
        if tuple(keys) not in self._known:
            self._known.add(tuple(keys))
            self.times.update(row["amount"] for at, row in enumerate(rows) if at not in {one.at for one in out})
        return out


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Books]:
    with closing(books(f"sqlite:///{tmp_path}/ledger.db")) as found:
        yield found


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("page", [1000, 5])
def test_some_are_refused_and_it_dies_at_every_step(memory: Books, after: bool, page: int) -> None:
    """What is noted of those that were refused does not change the lists in which the others are told again."""
    matched, unmatched = Lists(), Lists()
    items = Index(OpenItem(f"inv{n}", (ref,), Decimal(n + 1), Decimal(n + 1), "SEK") for n, ref in enumerate(REFS))
    how, deaths = order("bgmax", duplicates=Duplicates.ROWS), 0
    for steps in range(1, 2 * MOST):
        life = [steps]
        sides = [Outlet(Mortal(side, life, after=after)) for side in (matched, unmatched)]
        book = Mortal(memory.imports, life, after=after)
        way = PaymentWay(how, Matching(items, Rules(), Outlets(*sides, page)), book)
        with suppress(Died):
            way.take(incoming(FILE, "in.bgm"), BytesContent(FILE, "in.bgm"), go_on)     # type: ignore[arg-type]
            way.before(0, go_on)
            break
        deaths += 1
    assert deaths > 8 and memory.imports.intakes(state=IntakeState.DONE)[0].money["SEK"].balances
    assert matched.times == Counter(Decimal(n + 1) for n in range(12) if n not in (3, 7))
    assert unmatched.times == Counter(map(Decimal, (4, 8, 100, 101, 102, 103)))
