"""Where open items come from."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..model.match import OpenItem


class Sought(NamedTuple):
    """An item by what it is, not by its number. Empty fields do not matter."""

    currency: str
    lower: Decimal
    upper: Decimal
    accounts: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


class Items(Protocol):
    """Open items, asked for in bulk: one call for about a thousand payments."""

    is_live: bool
    """Whether `open` falls by itself once those who keep the items were told of a payment."""

    def heed(self, check: Callable[[], None]) -> None:
        """`check` raises Stopped when the work is to end: called at least every second by what takes longer."""
        ...

    def lookup(self, references: Sequence[str]) -> Iterable[OpenItem]:
        """All that bear one of these references, as core.reconcile normalises them; paid ones too."""
        ...

    def by_id(self, ids: Sequence[str]) -> Iterable[OpenItem]:
        """Those items."""
        ...

    def candidates(self, sought: Sequence[Sought]) -> Iterable[OpenItem]:
        """All open ones that fit one of these."""
        ...

    def search(self, text: str, limit: int = 20) -> Iterator[OpenItem]:
        """Those that a person means: the text is in an id, a reference or a name."""
        ...

    def close(self) -> None:
        ...
