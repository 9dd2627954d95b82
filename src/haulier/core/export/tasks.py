"""One task as functions of bash, one for each thing that it is done for."""
from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from ...model.graph import Graph, Node
from ...model.words import plain
from .command import Command
from .flat import check_arguments, items
from .http import fetched
from .quoting import here, quoted
from .words import Untold, Words, is_variable

TYPES = ("script", "python", "http")


@dataclass(slots=True)
class Written:
    """What is written of the tasks so far."""

    graph: Graph
    prepared: Callable[[Node], Command]
    embed: bool
    files: dict[str, tuple[str, str]] = field(default_factory=dict)     # by path: where it is put, its text
    names: set[str] = field(default_factory=set)
    uses_outputs: bool = False

    def task(self, node: Node) -> tuple[list[str], list[str]]:
        """The functions of a task, and the lines that call them; Untold if there is no way."""
        if node.type not in TYPES:
            raise Untold(f"type {node.type}")
        if node.when:
            raise Untold("when")
        functions, calls = [], []
        command = self.prepared(node) if node.type != "http" else None
        for label, around in self._turns(node):
            name = self._name(node.id)
            words = Words(self.graph, around)
            check_arguments(self.graph, node, around)
            functions.append(self._function(node, name, command, words, around))
            calls.append(f"  haulier_task {quoted(label)} {'may-fail' if node.allow_failure else 'must-not'}"
                         f" {_tries(node)} {name} || return")
        return functions, calls or [f"  haulier_states[{node.id}]='done'    # there is nothing in its list"]

    def unpacked(self) -> Iterator[str]:
        """Lines that put the scripts where the tasks find them."""
        for target, text in self.files.values():
            yield f'mkdir "$haulier_work"/tasks/{target.partition("/")[0]}'
            yield f'cat >"$haulier_work"/tasks/{quoted(target)} {here(text)}'.rstrip("\n")
        if self.files:
            yield 'chmod -R u+x "$haulier_work/tasks"'

    def _turns(self, node: Node) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if node.foreach is None:
            yield node.id, {}
        else:
            for index, item in enumerate(items(self.graph, node), 1):
                yield f"{node.id}[{index}]", {"item": item, "index": index}

    def _name(self, id: str) -> str:
        wanted = name = "task_" + re.sub(r"[^A-Za-z0-9_]", "_", id)
        number = 1
        while name in self.names:
            number += 1
            name = f"{wanted}_{number}"
        self.names.add(name)
        return name

    def _function(self, node: Node, name: str, command: Command | None, words: Words,
                  around: Mapping[str, Any]) -> str:
        begins = [] if "item" not in around else [
            f"    export HAULIER_ITEM={quoted(json.dumps(around['item']))}"]
        if command is None:
            body = [*begins, f"    {fetched(node, words)}"]
        else:
            body = [*begins, *self._started(node, command, words)]
        about = [f"  # {plain(node.description)}"] if node.description else []
        outputs = []
        if words.outputs:
            self.uses_outputs = True
            outputs.append(f"  local {' '.join(words.outputs.values())}")
        outputs += [f"  {variable}=$(haulier_output {task} {quoted(output)}) || return"
                    for (task, output), variable in words.outputs.items()]
        codes = " ".join(map(str, command.ok_codes if command else (0,)))
        return "\n".join((f"{name}() {{", *about, *outputs, "  (", *body, "  ) </dev/null &",
                          f"  haulier_ends {codes}", "}"))

    def _started(self, node: Node, command: Command, words: Words) -> Iterator[str]:
        if command.cwd is not None:
            yield f"    cd -- {words.word(command.cwd)} || exit"
        for variable, value in command.env.items():
            if not is_variable(variable):
                raise Untold(f"a variable called {plain(variable)}")
            yield f"    export {variable}={words.secret(value)}"
        given = [' ${haulier_given[@]+"${haulier_given[@]}"}'] if command.passes_params and self._has_params() else []
        limit = f"timeout -k 10 {node.timeout:g} " if node.timeout else ""
        yield f"    exec {limit}{' '.join(self._word(one, command, words) for one in command.argv)}{''.join(given)}"

    def _has_params(self) -> bool:
        return bool(self.graph.params) or self.graph.takes_any

    def _word(self, text: str, command: Command, words: Words) -> str:
        if not self.embed or text not in command.files:
            return words.word(text)
        if text not in self.files:
            self.files[text] = f"{len(self.files) + 1}/{PurePath(text).name}", command.files[text]
        return f'"$haulier_work"/tasks/{quoted(self.files[text][0])}'


def _tries(node: Node) -> str:
    """How many, and the pauses between them; the last of them is that of all further ones."""
    pauses: list[str] = []
    tries, elapsed, retry = 1, 0.0, replace(node.retry, jitter=0.0)
    while (pause := retry.pause(tries, elapsed)) is not None:
        tries, elapsed = tries + 1, elapsed + pause
        pauses.append(f"{pause:g}")
    while len(pauses) > 1 and pauses[-1] == pauses[-2]:
        pauses.pop()
    return f"{tries} {quoted(' '.join(pauses))}"
