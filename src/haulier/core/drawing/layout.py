"""Where the boxes and lines of a flow's picture are, from left to right."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor

from ...model.graph import Graph, Node, Phase
from .heights import stacked
from .layers import Item, Layers, layered
from .tracks import tracked

CAPTIONS = {Phase.MAIN: "", Phase.ON_SUCCESS: "if all went well", Phase.ON_FAILURE: "if a task failed"}
Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """The measures of a picture."""

    width: Callable[[Node], int] = lambda node: 188
    height: int = 62
    apart: int = 26             # between two boxes of a layer
    aside: int = 14             # between a line and what is beside it
    left: int = 16
    top: int = 8
    caption: int = 40           # room for what is said above a part
    gap: Callable[[int], int] = lambda tracks: 30 + 10 * max(1, tracks)    # between two layers
    track: Callable[[int], int] = lambda at: 20 + 10 * at                  # where in the gap an upright piece is


PAGE = Shape()
"""As on the page of a flow, in pixels."""


@dataclass(frozen=True, slots=True)
class Box:
    """One task. `row` counts the boxes of its layer; x and y are the upper left corner."""

    id: str
    layer: int
    row: int
    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from a task to one that needs it, through points; each piece is upright or level."""

    start: str
    end: str
    points: tuple[Point, ...]
    through: bool = True        # false: it goes on behind other boxes


@dataclass(frozen=True, slots=True)
class Caption:
    """What is said above a part of the picture; x and y are where its text begins."""

    text: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it, with its size."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    captions: tuple[Caption, ...]
    width: int
    height: int


def laid_out(graph: Graph, shape: Shape = PAGE) -> Picture:
    """The picture of a flow: its tasks, below them those for success and for failure. Always the same."""
    boxes: list[Box] = []
    edges: list[Edge] = []
    captions: list[Caption] = []
    top = shape.top
    for phase in Phase:
        nodes = [node for node in graph.nodes if node.phase is phase]
        if not nodes:
            continue
        if CAPTIONS[phase]:
            captions.append(Caption(CAPTIONS[phase], shape.left, top + shape.caption // 2))
            top += shape.caption
        part = _Part(nodes, shape, top)
        boxes += part.boxes
        edges += part.edges()
        top = max(max(box.y for box in part.boxes) + shape.height, part.lowest) + shape.apart
    right = max((box.x + box.w for box in boxes), default=0)
    return Picture(tuple(boxes), tuple(edges), tuple(captions), right + shape.left,
                   top - shape.apart + shape.top if boxes else top)


class _Part:
    """The tasks of one phase."""

    def __init__(self, nodes: Sequence[Node], shape: Shape, top: int) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._shape = shape
        self._found: Layers = layered(nodes)
        self._raise_to(top)
        self._tracks = [tracked(layer) for layer in self._found.layers]
        self._widths = [max(shape.width(self._nodes[item.id]) for item in layer if item.is_box)
                        for layer in self._found.layers]
        self._lefts = list(self._places())
        self._boxes = {item.id: self._box(item, row) for layer in self._found.layers
                       for row, item in enumerate(one for one in layer if one.is_box)}
        self.boxes = [self._boxes[node.id] for node in nodes]
        self.lowest = int(max(item.y for layer in self._found.layers for item in layer))

    def edges(self) -> Iterator[Edge]:
        for (start, end), items in self._found.lines.items():
            through = items[-1].layer - items[0].layer == len(items) - 1
            yield Edge(start, end, self._points(items), through)

    def _raise_to(self, top: int) -> None:
        """Whole numbers, and the uppermost of it where the part begins."""
        layers, half = self._found.layers, self._shape.height // 2
        stacked(layers, self._apart)
        first = min(item.y - half * item.is_box for layer in layers for item in layer)
        for layer in layers:
            for item in layer:
                item.y = floor(item.y - first + 0.5) + top

    def _apart(self, one: Item, other: Item) -> float:
        if one.is_box and other.is_box:
            return self._shape.height + self._shape.apart
        return self._shape.aside + self._shape.height // 2 * (one.is_box + other.is_box)

    def _places(self) -> Iterator[int]:
        """Where each layer begins."""
        x = self._shape.left
        for width, (_, tracks) in zip(self._widths, self._tracks, strict=True):
            yield x
            x += width + self._shape.gap(tracks)

    def _box(self, item: Item, row: int) -> Box:
        return Box(item.id, item.layer, row, self._lefts[item.layer], int(item.y) - self._shape.height // 2,
                   self._shape.width(self._nodes[item.id]), self._shape.height)

    def _points(self, items: Sequence[Item]) -> tuple[Point, ...]:
        start, end = self._boxes[items[0].id], self._boxes[items[-1].id]
        points: list[Point] = [(start.x + start.w, int(items[0].y))]
        for one, other in pairwise(items):
            if one.y != other.y:
                x = self._upright(one)
                points += [(x, int(one.y)), (x, int(other.y))]
        return (*points, (end.x, int(items[-1].y)))

    def _upright(self, item: Item) -> int:
        track = self._tracks[item.layer][0].get(item, 0)
        return self._lefts[item.layer] + self._widths[item.layer] + self._shape.track(track)
