"""Everything that one database keeps, opened together."""
from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..ports import Accounts, Agenda, Alerts, Arrivals, ImportBook, Ledger, Reader, Sharing, TaskBook

if TYPE_CHECKING:
    from .database import Database
    from .process import Process


class Books:
    """Views of one database; used by many threads, but by no child of a fork.

    Each is loaded when it is first asked for: most commands need few of them.
    """

    def __init__(self, ledger: Ledger, database: Database, process: Process, lease: float, absence: float) -> None:
        self.ledger = ledger
        self._database, self._process, self._lease, self._absence = database, process, lease, absence

    @cached_property
    def agenda(self) -> Agenda:
        from .agenda import SqlAgenda
        return SqlAgenda(self._database, self._process, self._lease, self._absence)

    @cached_property
    def reader(self) -> Reader:
        from .reader import SqlReader
        return SqlReader(self._database)

    @cached_property
    def accounts(self) -> Accounts:
        from .accounts import SqlAccounts
        return SqlAccounts(self._database)

    @cached_property
    def arrivals(self) -> Arrivals:
        from .arrivals import SqlArrivals
        return SqlArrivals(self._database)

    @cached_property
    def sharing(self) -> Sharing:
        from .sharing import SqlSharing
        return SqlSharing(self._database, self._process, self._lease, self._absence)

    @cached_property
    def alerts(self) -> Alerts:
        from .alerts import SqlAlerts
        return SqlAlerts(self._database)

    @cached_property
    def tasks(self) -> TaskBook:
        from .tasks import SqlTaskBook
        return SqlTaskBook(self._database, self._process, self._lease)

    @cached_property
    def imports(self) -> ImportBook:
        from .imports import SqlImportBook
        return SqlImportBook(self._database)

    def close(self) -> None:
        self.ledger.close()
