"""A guess at how dates and times are written, from some of them: for `import suggest`."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

_DATES = ("%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y",
          "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%y-%m-%d", "%d %b %Y", "%d-%b-%Y", "%d %b %y", "%d-%b-%y", "%d %B %Y",
          "%b %d, %Y", "%b %d %Y", "%B %d, %Y", "%d. %m. %Y", "%d.%m.%Y.", "%d. %m. %Y.", "%Y.%m.%d.", "%Y. %m. %d.")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", ", %H:%M", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", " %H.%M",
           " %H.%M.%S")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_LIKELY = re.compile(r"(\d{8}|(\d{1,4}|[A-Z][a-z]{2,8})([./-]| |\. )(\d{1,2}|[A-Za-z]{3,9}),?([./-]| |\. )\d{2,4}\.?)"
                     r"([T, ].{4,12})?")
_DAY, _MONTH = "%d/%m/%", "%m/%d/%"


def moments(some: Sequence[str], *, month_first: bool = False) -> dict[str, Any] | None:
    """The type of texts that are all dates, or times, or both; None if they are not. Day and month that could be each
    other are nobody's to guess: ours is the European order, but if another column has the American one."""
    for pattern, kind in ((_DATE, "date"), (_TIMES, "datetime"), (_CLOCK, "time")):
        if all(map(pattern.fullmatch, some)):
            return {"type": kind}
    fitting = _fitting(some)
    chosen = [form for form in fitting if form[:3] in ("%m/", "%m-")] if month_first else []
    form = next(iter(chosen or fitting), "")
    return {"type": "date" if form in _DATES else "datetime", "format": form} if form else None


def is_month_first(values: Iterable[str]) -> bool:
    """Whether these are dates that can only have the month before the day."""
    some = [text for value in values if (text := value.strip())]
    fitting = _fitting(some) if some else []
    return bool(fitting) and all(form.startswith(("%m/", "%m-")) for form in fitting)


def _fitting(some: Sequence[str]) -> list[str]:
    if not all(map(_LIKELY.fullmatch, some)):
        return []
    forms = [date + clock for clock in _CLOCKS for date in _DATES]
    for text in dict.fromkeys(some):
        forms = [form for form in forms if _is_date(text, form)]
        if not forms:
            break
    return forms


@lru_cache(20_000)
def _is_date(text: str, form: str) -> bool:
    """Years of two digits are not those of four, and a text of digits alone has all of them."""
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        return False
    return 1900 <= moment.year <= 2100 and (form != "%Y%m%d" or len(text) == 8)
