"""Small batches made larger: the same rows, with the same numbers, lines and texts."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from haulier.core.importing.gathering import ENOUGH, MOST, gathered
from haulier.model.errors import Malformed
from haulier.model.record import Batch, Check, Mark, Notice, Reject


def batch(first: int, size: int, *, lost: bool = False) -> Batch:
    """`lost`: its last row is a reject."""
    numbers = range(first, first + size)
    rejects = [Reject(numbers[-1], 0, ())] if lost else []
    rows = [{"n": number} for number in (numbers[:-1] if lost else numbers)]
    kept: Sequence[int] = [*numbers[:-1]] if lost else numbers
    return Batch(rows, kept, kept, Mark(numbers[-1], line=numbers[-1] + 1), rejects,
                 raw=lambda at: f"row {rows[at]['n']}")


def small() -> Iterator[Batch]:
    for first in range(1, 5 * ENOUGH, ENOUGH // 4):
        yield batch(first, ENOUGH // 4, lost=first > 3 * ENOUGH)


def test_larger_batches_with_the_same_rows() -> None:
    found = list(gathered(small()))
    assert [one.after for one in found] == [Mark(at * ENOUGH, line=at * ENOUGH + 1) for at in range(1, 6)]
    assert found[0].numbers == range(1, ENOUGH + 1) and isinstance(found[0].lines, range)
    for one in found:
        assert [row["n"] for row in one.rows] == [*one.numbers] == [*one.lines]
        assert [one.raw(at) for at in range(len(one.rows))] == [f"row {number}" for number in one.numbers]
    assert sum(len(one.rows) + len(one.rejects) for one in found) == 5 * ENOUGH
    assert [one.number for one in found[3].rejects] == [3 * ENOUGH + at * ENOUGH // 4 for at in range(1, 5)]


def test_large_ones_stay_and_nothing_stays_nothing() -> None:
    large = batch(1, ENOUGH)
    assert [*gathered([large])] == [large] and [*gathered([])] == []


def test_what_batches_say_of_the_file_is_told_once() -> None:
    one, two, three = batch(1, 1), batch(2, 1), batch(3, 1)
    one.facts, two.facts, three.facts = {"days": [1], "to": 1}, {}, {"days": [2], "to": 3}
    one.checks, three.checks = [Check("count", 1, 1)], [Check("count", 2, 2)]
    two.notices = [Notice("odd", "it is odd")]
    found, = gathered([one, two, three])
    assert found.facts == {"days": [1, 2], "to": 3}
    assert [check.said for check in found.checks] == [1, 2] and [notice.code for notice in found.notices] == ["odd"]


def test_what_is_held_is_bounded_where_there_are_few_rows() -> None:
    few = [Batch([], [], [], Mark(0, at * MOST // 4)) for at in range(1, 21)]
    assert [one.after.offset * 4 // MOST for one in gathered(few)] == [5, 10, 15, 20]


def test_what_is_before_an_error_comes_before_it() -> None:
    numbers = []
    with pytest.raises(Malformed, match="it ends there"):
        for one in gathered(_few()):
            numbers += one.numbers
    assert numbers == [1, 2, 3, 4, 5]


def _few() -> Iterator[Batch]:
    yield batch(1, 3)
    yield batch(4, 2)
    raise Malformed("it ends there")
