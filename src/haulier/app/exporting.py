"""What the tasks of a flow start, for a script that runs where Haulier is not installed."""
from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.export.bash import bash
from ..core.export.command import Command
from ..core.export.python import called
from ..core.functions import file_of, parts
from ..core.taskfile import located
from ..model.errors import Invalid
from ..model.graph import Graph, Node
from ..settings.flows.loaded import Flow
from ..settings.workspace import Workspace
from ..tasks.arguments import arguments
from ..tasks.scriptfile import command


def exported(workspace: Workspace, flow: Flow, *, embed: bool = False) -> str:
    """The text of the script. Relative folders of tasks hang from the workspace; with `embed`, from where it is
    started."""
    tasks, zone = workspace.path / workspace.folders.tasks, flow.form.timezone or workspace.settings.timezone
    made = prepared(flow.graph, tasks, None if embed else workspace.path, embed=embed)
    return bash(flow.graph, made, embed=embed, zone=zone)


def prepared(graph: Graph, tasks: Path, home: Path | None, *, embed: bool) -> Callable[[Node], Command]:
    """Says for each task what it starts."""
    def of(node: Node) -> Command:
        return (_script if node.type == "script" else _python)(graph, node, tasks.absolute(), home, embed)
    return of


def _script(graph: Graph, node: Node, tasks: Path, home: Path | None, embed: bool) -> Command:
    settings = node.settings
    interpreter = settings.get("interpreter") or ()
    words = [interpreter] if isinstance(interpreter, str) else [*interpreter]
    if any("${" in word for word in (settings["script"], *words)):
        raise Invalid("a script that depends on ${…}")
    path = located(settings["script"], tasks, outside=bool(settings.get("outside")))
    argv = ["python3" if word == sys.executable else word for word in command(path, words)]
    own = {"PYTHONUNBUFFERED": "1"} if "python3" in argv[:1] else {}
    env = {name: value if isinstance(value, str) else arguments([value], {})[0]
           for name, value in (settings.get("env") or {}).items()}
    return Command((*argv, *_arguments(settings.get("args") or [])), {**own, **env}, _folder(settings.get("cwd"), home),
                   tuple(settings.get("ok_codes") or (0,)), bool(settings.get("pass_params")), _texts(path, embed))


def _arguments(args: Any) -> list[str]:
    return arguments(args if isinstance(args, Mapping) else list(args), {})


def _python(graph: Graph, node: Node, tasks: Path, home: Path | None, embed: bool) -> Command:
    if "${" in node.settings["call"]:
        raise Invalid("a call that depends on ${…}")
    where, name = parts(node.settings["call"])
    path = file_of(node.settings["call"], tasks)
    made = called(graph, str(path or where), name, node.settings.get("args") or {}, str(tasks))
    return Command(made.argv, {"PYTHONUNBUFFERED": "1"}, _folder("", home), files=_texts(path, embed) if path else {})


def _folder(cwd: str | None, home: Path | None) -> str | None:
    if home is None:
        return str(Path(cwd).expanduser()) if cwd else None
    return str(home.absolute() / Path(cwd or "").expanduser())


def _texts(path: Path, embed: bool) -> Mapping[str, str]:
    if not embed:
        return {}
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        raise Invalid(f"{path.name}, which cannot be put into a script: it is no text that can be read") from None
    if "\0" in text:
        raise Invalid(f"{path.name}, which cannot be put into a script: it has a NUL in it")
    return {str(path): text}
