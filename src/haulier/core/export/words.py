"""Texts of a flow as words of bash, with what `${…}` in them stands for."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...model.graph import Graph, Kind, Node
from ..template import ROOTS, Reference, as_text, reference
from .quoting import quoted

_ANY = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
_KEY = re.compile(r"[\w.-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OF_RUN = {"id": "$HAULIER_RUN", "flow": "$HAULIER_FLOW", "slot": "$HAULIER_SLOT", "date": "$HAULIER_DATE"}


class Untold(Exception):
    """A script has no way to say that."""


def is_key(name: str) -> bool:
    """Whether something of this name can be in a table of bash."""
    return _KEY.fullmatch(name) is not None


def is_variable(name: str) -> bool:
    """Whether a variable of the environment can be called so in a shell."""
    return _VARIABLE.fullmatch(name) is not None


@dataclass(slots=True)
class Words:
    """Makes the words of one task, and collects which outputs of others they need."""

    graph: Graph
    around: Mapping[str, Any] = field(default_factory=dict)     # item and index
    outputs: dict[tuple[str, str], str] = field(default_factory=dict)   # their variables

    def word(self, text: str, *, secrets: bool = False, escaped: bool = True) -> str:
        """One word for a text; with `secrets`, `${NAME}` that is nothing else is a variable of the environment.
        Without `escaped`, `$${` is what it is."""
        pieces: list[tuple[bool, str]] = []     # whether it is one of bash, and it
        for is_bash, piece in self._pieces(text if escaped else text.replace("$${", "$$${"), secrets):
            if pieces and pieces[-1][0] == is_bash:
                pieces[-1] = is_bash, pieces[-1][1] + piece
            else:
                pieces.append((is_bash, piece))
        return "".join(f'"{piece}"' if is_bash else quoted(piece) for is_bash, piece in pieces) or "''"

    def secret(self, text: str) -> str:
        """One word for a text that may refer to secrets."""
        if text.startswith("plain:"):
            return self.word(text.removeprefix("plain:"), escaped=False)
        if text.startswith(("file:", "keyring:", "sealed:")):
            raise Untold(f"the secret {text.partition(':')[0]}:…")
        return self.word(text, secrets=True)

    def _pieces(self, text: str, secrets: bool) -> Iterator[tuple[bool, str]]:
        at = 0
        for match in _ANY.finditer(text):
            if match.start() > at:
                yield False, text[at:match.start()]
            at = match.end()
            if match[0] == "$${":
                yield False, "${"
            else:
                yield from self._expanded(match, secrets)
        if at < len(text):
            yield False, text[at:]

    def _expanded(self, match: re.Match[str], secrets: bool) -> Iterator[tuple[bool, str]]:
        found = reference(match[1]) if match[1] else None
        other = f"${{{match[1]}?{match[1]} is not set}}" if secrets and is_variable(match[1]) else ""
        if found is not None and found.root in ("item", "index"):
            yield False, as_text(found.value(self.around))
        elif found is not None and found.root in ROOTS:
            yield True, self._ours(found)
        elif found is not None and any(param.name == found.root for param in self.graph.params):
            yield True, self._param(Reference(found.text, ("params", *found.pieces)))
        elif self.graph.takes_any and is_variable(match[1]):
            other = other or f"\\${{{match[1]}\\}}"
            yield True, f"${{haulier_params[{match[1]}]-{other}}}"
        else:
            yield (True, other) if other else (False, match[0])

    def _ours(self, found: Reference) -> str:
        if found.root == "params":
            return self._param(found)
        if found.root == "run" and len(found.pieces) == 2 and found.pieces[1] in _OF_RUN:
            return _OF_RUN[str(found.pieces[1])]
        if found.root == "tasks" and len(found.pieces) > 2:
            return self._task(found, self.graph.node(str(found.pieces[1])))
        raise Untold(f"${{{found.text}}}")

    def _param(self, found: Reference) -> str:
        name = str(found.pieces[1]) if len(found.pieces) == 2 else ""
        declared = next((param for param in self.graph.params if param.name == name), None)
        if not name or not is_key(name) or (declared is None and not self.graph.takes_any):
            raise Untold(f"${{{found.text}}}")
        if declared and declared.kind in (Kind.LIST, Kind.MAPPING):
            raise Untold(f"${{{found.text}}}, which is a {declared.kind}")
        if declared and (declared.required or declared.default is not None):
            return f"${{haulier_params[{name}]}}"
        return f"${{haulier_params[{name}]?--{name}=… was not given}}"

    def _task(self, found: Reference, node: Node) -> str:
        kind, *rest = found.pieces[2:]
        if kind == "state" and not rest:
            return f"${{haulier_states[{node.id}]}}"
        if kind != "outputs" or len(rest) != 1 or not isinstance(rest[0], str) or node.foreach is not None:
            raise Untold(f"${{{found.text}}}")
        if node.type == "http" and rest[0] not in ("status", "path"):
            raise Untold(f"${{{found.text}}} of a task of type http")
        return "$" + self.outputs.setdefault((node.id, rest[0]), f"_{len(self.outputs) + 1}")
