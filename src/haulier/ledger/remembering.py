"""What was delivered, or taken in, under a path: so that it is not looked at again."""
from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from ..model.run import Seen
from . import runs
from .dialects.dialect import Dialect, assigned
from .filetables import seen as seen_table
from .records import SEEN


def remember(conn: Connection, dialect: Dialect, flow: str, seen: Iterable[Seen]) -> None:
    """The last of each path counts."""
    latest = {one.entry.path: one for one in seen}
    if not latest:
        return
    number = runs.number_of(conn, dialect, flow)
    dialect.insert(conn, seen_table, ("flow", "path", *SEEN),
                   [(number, *entry[:4], sha256) for entry, sha256 in latest.values()],
                   conflict=f"ON CONFLICT (flow, path) DO UPDATE SET {assigned(SEEN)}")
