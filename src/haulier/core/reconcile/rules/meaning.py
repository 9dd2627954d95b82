"""Which items a payment means, by all the numbers that it gives."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ....model.match import OpenItem
from ..case import Case, Meaning
from ..found import Found


def by_reference(case: Case, found: Found) -> Meaning:
    """What the references say that are no free text; what we gave ourselves counts if nothing else is known."""
    if case.said is None:
        case.said = _by_reference(case, found)
    return case.said


def _by_reference(case: Case, found: Found) -> Meaning:
    groups = [group for named in case.sure if (group := found.hits(named.keys))]
    is_sure = len(groups) == len(case.sure)
    if not groups:
        is_sure = False
        groups = [group for named in case.ours if (group := found.hits(named.keys))][:1]
    return _meaning(groups, is_sure)


def by_all(case: Case, found: Found) -> Meaning:
    """What references and text say together."""
    if case.meant is None:
        case.meant = _by_all(case, found)
    return case.meant


def _by_all(case: Case, found: Found) -> Meaning:
    groups = [group for named in case.sure if (group := found.hits(named.keys))]
    for whole, parts in case.words:
        if group := found.hits(whole):
            groups.append(group)
        else:
            groups += [group for part in parts if (group := found.hits(part))]
    return _meaning(groups, False)


def _meaning(groups: Sequence[list[OpenItem]], is_sure: bool) -> Meaning:
    if len(groups) < 2:
        return Meaning(groups[0] if groups else [], bool(groups), is_sure)
    items = narrowed(groups)
    return Meaning(items, any(_all_in(items, group) for group in groups), is_sure)


def narrowed(groups: Sequence[list[OpenItem]]) -> list[OpenItem]:
    """Of each group the items that the most other groups have too: a customer's number beside an invoice's."""
    counts = Counter(item.id for group in groups for item in group)
    kept: dict[str, OpenItem] = {}
    for group in groups:
        most = max(counts[item.id] for item in group)
        kept |= {item.id: item for item in group if counts[item.id] == most}
    return list(kept.values())


def _all_in(items: list[OpenItem], group: list[OpenItem]) -> bool:
    return {item.id for item in items} <= {item.id for item in group}
