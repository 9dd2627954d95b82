"""A flow in the language of Mermaid, for pages that draw it."""
from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...model.graph import Graph
from ...model.task import TaskState
from ...model.words import plain
from .layout import CAPTIONS
from .marks import MARKS
from .svg import LIGHT

SAFE = frozenset(" _.-/,+")


def mermaid(graph: Graph, states: Mapping[str, TaskState] | None = None) -> str:
    """The text of a flowchart from left to right."""
    return "\n".join((*_lines(graph, states), ""))


def _lines(graph: Graph, states: Mapping[str, TaskState] | None) -> Iterator[str]:
    names = {node.id: f"t{at}" for at, node in enumerate(graph.nodes, 1)}   # an id can be a word of the language
    yield "flowchart LR"
    for phase, caption in CAPTIONS.items():
        nodes = [node for node in graph.nodes if node.phase is phase]
        if nodes and caption:
            yield f'    subgraph {phase}["{escaped(caption)}"]'
        yield from (f'    {names[node.id]}["{escaped(node.id)}"]' for node in nodes)
        if nodes and caption:
            yield "    end"
    for node in graph.nodes:
        yield from (f"    {names[need]} --> {names[node.id]}" for need in node.needs if need in names)
    if states is not None:
        tones = {node.id: MARKS[states.get(node.id, TaskState.QUEUED)].tone for node in graph.nodes}
        for tone in dict.fromkeys(tones.values()):
            yield f"    classDef {tone} stroke:{LIGHT[tone]},color:{LIGHT[tone]}"
            yield f"    class {','.join(names[id] for id, one in tones.items() if one == tone)} {tone}"


def escaped(text: str) -> str:
    """What could end a label, or be markup in it, as its number."""
    return "".join(one if one.isalnum() or one in SAFE else f"#{ord(one)};" for one in plain(text))
