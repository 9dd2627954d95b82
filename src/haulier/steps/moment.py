"""Times in names: in which zone, and how they are written."""
from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from ..model.errors import Invalid

DAY = "%Y%m%d"
CLOCK = "%H%M%S"


def _zone(name: str) -> str:
    try:
        place(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'{name!r} is not a time zone: write "local", or a name such as '
                         "Europe/Stockholm") from error
    return name


def _pattern(text: str) -> str:
    written = datetime(2000, 12, 31, 23, 59, 58).strftime(text)
    if not written.strip() or "/" in written or "\0" in written:
        raise ValueError(f'{text!r} does not write a time that can be in a name; try "{DAY}"')
    return text


Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]
"""A field with an IANA time zone, or `local` for this machine's."""
Pattern: TypeAlias = Annotated[str, AfterValidator(_pattern)]
"""A field with a format of strftime, for part of a name."""


def place(zone: str) -> tzinfo | None:
    """The zone of that name; None is this machine's, as datetime has it."""
    return None if zone == "local" else ZoneInfo(zone)


def local(nanoseconds: int, zone: str) -> datetime:
    """A time since the epoch as the clocks in `zone` show it; Invalid if no calendar has it."""
    try:
        return datetime.fromtimestamp(nanoseconds // 10**9, place(zone))
    except (ValueError, OverflowError, OSError) as error:
        raise Invalid(f"{nanoseconds // 10**9} s since 1970 is not a date") from error
