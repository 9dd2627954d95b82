"""What workbooks hold is what openpyxl finds in them."""
from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from haulier.parsers.xlsx import Xlsx
from haulier.testing.parsers import taken

from .test_xlsx import GOOD, XML, repacked, shared

COLUMNS = 9
KINDS: list[Callable[[random.Random], Any]] = [
    lambda _: None,
    lambda chance: chance.randrange(-10**6, 10**12),
    lambda chance: round(chance.uniform(-10**6, 10**6), chance.randrange(6)),
    lambda chance: chance.uniform(0, 1) * 10.0 ** chance.randrange(-12, 20),
    lambda chance: chance.random() < 0.5,
    lambda chance: "".join(chance.choice("aÅ€😀<&>\"' \n1=") for _ in range(chance.randrange(1, 12))) + ".",
    lambda chance: dt.date(1905, 1, 1) + dt.timedelta(days=chance.randrange(60_000)),
    lambda chance: dt.datetime(1905, 1, 1) + dt.timedelta(seconds=chance.randrange(10**9)),
    lambda chance: dt.time(chance.randrange(24), chance.randrange(60), chance.randrange(60)),
    lambda chance: dt.timedelta(seconds=chance.randrange(10**6)),
    lambda chance: chance.choice(["#N/A", "#DIV/0!"]),
]


def made(chance: random.Random, *, is_1904: bool) -> bytes:
    """A workbook with values of all kinds, some of its cells merged."""
    book = openpyxl.Workbook()
    if is_1904:
        book.epoch = CALENDAR_MAC_1904
    for _ in range(60):
        book.active.append([chance.choice(KINDS)(chance) for _ in range(COLUMNS)])
    book.active.merge_cells("B2:D4")
    book.active.merge_cells("A10:A12")
    book.save(file := io.BytesIO())
    return file.getvalue()


def expected(value: Any) -> Any:
    """That value of openpyxl's as ours are."""
    if type(value) is float:
        return int(value) if value.is_integer() and abs(value) < 2**53 else Decimal(f"{value:.15g}")
    if type(value) is int and abs(value) >= 2**53:
        return Decimal(f"{float(value):.15g}")
    if type(value) is dt.datetime and value.time() == dt.time():
        return value.date()
    if type(value) is dt.timedelta:
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return value


def theirs(data: bytes) -> list[list[Any]]:
    """Rows that have values."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    found = [[expected(value) for value in row] for row in book.active.iter_rows(values_only=True, max_col=COLUMNS)]
    return [row for row in found if any(value is not None for value in row)]


def ours(data: bytes) -> list[list[Any]]:
    """The same, with the errors of rejected rows in them."""
    found = taken(Xlsx(header=0), data)
    assert not found.error
    rows = dict(zip(found.numbers, ([*row.values()] for row in found.rows), strict=True))
    return [row + [None] * (COLUMNS - len(row)) for _, row in sorted(rows.items())]


def has_error(row: list[Any]) -> bool:
    return any(type(value) is str and value.startswith("#") for value in row)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("is_1904", [False, True])
@pytest.mark.parametrize("are_shared", [False, True])
def test_values_are_those_of_openpyxl(seed: int, is_1904: bool, are_shared: bool) -> None:
    data = made(random.Random(seed), is_1904=is_1904)
    if are_shared:
        data = shared(data)
    wanted = theirs(data)
    good = [row for row in wanted if not has_error(row)]
    found = ours(data)
    assert found == good and len(good) > 15
    assert [[type(value) for value in row] for row in found] == [[type(value) for value in row] for row in good]
    assert len(taken(Xlsx(header=0), data).rejects) == len(wanted) - len(good) > 10


def test_values_of_formulas_are_those_of_openpyxl() -> None:
    cells = ('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>"x"&amp;"y"</f><v>x&amp;y</v></c>'
             '<c r="C1" t="b"><f>TRUE()</f><v>1</v></c><c r="D1"><f>1/3</f><v>0.33333333333333331</v></c>'
             '<c r="E1"><f t="shared" ref="E1:E2" si="0">A1*2</f><v>4</v></c><c r="F1"><f>Z9</f></c></row>'
             '<row r="3"><c r="E3"><f t="shared" si="0"/><v>1e-7</v></c></row>')
    data = repacked(GOOD, sheet=XML % cells)
    assert ours(data) == theirs(data) == [[2, "x&y", True, Decimal("0.333333333333333"), 4, *[None] * 4],
                                          [None] * 4 + [Decimal("1e-7")] + [None] * 4]
