"""The ledger that imports are remembered in."""
from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import Enum
from pathlib import Path
from typing import Final, TypeAlias

from ... import ledger
from ...app.books import default_ledger
from ...ledger.books import Books

_SQLITE = "sqlite:///"


class Usual(Enum):
    """Where the ledger is if nobody says it: HAULIER_LEDGER, or a file in the user's state folder."""

    LEDGER = "usual"


USUAL: Final = Usual.LEDGER
Where: TypeAlias = str | Path | Usual | None
"""A URL, or the path of a file; None: nothing is remembered."""


@contextmanager
def opened(where: Where) -> Iterator[Books]:
    """It, or for None one that is gone afterwards."""
    if where is None:
        with tempfile.TemporaryDirectory(prefix="haulier-") as room, closing(
                ledger.books(f"{_SQLITE}{room}/ledger.db")) as books:
            yield books
        return
    url = url_of(where)
    if url.startswith(_SQLITE):
        Path(url.removeprefix(_SQLITE).partition("?")[0]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(ledger.books(url)) as books:
        yield books


@contextmanager
def looked_at(where: Where) -> Iterator[Books | None]:
    """It, if it is there: nothing is made."""
    if where is None or not _is_there(url_of(where)):
        yield None
        return
    with closing(ledger.books(url_of(where))) as books:
        yield books


def url_of(where: str | Path | Usual) -> str:
    """As ledger.books wants it."""
    if where is USUAL:
        return default_ledger()
    text = str(where)
    return text if "://" in text else f"{_SQLITE}{Path(text).absolute()}"


def _is_there(url: str) -> bool:
    path = url.removeprefix(_SQLITE).partition("?")[0]
    return path == url or Path(path).exists()
