"""Named places."""
from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ..problem import Mistake
from .given import Given, Text
from .job import Change, Draft, Edited
from .moment import Moment


class Connection(BaseModel):
    """A named place; with `problems` it cannot be used."""

    name: str
    type: str
    location: str
    used_by: list[str]
    problems: list[Mistake]


class Connections(BaseModel):
    """All of them."""

    items: list[Connection]


class EditedConnection(Edited):
    """One connection, and as it is written."""

    connection: Connection


class NewConnection(Draft):
    """A connection to be."""

    name: Text


class ConnectionChange(Change):
    """What replaces a connection; `name`: what it is called from now on, if that is something else."""

    name: Text | None = None


class ConnectionCheck(Draft):
    """A draft to be looked at; `name`: the connection that it is to replace, whose secrets its dots stand for."""

    name: Text | None = None


class PlaceGiven(Given):
    """A connection by its name, or a draft of one; with both, a draft that is to replace it."""

    name: Text | None = None
    form: dict[str, Any] | None = None


class FolderGiven(PlaceGiven):
    """A folder of a place; '' is its own."""

    path: Text = ""


class Tested(BaseModel):
    """What came of logging in; `files`: how many are in its folder, null if that could not be seen."""

    ok: bool
    text: str
    seconds: float
    files: int | None
    details: str


class FileShown(BaseModel):
    """A file in a folder."""

    path: str
    size: int
    modified: Moment | None


class Folder(BaseModel):
    """What is in a folder; paths are from the top of the place."""

    folders: list[str]
    files: list[FileShown]
    is_whole: bool
