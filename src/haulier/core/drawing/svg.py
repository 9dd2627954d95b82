"""A flow as an SVG file that stands alone: no script, nothing fetched, light or dark as the reader's system is."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from ...model.graph import Graph, Node
from ...model.task import OVER, TaskState
from ...model.words import plain
from .icons import KINDS, OTHER, STATES
from .layout import Box, Edge, Point, laid_out
from .marks import MARKS
from .terminal import columns

LIGHT = {"ground": "#f1f5f6", "surface": "#feffff", "text": "#18252c", "muted": "#525e64", "edge": "#7d8a8e",
         "ok": "#1d6c3b", "warn": "#8d5610", "bad": "#b82a2b", "running": "#235fb4", "idle": "#525e64"}
DARK = {"ground": "#0c1215", "surface": "#151c20", "text": "#e4eaeb", "muted": "#9da8ac", "edge": "#717e84",
        "ok": "#6ed797", "warn": "#f1bc64", "bad": "#fa918a", "running": "#80b9f7", "idle": "#a0abb0"}
STYLE = """
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;font-size:12px}
.name{font-size:13px;font-weight:600}.caption{font-size:13px}
.icon,.edge{fill:none;stroke-width:1.6}.edge{stroke-width:1.5}.live{stroke-dasharray:5 4}
"""
ROUND = 10      # of the corners of lines, at most
TIP = 7         # the length of an arrow's head
NAME = 17       # columns that a box has room for
WORD = 24

States = Mapping[str, TaskState]


def svg(graph: Graph, states: States | None = None) -> str:
    """The text of the file. With `states`, each task has its sign, word and colour."""
    picture = laid_out(graph)
    boxes = {box.id: box for box in picture.boxes}
    title = plain(graph.title or graph.flow)
    width, height = max(picture.width, 1), max(picture.height, 1)
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label={quoteattr(title)}>', f"<title>{escape(title)}</title>",
        f"<style>{STYLE}{_colours(LIGHT)}@media (prefers-color-scheme:dark){{{_colours(DARK)}}}</style>",
        f'<defs>{"".join(_tips())}</defs>', f'<rect class="ground" width="{width}" height="{height}"/>',
        *(_line(edge, states) for edge in picture.edges),
        *(f'<text class="caption" x="{one.x}" y="{one.y + 4}">{escape(one.text)}</text>' for one in picture.captions),
        *(_box(node, boxes[node.id], states) for node in graph.nodes), "</svg>", ""))


def _colours(colours: Mapping[str, str]) -> str:
    """Plain rules for each colour: not every viewer of SVG knows variables."""
    rules = [f'.ground{{fill:{colours["ground"]}}}.box{{fill:{colours["surface"]};stroke:{colours["edge"]}}}'
             f'.edge{{stroke:{colours["edge"]}}}.tip{{fill:{colours["edge"]}}}.name{{fill:{colours["text"]}}}'
             f'.icon{{stroke:{colours["muted"]}}}.word,.caption{{fill:{colours["muted"]}}}']
    for tone in ("ok", "warn", "bad", "running", "idle"):
        rules.append(f".{tone} .state{{stroke:{colours[tone]}}}.{tone} .word{{fill:{colours[tone]}}}")
        if tone != "idle":
            rules.append(f".{tone} .box{{stroke:{colours[tone]}}}")
    for name, tone in (("past", "ok"), ("live", "running")):
        rules.append(f".edge.{name}{{stroke:{colours[tone]}}}.tip.{name}{{fill:{colours[tone]}}}")
    return "".join(rules) + "\n"


def _tips() -> Iterator[str]:
    for name in ("", "past", "live"):
        yield (f'<marker id="tip{name}" viewBox="0 0 8 8" refX="1.5" refY="4" markerWidth="7" markerHeight="7"'
               f' orient="auto"><path class="tip {name}" d="M1 1l5.5 3L1 7z"/></marker>')


def _line(edge: Edge, states: States | None) -> str:
    start, end = ((states or {}).get(id, TaskState.QUEUED) for id in (edge.start, edge.end))
    name = "live" if end is TaskState.RUNNING else "past" if start is TaskState.DONE and end in OVER else ""
    return f'<path class="edge {name}" d="{path(edge.points)}" marker-end="url(#tip{name})"/>'


def path(points: tuple[Point, ...]) -> str:
    """A line with round corners, up to where its arrow's head begins."""
    *before, (x, y) = points
    corners = [*before, (x - TIP, y)]
    words = [f"M{corners[0][0]} {corners[0][1]}"]
    for (x0, y0), (x1, y1), (x2, y2) in zip(corners, corners[1:], corners[2:], strict=False):
        near = min(ROUND, (abs(x1 - x0) + abs(y1 - y0)) // 2, (abs(x2 - x1) + abs(y2 - y1)) // 2)
        words.append(f"L{x1 - near * _sign(x1 - x0)} {y1 - near * _sign(y1 - y0)}"
                     f"Q{x1} {y1} {x1 + near * _sign(x2 - x1)} {y1 + near * _sign(y2 - y1)}")
    return "".join(words) + f"L{corners[-1][0]} {corners[-1][1]}"


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _box(node: Node, box: Box, states: States | None) -> str:
    mark = MARKS[states.get(node.id, TaskState.QUEUED)] if states is not None else None
    name, word = plain(node.id), mark.word if mark else plain(node.description) or plain(node.type)
    about = ": ".join(filter(None, (name, word, plain(node.description) if mark else "")))
    sign = (f'<g class="icon state" transform="translate(14 36) scale(.94)">{STATES[mark.word.lower()]}</g>'
            if mark else "")
    return (f'<g class="{mark.tone if mark else ""}" transform="translate({box.x} {box.y})">'
            f"<title>{escape(about)}</title>"
            f'<rect class="box" width="{box.w}" height="{box.h}" rx="10"/>'
            f'<g class="icon" transform="translate(14 13)">{KINDS.get(node.type, OTHER)}</g>'
            f'<text class="name" x="38" y="26">{escape(_clipped(name, NAME))}</text>{sign}'
            f'<text class="word" x="38" y="48">{escape(_clipped(word, WORD))}</text></g>')


def _clipped(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    while columns(text) >= width:
        text = text[:-1]
    return text.rstrip() + "…"
