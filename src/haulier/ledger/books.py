"""Everything that one database keeps, opened together."""
from __future__ import annotations

from typing import NamedTuple

from ..ports import Accounts, Agenda, Alerts, Arrivals, ImportBook, Ledger, Reader, Sharing, TaskBook


class Books(NamedTuple):
    """Views of one database; used by many threads, but by no child of a fork."""

    ledger: Ledger
    agenda: Agenda
    reader: Reader
    accounts: Accounts
    arrivals: Arrivals
    sharing: Sharing
    alerts: Alerts
    tasks: TaskBook
    imports: ImportBook

    def close(self) -> None:
        self.ledger.close()
