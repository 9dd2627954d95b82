"""Settings whose shape depends on what a parameter is, which a script cannot follow."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...model.graph import Graph, Kind, Node
from ..template import ROOTS, filled, reference, references
from .words import Untold

_WHOLE = re.compile(r"\$\{([^{}]*)\}")


def items(graph: Graph, node: Node) -> Sequence[Any]:
    """What the task is done for, each; Untold unless that is a list which says it all."""
    names = {*ROOTS, *(param.name for param in graph.params)}
    if not isinstance(node.foreach, list | tuple):
        raise Untold("foreach over what is only known when it runs")
    if any(graph.takes_any or found.root in names for _, found in references(node.foreach)):
        raise Untold("foreach with ${…} in its list")
    found: Sequence[Any] = filled(list(node.foreach), {})
    return found


def check_arguments(graph: Graph, node: Node, around: Mapping[str, Any]) -> None:
    """Untold for an argument that is more or fewer than one, depending on what `${…}` stands for."""
    args = node.settings.get("args")
    named = isinstance(args, Mapping)
    for value in _values(args):
        whole = _WHOLE.fullmatch(value) if isinstance(value, str) else None
        found = reference(whole[1]) if whole else None
        if whole and found and found.root in ("item", "index"):
            given = found.value(around)
            if given is None or isinstance(given, list | tuple | Mapping) or (named and isinstance(given, bool)):
                raise Untold(f"the argument {value}, which is no text")
        elif found:
            name = str(found.pieces[-1]) if found.root == "params" else found.root
            kind = next((param.kind for param in graph.params if param.name == name), Kind.TEXT)
            if named and kind is Kind.BOOLEAN:
                raise Untold(f"the argument {value}, which is there or not")


def _values(args: Any) -> Iterator[Any]:
    if isinstance(args, Mapping | list | tuple):
        for value in args.values() if isinstance(args, Mapping) else args:
            yield from _values(value)
    else:
        yield args
