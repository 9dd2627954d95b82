"""How much of each file waits for somebody."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from ..model.intake import Waiting
from .dialects.dialect import Dialect

NONE = Waiting()


def of(conn: Connection, dialect: Dialect, intakes: Sequence[int]) -> Mapping[int, Waiting]:
    """As ImportBook.waiting says: indexes alone are read, however long the rows are."""
    asked = dialect.packed(list(intakes))
    rows = dialect.run(
        conn, f"""SELECT j.intake, j.state, count(*) FROM rejects j JOIN intakes i ON i.id = j.intake
WHERE {dialect.among('j.intake')} AND j.state IN ('open', 'fixed') AND i.state <> 'refused' GROUP BY j.intake, j.state
UNION ALL SELECT b.intake, 'review', count(*) FROM bookings b JOIN intakes i ON i.id = b.intake
WHERE {dialect.among('b.intake')} AND b.review IS NOT NULL AND i.matched IS NOT NULL GROUP BY b.intake""", asked, asked)
    found: dict[int, Waiting] = {}
    for intake, what, count in rows:
        found[intake] = found.get(intake, NONE)._replace(**{what: count})
    return found
