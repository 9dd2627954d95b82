"""What a chunk of payments needs to know, asked for in a few calls."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from ...model.match import Match, OpenItem
from ...model.payment import Kind, Payment
from ...ports.items import Items, Sought
from .case import Case, Keys, is_back, misspelt, origins
from .memory import Memory
from .policy import Mode, Rules, oldest_first
from .references import keys

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
            for origin in origins(match.payment):
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


def gather(cases: Sequence[Case], items: Items, rules: Rules) -> Found:
    """All items that these payments may be for; one call for each kind of question."""
    found = Found()
    found.add(items.lookup(_keys(cases)))
    hard = _hard(cases, found)
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
    return found


def remember(payments: Sequence[Payment], found: Found, memory: Memory) -> list[str]:
    """What these payments take back or repeat, if an earlier file had it; the items that it was for."""
    identities = _unique(payment.identity for payment in payments if payment.identity)
    back = _unique(origin for payment in payments if is_back(payment) for origin in origins(payment))
    if identities or back:
        found.add_earlier(memory.earlier(identities, back))
    earlier = (match for some in (*found.by_identity.values(), *found.by_origin.values()) for match in some)
    return _unique(one.item for match in earlier for one in match.allocations)


def look_again(case: Case, items: Items, found: Found) -> list[str]:
    """Ask for the items of a payment that seemed plain, for another one took its item; which those are."""
    again = list(items.lookup(_keys([case])))
    found.add(again)
    case.skip_words()
    return [item.id for item in again]


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
    return any(item.open == payment.amount and item.currency == payment.currency for item in items)


def _misspelt(case: Case, found: Found, rules: Rules) -> list[str]:
    bad = case.bad(rules.scheme) or case.loose(rules.scheme)
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


def _unique(values: Iterable[V]) -> list[V]:
    return list(dict.fromkeys(values))
