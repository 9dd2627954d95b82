"""What becomes of a file once its rows are where they belong, or when it is no good."""
from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum, auto

from ...model.errors import NotFound
from ...model.files import Entry
from ...model.intake import Intake, IntakeState
from ...model.names import joined, split
from ...ports import Store
from ..archive import Archive
from ..draft import put
from .listing import Watch

MARK = "1mp"
"""Of the hidden names of what is written beside files."""


class After(StrEnum):
    KEEP = auto()
    ARCHIVE = auto()
    DELETE = auto()


@dataclass(frozen=True, slots=True)
class Settling:
    """The rule. Folders are in the place that the files come from."""

    after: After = After.KEEP
    archive: str = "archive"
    errors: str = ""        # "": files that are no good stay where they are


STAY = Settling()


def settle(rule: Settling, store: Store, entry: Entry, intakes: list[Intake]) -> str:
    """Settle a file by what became of all that was in it; where it is now, or "" if it stayed or is gone.

    Doing it twice does no harm.
    """
    bad = [one for one in intakes if one.state is IntakeState.REFUSED]
    if not (rule.errors if bad else rule.after is not After.KEEP):
        return ""
    try:
        if not store.stat(entry.path).is_same_as(entry):
            return ""       # another one by now: its turn comes
    except NotFound:        # settled by a try that was not heard of again
        return ""
    if bad:
        return _put_aside(rule, store, entry, bad)
    if rule.after is After.DELETE:
        with suppress(NotFound):
            store.delete(entry.path)
        return ""
    return _moved(store, entry, rule.archive, intakes)


def _put_aside(rule: Settling, store: Store, entry: Entry, bad: list[Intake]) -> str:
    """The file in the folder of errors, with what is wrong with it beside it."""
    with suppress(NotFound):
        where = _moved(store, entry, rule.errors, bad)
        report(store, joined(rule.errors, split(where)[1]), bad)
        return where
    return ""


def report(store: Store, path: str, bad: Sequence[Intake]) -> None:
    """Write beside a file that was put aside what is wrong with it."""
    said = [{"file": one.file.name, "error": one.error, "intake": one.id, "report": one.report} for one in bad]
    data = json.dumps(said, indent=2, ensure_ascii=False, default=str).encode(errors="replace") + b"\n"
    put(store, f"{path}.report.json", [data], mark=MARK)


def _moved(store: Store, entry: Entry, folder: str, intakes: list[Intake]) -> str:
    since = min((one.started for one in intakes), default=time.time_ns())
    archive = Archive(store, folder, folder, prefix="")
    return archive.take(store, entry, Watch(), since=since)
