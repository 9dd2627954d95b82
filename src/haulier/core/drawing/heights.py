"""How high everything in a picture is: near what it is connected to, and nothing on top of another."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from .layers import Item

Apart = Callable[[Item, Item], float]
ROUNDS = 3
STEADY = 8.0    # what a box that is where it should be weighs beside a line that wants to be straight


def stacked(layers: Sequence[Sequence[Item]], apart: Apart) -> None:
    """Gives each item its `y`; `apart` says how far two that follow each other must be, middle to middle."""
    for layer in layers:
        _settle(layer, apart, [0.0] * len(layer))
    for _ in range(ROUNDS):
        for layer in layers:
            _settle(layer, apart, [_wish(item, item.before) for item in layer])
        for layer in reversed(layers):
            _settle(layer, apart, [_wish(item, item.after) for item in layer])
    for layer in layers:    # at last: boxes in the middle of both sides, and lines that go straight on
        _settle(layer, apart, [_wish(item, item.before + item.after if item.is_box else item.before)
                               for item in layer])
    for layer in layers:
        _settle(layer, apart, [item.y if item.is_box else item.before[0].y for item in layer],
                [STEADY if item.is_box else 1.0 for item in layer])
    for layer in reversed(layers):
        _settle(layer, apart, [item.after[0].y if _leads_to_a_line(item) else item.y for item in layer],
                [1.0 if _leads_to_a_line(item) else STEADY for item in layer])


def _leads_to_a_line(item: Item) -> bool:
    return len(item.after) == 1 and not item.after[0].is_box


def _wish(item: Item, neighbours: Sequence[Item]) -> float:
    return sum([one.y for one in neighbours]) / len(neighbours) if neighbours else item.y


def _settle(layer: Sequence[Item], apart: Apart, wishes: Sequence[float], weights: Sequence[float] = ()) -> None:
    """As near to the wishes as can be (least squares): items that would overlap move as one block."""
    offsets = [0.0]
    for one, other in pairwise(layer):
        offsets.append(offsets[-1] + apart(one, other))
    blocks: list[tuple[float, float, int]] = []     # where, its weight, how many items
    for at, wish in enumerate(wishes):
        where, weight, size = wish - offsets[at], weights[at] if weights else 1.0, 1
        while blocks and blocks[-1][0] > where:
            above, heavy, many = blocks.pop()
            where, weight, size = (above * heavy + where * weight) / (heavy + weight), heavy + weight, size + many
        blocks.append((where, weight, size))
    at = 0
    for where, _, size in blocks:
        for _ in range(size):
            layer[at].y = where + offsets[at]
            at += 1
