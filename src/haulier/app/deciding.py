"""Who may answer a task that asks a person."""
from __future__ import annotations

import json

from ..api.hub import Deciders
from ..engine.graph.scope import Tasks, scope
from ..model.account import Role
from ..model.errors import Invalid
from ..model.run import Run
from ..model.task import Key
from ..ports import TaskBook
from ..settings.flows.tasks import at_start, spec_of
from ..settings.workspace import Workspace
from ..tasks.approve import ApproveSpec


def deciders(workspace: Workspace, book: TaskBook, run: Run, key: Key) -> Deciders:
    """As its flow says now. Invalid if the task is none that asks, or the flow cannot run; NotFound."""
    flow = workspace.flows.flow(run.flow)
    node = next((node for node in flow.graph.nodes if node.id == key.task), None)
    if node is None or node.type != "approve":
        raise Invalid(f"{run.flow}: {key} is not a task that asks a person, as its file is now")
    params = flow.given(json.loads(run.params) if run.params else {})
    rows = {row.key: row for row in book.tasks(run.id)}
    around = scope(run, params, Tasks(rows, tuple(one.id for one in flow.graph.nodes)),
                   flow.form.timezone or workspace.settings.timezone)
    items = rows[Key(key.task)].items if key.item and Key(key.task) in rows else None
    if items and key.item <= len(items):
        around = {**around, "item": items[key.item - 1], "index": key.item}
    spec = spec_of(node, at_start(node, around, params, workspace.secrets))
    assert isinstance(spec, ApproveSpec)
    return Deciders(spec.users, Role(spec.role))
