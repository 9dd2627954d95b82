"""A file as the tasks of a flow are told of it: an item of a list."""
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..model.files import Entry


def item_of(entry: Entry) -> dict[str, Any]:
    """As JSON can have it; `modified` in UTC to the second, None where that is not known."""
    return {"path": entry.path, "name": entry.path.rpartition("/")[2], "size": entry.size,
            "modified": _moment(entry.modified)}


def _moment(nanoseconds: int | None) -> str | None:
    if nanoseconds is None:
        return None
    try:
        return f"{datetime.fromtimestamp(nanoseconds // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):    # a source may say anything
        return None
