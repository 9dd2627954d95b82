"""One call of the program: where it speaks, and in which workspace it is."""
from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from ..app.ground import Ground
    from ..settings.workspace import Workspace


@dataclass(slots=True)
class Session:
    """What every command has: its outputs and its workspace."""

    debug: bool = False
    is_json: bool = False
    home: Path | None = None
    """The workspace, once it is known."""
    log_level: str = "INFO"
    folders: Mapping[str, Path] = field(default_factory=dict)
    """Where flows and what belongs to them are, as the command line says: flows, tasks, output, logs, config."""

    @classmethod
    def of(cls, ctx: typer.Context, *, json: bool = False) -> Session:
        """The session of this call, told how it is to speak."""
        session = ctx.find_root().ensure_object(cls)
        session.is_json = json
        return session

    def say(self, text: str) -> None:
        """A line of the result, for people."""
        if not self.is_json:
            sys.stdout.write(text + "\n")

    def tell(self, kind: str, /, **facts: Any) -> None:
        """An object of the result, for programs: one line of JSON."""
        if self.is_json:
            sys.stdout.write(json.dumps({"type": kind, **facts}) + "\n")

    def flush(self) -> None:
        """What was said is to be read now, though there is more to come."""
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """A remark about the result, for people; never a part of it."""
        if not self.is_json:
            complain(text)

    def workspace(self, folder: str | None) -> Workspace:
        """The workspace at `folder`, or else around the current one; Invalid if there is none."""
        from ..app import workspace_at
        found = workspace_at(folder)
        self.home = found.path
        return found

    def workspace_if_any(self, folder: str | None) -> Workspace | None:
        """The same, for commands that do without."""
        from ..settings.workspace import find
        if folder is not None:
            return self.workspace(folder)
        found = find()
        self.home = found.path if found else None
        return found

    def flows_of(self, folder: str | None) -> str | None:
        """The database of the flows here, if here is no workspace."""
        return self.ground(folder).ledger

    def ground(self, folder: str | None) -> Ground:
        """Where flows are: a workspace, or else the current folder; Invalid if one is named that is none."""
        from ..app.ground import Given, ground
        found = ground(Given(folder, **self.folders))
        self.home = found.home if found.ledger is None else None
        return found


def complain(text: str) -> None:
    """A line about something that went wrong."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
