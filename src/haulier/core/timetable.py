"""Which bandwidth a timetable allows at a moment."""
from __future__ import annotations

from datetime import datetime

from ..model.timetable import Hours, Timetable
from .schedule import zone


def bandwidth(timetable: Timetable, moment: datetime) -> int | None:
    """Bytes per second that hold at `moment`; None: no limit.

    The clock on the wall decides: an hour that it skips is in no row, one that it shows twice is in its row twice.
    """
    wall = moment.astimezone(zone(timetable.timezone))
    found = (row.bandwidth for row in timetable.rows if _is_in(row, wall.weekday(), wall.hour * 60 + wall.minute))
    return next(found, timetable.bandwidth)


def _is_in(row: Hours, day: int, minute: int) -> bool:
    if row.start < row.end:
        return day in row.days and row.start <= minute < row.end
    return (day in row.days and minute >= row.start) or ((day - 1) % 7 in row.days and minute < row.end)
