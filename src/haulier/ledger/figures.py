"""The past in numbers: what ended when, and how each flow is doing."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ..model.query import Bucket, FlowFacts
from .dialects.dialect import Dialect

ENDED = """
SELECT (finished - ?) / ?, sum(CASE WHEN ended IS NULL THEN 1 ELSE 0 END),
       sum(CASE WHEN ended IS NULL THEN size ELSE 0 END), sum(CASE WHEN ended = 'failed' THEN 1 ELSE 0 END)
FROM transfers WHERE finished >= ? AND finished < ? GROUP BY 1"""
SKIPPED = "SELECT (finished - ?) / ?, sum(skipped) FROM runs WHERE finished >= ? AND finished < ? GROUP BY 1"
FLOWS = """
SELECT f.name, (SELECT max(r.id) FROM runs r WHERE r.flow = f.id),
       (SELECT r.finished FROM runs r WHERE r.flow = f.id AND r.state = 'done' ORDER BY r.id DESC LIMIT 1),
       (SELECT count(*) FROM transfers t WHERE t.ended = 'failed' AND t.flow = f.id AND NOT EXISTS (
            SELECT 1 FROM transfers n WHERE n.name = t.name AND n.path = t.path AND n.flow = t.flow AND n.id > t.id)),
       (SELECT count(*) FROM transfers t WHERE t.finished IS NULL AND t.flow = f.id AND t.state = 'waiting')
FROM flows f WHERE EXISTS (SELECT 1 FROM runs r WHERE r.flow = f.id) ORDER BY f.name"""


def buckets(conn: Connection, dialect: Dialect, since: int, until: int, step: int) -> Sequence[Bucket]:
    """Files count when they ended; skipped ones, most of which have no row, when their run did."""
    found: dict[int, Bucket] = {}
    for place, files, size, failed in dialect.run(conn, ENDED, since, step, since, until):
        found[place] = Bucket(since + place * step, files, int(size), failed, 0)
    for place, skipped in dialect.run(conn, SKIPPED, since, step, since, until):
        known = found.get(place, Bucket(since + place * step, 0, 0, 0, 0))
        found[place] = known._replace(skipped=int(skipped))
    return [found[place] for place in sorted(found) if any(found[place][1:])]


def flows(conn: Connection, dialect: Dialect) -> Sequence[FlowFacts]:
    """By name."""
    return [FlowFacts(*row) for row in dialect.run(conn, FLOWS)]
