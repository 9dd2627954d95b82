"""The database of everything that happened: SQLite or PostgreSQL."""
from __future__ import annotations

from ..ports import Ledger
from .books import Books


def load() -> None:
    """Import what open() needs: SQLAlchemy takes longer to import than most commands run."""
    from . import opening  # noqa: F401


def open(url: str) -> Ledger:
    """The ledger at `sqlite:///file` or `postgresql://user:password@host/database`.

    Made if it is not there, upgraded if it is older. Denied, NoSpace, Unavailable, Busy or Invalid
    say why not.
    """
    from .opening import open_ledger
    return open_ledger(url)


def books(url: str) -> Books:
    """The same and all that is kept beside it, over one pool of connections; close() closes it all."""
    from .opening import open_books
    return open_books(url)
