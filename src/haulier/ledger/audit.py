"""The audit log: entries that are chained by their digests."""
from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Connection, func, insert, select

from ..model.account import Deed
from ..model.query import Page
from . import story
from .accounttables import audit
from .dialects.dialect import Dialect

A = audit.c
FIELDS = (A.id, A.at, A.who, A.what, A.about, A.text, A.address)
START = "haulier"
"""What the first entry is chained to."""


class Audit:
    """Statements about the log; each gets the transaction it is part of."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def add(self, conn: Connection, deed: Deed) -> None:
        """One entry after the last; nobody else adds one until commit."""
        self._dialect.alone(conn, "audit")
        last = conn.execute(select(A.digest).order_by(A.id.desc()).limit(1)).scalar() or START
        told = [story.cleaned(field) for field in deed[2:]]
        conn.execute(insert(audit).values(
            at=deed.at, who=told[0], what=told[1], about=told[2], text=told[3], address=told[4],
            digest=_digest(last, (deed.at, *told))))

    def page(self, conn: Connection, limit: int, offset: int) -> Page[Deed]:
        rows = conn.execute(select(*FIELDS).order_by(A.id.desc()).limit(limit).offset(offset))
        total = conn.execute(select(func.count()).select_from(audit)).scalar_one()
        return Page(tuple(Deed(*row) for row in rows), total)

    def is_unbroken(self, conn: Connection) -> bool:
        """Whether each entry follows from the one before. The newest ones might be missing: nothing follows them."""
        last = START
        for row in conn.execute(select(*FIELDS[1:], A.digest).order_by(A.id)).yield_per(1000):
            if _digest(last, row[:-1]) != row[-1]:
                return False
            last = row[-1]
        return True


def _digest(last: str, fields: Any) -> str:
    return hashlib.sha256(json.dumps([last, *fields]).encode()).hexdigest()
