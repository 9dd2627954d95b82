"""What a run of a flow would do, and a script of bash that does it without us."""
from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..core.graph import ordered
from ..core.params import as_text
from ..model.errors import Invalid
from ..model.graph import Node, Phase
from .exporting import exported
from .ground import Ground

STAMP = "%Y%m%d_%H%M%S"


class Rehearsal(NamedTuple):
    """The tasks in the order in which they are done, and the script; `untold`: why there is none."""

    nodes: Sequence[Node]
    script: Path | None
    arguments: Sequence[str]
    untold: str = ""


def rehearsed(ground: Ground, name: str, params: Mapping[str, Any]) -> Rehearsal:
    """Nothing is run. NotFound, Problems or Invalid as for a run."""
    workspace = ground.workspace
    flow = workspace.flows.flow(name)
    told = flow.given(params)
    nodes = [node for phase in Phase for node in ordered([one for one in flow.graph.nodes if one.phase is phase])]
    try:
        text = exported(workspace, flow)
    except Invalid as error:
        return Rehearsal(nodes, None, (), str(error))
    script = _written(ground.output, name, text)
    return Rehearsal(nodes, script, [f"--{key}={as_text(told[key])}" for key in params])


def _written(folder: Path, name: str, text: str) -> Path:
    """A file of its own, also if there is one of this second already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem, at = f"{name}_{time.strftime(STAMP)}", 0
    while True:
        path = folder / f"{stem}{f'_{at}' if at else ''}.sh"
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755), "w", encoding="utf-8") as out:
                out.write(text)
            return path
        except FileExistsError:
            at += 1
