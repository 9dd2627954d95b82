"""What a chunk of payments needs to know, asked for in a few calls."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from ...model.match import Match, OpenItem
from ...model.payment import Kind
from ...ports.items import Items, Sought
from .case import Case, Keys, is_back, misspelt
from .index import Index
from .memory import Memory, NoMemory
from .policy import Mode, Rules, oldest_first
from .references import keys
from .remaining import Remaining

K = TypeVar("K")
V = TypeVar("V")


class Found:
    """Items and earlier payments by all that they are asked for."""

    def __init__(self) -> None:
        self._items: dict[str, OpenItem] = {}
        self._by_first: dict[str, list[OpenItem]] = {}  # by the surest form of a reference
        self._by_any: dict[str, list[OpenItem]] = {}
        self._by_amount: dict[tuple[str, Decimal], list[OpenItem]] = {}
        self.by_identity: dict[str, list[Match]] = {}
        self.by_origin: dict[str, list[Match]] = {}

    @property
    def ids(self) -> Iterable[str]:
        return self._items

    def add(self, items: Iterable[OpenItem]) -> None:
        """More items, by their references."""
        any_, first = self._by_any, self._by_first
        for item in items:
            if item.id in self._items:
                continue
            self._items[item.id] = item
            for reference in item.references:
                forms = keys(reference)
                for at, key in enumerate(forms):
                    put(any_, key, item)
                    if not at:
                        put(first, key, item)

    def add_amounts(self, items: Iterable[OpenItem]) -> None:
        """More items, by their amounts."""
        known: set[str] = set()
        for item in items:
            if item.id not in known:
                known.add(item.id)
                item = self._items.setdefault(item.id, item)
                put(self._by_amount, (item.currency, item.open), item)

    def add_earlier(self, matches: Iterable[Match]) -> None:
        """More earlier payments."""
        for match in matches:
            if match.payment.identity:
                put(self.by_identity, match.payment.identity, match)
            for origin in Case(match.payment, 0).origins():
                put(self.by_origin, keys(origin)[0], match)

    def hits(self, forms: Keys) -> list[OpenItem]:
        """The items that bear this reference, in the surest form that is known; the oldest first."""
        found = self._by_any.get(forms[0]) if forms else None
        if found is None and len(forms) > 1:
            found = self._by_first.get(forms[1])
        return [] if found is None else found if len(found) == 1 else oldest_first(found)

    def of_amount(self, currency: str, amount: Decimal) -> list[OpenItem]:
        """Those of exactly that amount that were looked up, the oldest first."""
        return oldest_first(self._by_amount.get((currency, amount), ()))


def put(lists: dict[K, list[V]], key: K, value: V) -> None:
    """Add to the list of that key."""
    one = lists.get(key)
    if one is None:
        lists[key] = [value]
    elif value is not one[-1]:
        one.append(value)


def gather(cases: Sequence[Case], items: Items, memory: Memory, rules: Rules, remaining: Remaining) -> Found:
    """All that these payments may be for; one call for each kind of question."""
    found = Found()
    others = _not_plain(cases, items) if isinstance(items, Index) else cases
    found.add(items.lookup(_keys(others)))
    hard = _hard(others, found)
    words = (form for case in hard for whole, parts in case.words for forms in (whole, *parts) for form in forms)
    spelt = (form for case in hard for form in _misspelt(case, found, rules))
    wanted = _unique((*words, *spelt))
    if wanted:
        found.add(items.lookup(wanted))
    for case in hard:
        case.is_known = is_known(case, found)
    sought = _unique(one for case in hard if not case.is_known for one in _sought(case, rules))
    if sought:
        found.add_amounts(items.candidates(sought))
    if not isinstance(memory, NoMemory):
        _remember(cases, found, memory)
        origins = (match for some in (*found.by_identity.values(), *found.by_origin.values()) for match in some)
        remaining.load([*found.ids, *_unique(one.item for match in origins for one in match.allocations),
                        *(case.plain for case in cases if case.plain)])
    return found


def look_again(case: Case, items: Items, found: Found) -> None:
    """Ask for the items of a payment that seemed plain: another one took its item."""
    found.add(items.lookup(_keys([case])))
    case.skip_words()


def _not_plain(cases: Sequence[Case], items: Index) -> list[Case]:
    """Those whose only reference and amount are not the only such item's; the others are marked, and done with."""
    others = []
    for case in cases:
        sure = case.sure
        if len(sure) == 1:
            case.plain = items.exact(sure[0].keys[0], case.payment.currency, case.payment.amount)
        if not case.plain:
            others.append(case)
    return others


def _keys(cases: Sequence[Case]) -> list[str]:
    wanted: dict[str, None] = {}
    for case in cases:
        for named in case.named:
            for key in named.keys:
                wanted[key] = None
    return list(wanted)


def is_known(case: Case, found: Found) -> bool:
    """Whether any number that the payment gives is an item's."""
    return (any(found.hits(named.keys) for named in case.named)
            or any(found.hits(forms) for whole, parts in case.words for forms in (whole, *parts)))


def _hard(cases: Sequence[Case], found: Found) -> list[Case]:
    hard = []
    for case in cases:
        if _is_easy(case, found):
            case.skip_words()
        else:
            hard.append(case)
    return hard


def _is_easy(case: Case, found: Found) -> bool:
    """Whether its only reference and its amount are an item's."""
    if len(case.sure) != 1:
        return False
    payment, items = case.payment, found.hits(case.sure[0].keys)
    for item in items:
        if item.open == payment.amount and item.currency == payment.currency:
            case.plain = item.id if len(items) == 1 else ""
            return True
    return False


def _misspelt(case: Case, found: Found, rules: Rules) -> list[str]:
    bad = case.bad(rules.scheme)
    if bad is None or found.hits(bad.keys):
        return []
    return [form for one in misspelt(bad, rules.scheme) for form in keys(one)[:1]]


def _sought(case: Case, rules: Rules) -> list[Sought]:
    payment = case.payment
    if is_back(payment) or payment.kind in (Kind.FEE, Kind.DIFFERENCE):
        return []
    accounts = tuple(account for account in (payment.payer_account, payment.payer_org) if account)
    found = []
    if accounts and rules.party is not Mode.OFF:
        found.append(Sought(payment.currency, payment.amount, payment.amount, accounts))
    if rules.amount is not Mode.OFF:
        found.append(Sought(payment.currency, payment.amount, payment.amount))
    return found


def _remember(cases: Sequence[Case], found: Found, memory: Memory) -> None:
    identities = _unique([case.payment.identity for case in cases if case.payment.identity])
    origins = _unique(origin for case in cases if is_back(case.payment) for origin in case.origins())
    if identities or origins:
        found.add_earlier(memory.earlier(identities, origins))


def _unique(values: Iterable[V]) -> list[V]:
    return list(dict.fromkeys(values))
