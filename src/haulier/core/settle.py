"""What becomes of source files once their delivery is proven, and of the markers beside them."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from ..model.errors import HaulierError, NotFound
from ..model.flow import Action
from ..model.names import split
from ..model.run import Report, Transfer
from ..model.transfer import Signal
from .route import Route
from .select import marker_of, selector


def settled(route: Route, transfers: Sequence[Transfer]) -> list[Report]:
    """Settle these delivered files and, after them, their markers; what became of each.

    Doing it twice does no harm: a marker that outlived its file, because we were killed, goes then.
    Until it does, it stands for no later file of that name, being older (`select.unmarked`).
    """
    if "{name}" in route.rules.complete.marker:     # nobody shares it: it goes right after its file
        return [report for transfer in transfers for report in _settled(route, [transfer])]
    return _settled(route, transfers)


def _settled(route: Route, transfers: Sequence[Transfer]) -> list[Report]:
    reports: dict[int, Report] = {}
    gone: list[Transfer] = []
    for transfer in transfers:
        route.tell(0)
        try:
            where, is_gone = _settle(route, transfer)
        except Exception as error:
            reports[transfer.id] = route.failure(transfer, error)
            continue
        reports[transfer.id] = Report(transfer.id, Signal.SETTLED, settled=where)
        if is_gone and route.rules.complete.marker:
            gone.append(transfer)
    for report in _unmark(route, gone):
        reports[report.id] = report
    return list(reports.values())


def _settle(route: Route, transfer: Transfer) -> tuple[str, bool]:
    """Where the file went, or '' if it stays or was deleted; and whether the source has it no more.

    A source that changed since it was sent is left alone.
    """
    rule = route.rules.settle
    if rule.action is Action.KEEP:
        return "", False
    try:
        now = route.source.stat(transfer.path)
    except NotFound:    # settled before, by a try whose answer was lost
        where = route.archive.find(transfer.entry, route.clock, since=transfer.created) if route.archive else ""
        return where, True
    if not now.is_same_as(transfer.entry):
        return "", False
    if rule.action is Action.DELETE:
        with suppress(NotFound):
            route.source.delete(transfer.path)
        return "", True
    assert route.archive is not None
    where = route.archive.take(route.source, now, route.clock, since=transfer.created, keep=rule.keep_original)
    return where, not rule.keep_original


def _unmark(route: Route, gone: Sequence[Transfer]) -> Iterator[Report]:
    """Settle the markers of files that are gone; reports about those for which that failed."""
    try:
        needed = _needed(route, gone)
    except HaulierError as error:
        yield from (route.failure(transfer, error) for transfer in gone)
        return
    for transfer in gone:
        marker = marker_of(route.rules.complete.marker, transfer.path)
        try:
            if marker not in needed:
                _settle_marker(route, marker, transfer.created)
        except Exception as error:
            yield route.failure(transfer, error)


def _needed(route: Route, gone: Sequence[Transfer]) -> set[str]:
    """Markers beside those files that stand for others too, which this job takes or will take."""
    rules, marker = route.rules, route.rules.complete.marker
    if "{name}" in marker:
        return set()
    ever = replace(rules.filters, min_size=None, max_size=None, min_age=None, max_age=None)
    reason_of = selector(ever, rules.complete, route.clock.now())
    folders = {split(transfer.path)[0] for transfer in gone}
    return {marker_of(marker, entry.path) for folder in folders
            for entry in route.source.scan(folder) if not reason_of(entry)}


def _settle_marker(route: Route, marker: str, since: int) -> None:
    with suppress(NotFound):
        if route.rules.settle.action is Action.DELETE:
            route.source.delete(marker)
        else:
            assert route.archive is not None
            route.archive.take(route.source, route.source.stat(marker), route.clock, since=since)
