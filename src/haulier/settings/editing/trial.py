"""The store that a connection means which is not saved yet, so that it can be tried."""
from __future__ import annotations

from typing import Any

from ..connections import Connections
from ..definitions import Definition
from ..problems import Problems
from ..spec import StoreSpec
from ..workspace import Workspace
from . import connections as files
from .draft import Given


def store(workspace: Workspace, *, form: Any = None, yaml: str | None = None, name: str | None = None) -> StoreSpec:
    """As connections.check() takes it; Problems with every mistake."""
    workspace = workspace.again()
    desk = files._new_desk(workspace) if name is None else files._find(workspace, name).desk(workspace)
    draft = desk.draft(Given(form, yaml))
    if problems := files._problems(workspace, desk, draft):
        raise Problems(problems)
    definition = Definition(desk.apart.document(draft.text), desk.apart.where, draft.value)
    return Connections(workspace.path, workspace.secrets, {"": definition}).at("")
