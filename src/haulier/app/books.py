"""Which workspace is meant, and where its memory is."""
from __future__ import annotations

import os

from ..ledger.books import Books
from ..model.errors import Invalid
from ..ports import Ledger
from ..settings.workspace import Workspace, find


def workspace_at(folder: str | None = None) -> Workspace:
    """The workspace at `folder`, or the one that the current folder is in; Invalid if there is none."""
    if folder is not None:
        if find(folder) is None:
            raise Invalid(f"{folder}: not a workspace; make one with: haulier init {folder}")
        return Workspace(folder)
    found = find()
    if found is None:
        raise Invalid("this folder is in no workspace; make one with: haulier init, or name one with --workspace")
    return found


def default_ledger() -> str:
    """The ledger of copies made outside a workspace: HAULIER_LEDGER, or one in the user's state folder."""
    return os.environ.get("HAULIER_LEDGER") or f"sqlite:///{state_folder()}/ledger.db"


def state_folder() -> str:
    """Where this user's ledger and reports of bugs are."""
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(state, "haulier")


def open_ledger(workspace: Workspace | None) -> Ledger:
    """The memory of the workspace, or of this user."""
    from .. import ledger
    return ledger.open(workspace.ledger_url() if workspace else default_ledger())


def past(workspace: Workspace | None, flows: str | None = None) -> Ledger | None:
    """The same; None, with no file made, if nothing has happened yet.

    `flows`: the database of flows that are in no workspace; if it is there, it is the one that is meant.
    """
    found = kept(workspace, flows)
    return found.ledger if found else None


def kept(workspace: Workspace | None, flows: str | None = None) -> Books | None:
    """As past(), and all that is kept beside it."""
    from .. import ledger
    url = workspace.ledger_url() if workspace else default_ledger()
    found = next((one for one in (flows, url) if one and _is_there(one)), None)
    return ledger.books(found) if found else None


def _is_there(url: str) -> bool:
    """A server is asked in any case."""
    path = url.removeprefix("sqlite:///").partition("?")[0]
    return path == url or os.path.exists(path)
