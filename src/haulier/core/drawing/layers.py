"""A graph in layers, each task after all that it needs, with few lines that cross."""
from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...model.graph import Node
from ..graph import ordered

WAYS = 2000     # more than so many, and the longest lines go straight on behind the boxes
SWEEPS = 4


@dataclass(slots=True, eq=False)
class Item:
    """A box in a layer, or the way of a line through it, between the boxes."""

    id: str             # whose box, or whose line
    layer: int
    is_box: bool
    before: list[Item] = field(default_factory=list)
    after: list[Item] = field(default_factory=list)
    at: int = 0         # its place in the layer, from the top
    y: float = 0.0      # its middle


@dataclass(frozen=True, slots=True)
class Layers:
    """All items by layer, and what each line goes through, by its two tasks."""

    layers: list[list[Item]]
    lines: dict[tuple[str, str], list[Item]]


def layered(nodes: Sequence[Node]) -> Layers:
    """The layers of a graph, in an order that has few crossings; the same for the same graph."""
    boxes = _boxes(nodes)
    layers: list[list[Item]] = [[] for _ in range(1 + max((box.layer for box in boxes.values()), default=-1))]
    for node in nodes:
        layers[boxes[node.id].layer].append(boxes[node.id])
    lines = _lines(nodes, boxes, layers)
    _untangle(layers)
    return Layers(layers, lines)


def _boxes(nodes: Sequence[Node]) -> dict[str, Item]:
    boxes: dict[str, Item] = {}
    for node in ordered(nodes):
        needed = [boxes[need].layer for need in node.needs if need in boxes]
        boxes[node.id] = Item(node.id, 1 + max(needed, default=-1), True)
    return boxes


def _lines(nodes: Sequence[Node], boxes: dict[str, Item],
           layers: list[list[Item]]) -> dict[tuple[str, str], list[Item]]:
    """Lines from one box share their ways, as far as both go."""
    wanted = [(boxes[need], boxes[node.id]) for node in nodes for need in dict.fromkeys(node.needs) if need in boxes]
    lines: dict[tuple[str, str], list[Item]] = {}
    ways: dict[str, list[Item]] = {id: [box] for id, box in boxes.items()}
    left = WAYS
    for start, end in sorted(wanted, key=lambda line: line[1].layer - line[0].layer):
        way = ways[start.id]
        more = end.layer - start.layer - len(way)
        if more > left:
            lines[start.id, end.id] = [start, end]
            continue
        left -= max(0, more)
        for layer in range(start.layer + len(way), end.layer):
            way.append(Item(start.id, layer, False))
            layers[layer].append(way[-1])
            _link(way[-2], way[-1])
        through = way[:end.layer - start.layer]
        _link(through[-1], end)
        lines[start.id, end.id] = [*through, end]
    return {(start.id, end.id): lines[start.id, end.id] for start, end in wanted}


def _link(one: Item, other: Item) -> None:
    one.after.append(other)
    other.before.append(one)


def _untangle(layers: list[list[Item]]) -> None:
    """Puts each item near the middle of its neighbours, from left to right and back; the best of it stays."""
    _number(layers)
    best, least = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(2 * SWEEPS):
        if not least:
            break
        forwards = sweep % 2 == 0
        for layer in layers if forwards else reversed(layers):
            middles = {item: _middle(item, item.before if forwards else item.after) for item in layer}
            layer.sort(key=middles.__getitem__)
            _number([layer])
        found = _crossings(layers)
        if found < least:
            best, least = [list(layer) for layer in layers], found
    layers[:] = best
    _number(layers)


def _number(layers: list[list[Item]]) -> None:
    for layer in layers:
        for at, item in enumerate(layer):
            item.at = at


def _middle(item: Item, neighbours: list[Item]) -> float:
    return sum(one.at for one in neighbours) / len(neighbours) if neighbours else item.at


def _crossings(layers: list[list[Item]]) -> int:
    total = 0
    for layer in layers:
        ends: list[int] = []
        for item in layer:
            after = sorted(other.at for other in item.after)
            total += sum(len(ends) - bisect_right(ends, at) for at in after)
            for at in after:
                insort(ends, at)
    return total
