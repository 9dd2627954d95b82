"""The imports of one file, as `haulier why` tells them."""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.words import count
from .importing import facts_of
from .session import Session
from .words import moment, plain

if TYPE_CHECKING:
    from ..model.intake import Counts, Intake
    from ..ports import ImportBook


def taken_from(book: ImportBook, path: str, limit: int) -> list[Intake]:
    """The imports of a file that somebody named, newest first: by its name in their source, and the folders before."""
    pieces = [piece for piece in path.split("/") if piece not in ("", ".")]
    for start in range(len(pieces)):
        folder, name = "/".join(pieces[:start]), "/".join(pieces[start:])
        here = [one for one in book.intakes(name=name, limit=1000) if _is_in(one.file.place, folder)]
        if here:
            return here[:limit]
    return []


def _is_in(place: str, folder: str) -> bool:
    inner = place.rpartition(":")[2].removeprefix("./").strip("/")
    return f"/{inner}".endswith(f"/{folder}") or f"/{folder}".endswith(f"/{inner}") if folder else True


def tell_taken(session: Session, intake: Intake) -> None:
    """What became of a file, in a line."""
    session.tell("intake", **facts_of(intake))
    counts, file = intake.counts, intake.file
    said = intake.error.removeprefix(f"{file.name}: ") or (f"the same bytes came before, as import {intake.origin}"
                                                           if intake.origin else "")
    session.say(f"{plain(file.name)} of {plain(file.place)}: import {intake.id}, by {file.flow} (run {file.run}), "
                f"{moment(intake.finished or intake.started)}: {intake.state}: {plain(said) or _rows(counts)}; "
                f"more with: haulier import show {intake.id}")


def _rows(counts: Counts) -> str:
    return (f"{count(counts.rows, 'row')}: {counts.accepted:,} accepted, {counts.rejected:,} rejected, "
            f"{counts.duplicates:,} came before")
