"""A flow drawn with characters, from left to right; a list where there is no room for that."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise
from typing import NamedTuple
from unicodedata import combining, east_asian_width

from ...model.graph import Graph, Node
from ...model.task import TaskState
from ...model.words import plain
from .layout import CAPTIONS, Box, Edge, Picture, Shape, laid_out
from .marks import COLOURS, MARKS

LINES = {"lr": "─", "ud": "│", "rd": "┌", "ld": "┐", "ru": "└", "lu": "┘", "rud": "├", "lud": "┤", "lrd": "┬",
         "lru": "┴", "lrud": "┼"}
AIRY = 20       # a drawing with empty lines between the tasks has at most so many
DEEPEST = 8     # what is further on in a list is indented no more

States = Mapping[str, TaskState]


class Piece(NamedTuple):
    """Some characters of one colour (`COLOURS`; empty: that of the terminal), and the task that they name."""

    text: str
    colour: str = ""
    task: str = ""


Line = tuple[Piece, ...]


def drawn(graph: Graph, states: States | None = None, *, width: int = 80) -> list[Line]:
    """The lines of a drawing, none wider than `width` if that can be."""
    picture = laid_out(graph, _shape(states, apart=1))
    if picture.height > AIRY:
        picture = laid_out(graph, _shape(states, apart=0))
    if picture.width > width or not all(edge.through for edge in picture.edges):
        return list(_listed(graph, states, width))
    return list(_painted(graph, picture, states))


def text(lines: list[Line]) -> str:
    """The drawing without colours."""
    return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in lines)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def _shape(states: States | None, *, apart: int) -> Shape:
    return Shape(width=lambda node: columns(_label(node, states)), height=1, apart=apart, aside=1, left=0, top=0,
                 caption=2 - apart, gap=lambda tracks: 5 + tracks if tracks else 3, track=lambda at: 2 + at)


def _label(node: Node, states: States | None) -> str:
    if states is None:
        return plain(node.id)
    return f"{MARKS[states.get(node.id, TaskState.QUEUED)].sign} {plain(node.id)}"


def _piece(node: Node, states: States | None) -> Piece:
    tone = MARKS[states.get(node.id, TaskState.QUEUED)].tone if states is not None else ""
    return Piece(_label(node, states), COLOURS.get(tone, ""), node.id)


def _painted(graph: Graph, picture: Picture, states: States | None) -> Iterator[Line]:
    cells: dict[int, dict[int, str]] = {}
    boxes = {box.id: box for box in picture.boxes}
    for edge in picture.edges:
        _paint(cells, edge)
    rows: dict[int, list[tuple[int, int, Piece]]] = {}
    for y, row in cells.items():
        rows[y] = [(x, 1, Piece(LINES.get(sides, sides), "bright_black")) for x, sides in row.items()]
    for node in graph.nodes:
        box: Box = boxes[node.id]
        rows.setdefault(box.y, []).append((box.x, box.w, _piece(node, states)))
    for caption in picture.captions:
        rows[caption.y] = [(caption.x, len(caption.text) + 1, Piece(caption.text + ":"))]
    for y in range(max(rows, default=-1) + 1):
        yield tuple(_joined(sorted(rows.get(y, []), key=lambda one: one[0])))


def _paint(cells: dict[int, dict[int, str]], edge: Edge) -> None:
    """Notes in each cell that the line touches to which sides it goes on."""
    first, *middle, last = edge.points
    points = [(first[0] + 1, first[1]), *middle, (last[0] - 2, last[1])]
    note = partial(_note, cells)
    for (x, y), (to, down) in pairwise(points):
        if x == to:
            for at in range(min(y, down), max(y, down)):
                note(x, at, "d")
                note(x, at + 1, "u")
        for at in range(x, to):
            note(at, y, "r")
            note(at + 1, y, "l")
    note(first[0] + 1, first[1], "l")
    cells[last[1]][last[0] - 2] = "→"


def _note(cells: dict[int, dict[int, str]], x: int, y: int, side: str) -> None:
    row = cells.setdefault(y, {})
    if row.get(x) != "→":
        row[x] = "".join(one for one in "lrud" if one in row.get(x, "") + side)


def _joined(pieces: list[tuple[int, int, Piece]]) -> Iterator[Piece]:
    """Pieces at their columns, and those of one colour beside each other as one."""
    at, line = 0, Piece("")
    for x, width, piece in pieces:
        if piece.task or line.task or x > at:
            if line.text:
                yield line
            line = Piece("", "" if piece.task else piece.colour)
        if x > at and piece.task:
            yield Piece(" " * (x - at))
            line = piece
        else:
            line = Piece(line.text + " " * (x - at) + piece.text, piece.colour, piece.task)
        at = x + width
    if line.text:
        yield line


def _listed(graph: Graph, states: States | None, width: int) -> Iterator[Line]:
    """A line for each task, by layers, and what it needs."""
    layers = {box.id: box.layer for box in laid_out(graph).boxes}
    for phase, caption in CAPTIONS.items():
        nodes = [node for node in graph.nodes if node.phase is phase]
        if nodes and caption:
            yield from ((), (Piece(f"{caption}:"),))
        for node in sorted(nodes, key=lambda node: layers[node.id]):
            indent, name = "  " * min(layers[node.id], DEEPEST), _piece(node, states)
            needs = f"  ← {', '.join(map(plain, node.needs))}" if node.needs else ""
            yield (Piece(indent), name, Piece(_clipped(needs, width - columns(indent + name.text)), "bright_black"))


def _clipped(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    while text and columns(text) >= width:
        text = text[:-1]
    return text + "…" if width > len("  ← …") else ""
