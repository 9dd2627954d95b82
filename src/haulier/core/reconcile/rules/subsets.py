"""Which of a few amounts make a sum."""
from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..policy import NOUGHT

Places = tuple[int, ...]


def subsets(amounts: Sequence[Decimal], total: Decimal, most: int) -> list[Places]:
    """Places of amounts whose sum is the total, the shortest first, at most so many. Each half is summed once."""
    middle = len(amounts) // 2
    left = _sums(amounts, range(middle))
    found: list[Places] = []
    for amount, many in _sums(amounts, range(middle, len(amounts))).items():
        for places in left.get(total - amount, ()):
            found += [places + others for others in many if places or others]
    return sorted(found, key=lambda places: (len(places), places))[:most]


def _sums(amounts: Sequence[Decimal], places: range) -> dict[Decimal, list[Places]]:
    sums: dict[Decimal, list[Places]] = {NOUGHT: [()]}
    for place in places:
        more = [(amount + amounts[place], (*some, place)) for amount, many in sums.items() for some in many]
        for amount, some in more:
            sums.setdefault(amount, []).append(some)
    return sums
