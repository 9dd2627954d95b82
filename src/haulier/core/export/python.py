"""A call of a Python function without Haulier: a small program, and its arguments."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...model.errors import Invalid
from ...model.graph import Graph, Kind
from ..template import reference, references
from .command import Command

CALL = '''\
import importlib, importlib.util, json, os, sys
sys.dont_write_bytecode = True
folder, where, name, *given = sys.argv[1:]
sys.argv[1:] = []
sys.path.append(folder)
if os.sep in where:
    spec = importlib.util.spec_from_file_location("task", where)
    found = importlib.util.module_from_spec(spec)
    sys.modules["task"] = found
    spec.loader.exec_module(found)
else:
    found = importlib.import_module(where)
for piece in name.split("."):
    found = getattr(found, piece)
args = {}
for one in given:
    key, kind, text = one.split(":", 2)
    args[key] = json.loads(text) if kind == "json" else text
value = found(**args)
if value is not None:
    value = dict(value) if hasattr(value, "keys") else {"value": value}
    with open(os.environ["HAULIER_OUTPUT"], "w") as told:
        for key, one in value.items():
            text = one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)
            if "\\n" in text:
                sys.exit("the output " + key + " has several lines, which cannot be told")
            told.write(key + "=" + text + "\\n")
'''
_WHOLE = re.compile(r"\$\{([^{}]*)\}")
_JSON = (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN)


def called(graph: Graph, where: str, name: str, args: Mapping[str, Any], folder: str) -> Command:
    """`where` is a module, or the path of a file; modules are looked for in `folder` too."""
    return Command(("python3", "-c", CALL, folder, where, name, *_given(graph, args)))


def _given(graph: Graph, args: Mapping[str, Any]) -> Iterator[str]:
    names = {"params", "tasks", "run", "item", "index", *(param.name for param in graph.params)}
    for key, value in args.items():
        if ":" in key:
            raise Invalid(f"an argument called {key}")
        if isinstance(value, str):
            yield f"{key}:{'json' if _is_json(graph, value) else 'text'}:{value}"
        elif any(graph.takes_any or found.root in names for _, found in references(value)):
            raise Invalid(f"${{…}} inside of the argument {key}")
        else:
            yield f"{key}:json:{json.dumps(value)}"


def _is_json(graph: Graph, text: str) -> bool:
    """Whether it is one single `${…}` that stands for something other than text."""
    whole = _WHOLE.fullmatch(text)
    found = reference(whole[1]) if whole else None
    if found is None or found.root == "tasks":
        return False
    if found.root == "item":
        raise Invalid(f"the argument {text}")
    name = str(found.pieces[-1]) if found.root == "params" else found.root
    return found.text == "index" or any(param.name == name and param.kind in _JSON for param in graph.params)
