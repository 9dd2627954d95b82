"""Batches of small blocks of text made larger: whoever stores or sends rows has less to do for each then."""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import accumulate, chain, pairwise

from ...model.errors import HaulierError
from ...model.record import Batch, joined

ENOUGH = 2000
"""Rows of a batch, about."""
MOST = 8 << 20
"""Bytes of a file that are held, about: rows may be long, and there may be none."""


def gathered(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The same in larger batches, of a parser whose batches last."""
    held: list[Batch] = []
    try:
        for batch in batches:
            held.append(batch)
            if (sum(len(one.rows) + len(one.rejects) for one in held) >= ENOUGH
                    or batch.after.offset - held[0].after.offset >= MOST):
                yield _one(held)
                held = []
    except HaulierError:        # what is before it is whole
        if held:
            yield _one(held)
        raise
    if held:
        yield _one(held)


def _one(parts: list[Batch]) -> Batch:
    if len(parts) == 1:
        return parts[0]
    starts = [0, *accumulate(len(part.rows) for part in parts)]

    def raw(at: int) -> str:
        place = bisect_right(starts, at) - 1
        return parts[place].raw(at - starts[place])
    return Batch([*chain.from_iterable(part.rows for part in parts)], _in_a_row([part.numbers for part in parts]),
                 _in_a_row([part.lines for part in parts]), parts[-1].after,
                 [*chain.from_iterable(part.rejects for part in parts)],
                 [*chain.from_iterable(part.checks for part in parts)],
                 [*chain.from_iterable(part.notices for part in parts)],
                 reduce(joined, (part.facts for part in parts), {}), raw)


def _in_a_row(parts: Sequence[Sequence[int]]) -> Sequence[int]:
    """As a range where they are one."""
    first, last = parts[0], parts[-1]
    if isinstance(first, range) and isinstance(last, range) and all(
            isinstance(one, range) and isinstance(other, range) and one.step == other.step == 1
            and one.stop == other.start for one, other in pairwise(parts)):
        return range(first.start, last.stop)
    return [*chain.from_iterable(parts)]
