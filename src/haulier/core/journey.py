"""A batch of files from source to target: stage, check, publish, settle.

Generators here yield lists of reports, and each list is a durable step: the caller stores it
before it asks for the next. Dropping the generator at any step is what a crash looks like.
"""
from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress

from ..model.errors import AlreadyExists, HaulierError, NotFound, Permanent, Withdrawn
from ..model.files import SMALL, Cap, Draft
from ..model.flow import Action
from ..model.run import Report, Transfer
from ..model.transfer import Signal
from .copy import Copied, Copy
from .left import is_left, was_published
from .route import Route, is_written
from .settle import settled
from .small import Small
from .steps import are_repeatable
from .verify import Expected, check_one, is_proven, sha256

Steps = Iterator[list[Report]]


def carry(route: Route, transfers: Sequence[Transfer]) -> Steps:
    """Carry these transfers, small ones together, others one after another."""
    together: list[Transfer] = []
    alone: list[Transfer] = []
    small = _takes_small(route)
    for transfer in transfers:
        (together if small and _goes_with_others(route, transfer) else alone).append(transfer)
    if together:
        route.begun(0)
        batch = Small(route, together)
        yield from batch.run()
        alone += batch.later
    for transfer in alone:
        yield from carry_one(route, transfer)


def _takes_small(route: Route) -> bool:
    """Whether small files may travel together here."""
    # A group's files must not be published early, as an atomic store does with many.
    early = route.hold and Cap.ATOMIC in route.target.caps
    # A script must not run a second time because its result turned out to be large.
    return are_repeatable(route.steps) and not early


def _goes_with_others(route: Route, transfer: Transfer) -> bool:
    """Whether it is small, and nothing was done with it before, or all was copied and may be there still."""
    if transfer.entry.size > SMALL or transfer.draft or transfer.delivered or transfer.checked:
        return False
    return not transfer.sha256 or (route.replaces and not route.steps and Cap.ATOMIC not in route.target.caps)


def carry_one(route: Route, transfer: Transfer) -> Steps:
    """Carry one file, going on from wherever an earlier try came to."""
    route.begun(transfer.id)
    try:
        target = transfer.target
        if not transfer.delivered:
            target = yield from _deliver(route, transfer)
        else:
            yield [Report(transfer.id, Signal.COPIED, sha256=transfer.sha256, written=transfer.written),
                   Report(transfer.id, Signal.VERIFIED, target=target)]
        if not route.hold:
            yield [report._replace(target=target) for report in settled(route, [transfer])]
    except Withdrawn as asked:
        yield [Report(transfer.id, Signal.PAUSE if asked.pauses else Signal.CANCEL)]
    except _Ended as ended:
        yield [ended.report]
        for draft in ended.drafts:
            with suppress(HaulierError):
                route.target.discard(draft)
    except Exception as error:
        yield [route.failure(transfer, error)]


class _Ended(Exception):
    """This transfer has come to its end before settling; `drafts` are freed once that is stored."""

    def __init__(self, report: Report, drafts: Sequence[Draft] = ()) -> None:
        self.report, self.drafts = report, drafts


def _deliver(route: Route, transfer: Transfer) -> Generator[list[Report], None, str]:
    """Copy, check and publish it; its path there, which is not noted before: steps begin with the planned one."""
    before = _copied_before(route, transfer)
    copied = before or (yield from _copied(route, transfer))
    route.begun(0)      # from here on it is nearly there, and no state between would be one to pause in
    yield [Report(transfer.id, Signal.COPIED, sha256=copied.sha256, written=copied.written, draft=copied.draft)]
    atomic = Cap.ATOMIC in route.target.caps
    try:
        if not atomic and not (before and transfer.checked):
            _check(route, transfer, copied)
        if route.hold:
            return ""
        for draft, _ in copied.drafts:
            _publish(route, draft, transfer)
        if atomic:
            with suppress(NotFound):    # taken away at once: publish() has compared what the store can tell
                _check(route, transfer, copied)
    except Permanent as error:
        # Not freed before that is stored: a whole draft that is gone counts as published.
        raise _Ended(route.failure(transfer, error), [draft for draft, _ in copied.drafts]) from error
    if route.rules.settle.action is not Action.KEEP:
        route.target.flush()
        yield [Report(transfer.id, Signal.VERIFIED, target=copied.target)]
    return copied.target


def _copied(route: Route, transfer: Transfer) -> Generator[list[Report], None, Copied]:
    """Copy it; what is at the target then, unpublished."""
    copy = Copy(route, transfer)
    try:
        if transfer.known and Cap.NEAR in route.source.caps:
            _compare(transfer, sha256(route.source.read(transfer.path)))
        for report in copy.run():
            yield [report]
        _compare(transfer, copy.sha256)
    except (Permanent, _Ended):
        copy.abandon()
        raise
    return copy.result


def _copied_before(route: Route, transfer: Transfer) -> Copied | None:
    """What an earlier try copied in full, if it is checked or all that the check needs is still known."""
    draft = route.draft_left(transfer) if transfer.sha256 else None
    if draft and route.steps and not is_written(draft):
        return None     # where to go on with one part of several is all that was noted
    left = is_left(route, draft, transfer) if draft else False
    if draft is None or left is False:
        return None
    if not route.steps:
        return Copied(transfer.sha256, ((draft, Expected(transfer.written, transfer.sha256)),))
    # Where it has a temporary name, nothing is published before it is checked.
    checked = Cap.ATOMIC not in route.target.caps and (transfer.checked or left is None)
    if checked or is_proven(route.target, route.rules.check):
        return Copied(transfer.sha256, ((draft, Expected(transfer.written, b"")),))
    return None


def _compare(transfer: Transfer, found: bytes) -> None:
    """End the transfer if these bytes were delivered under this path before."""
    if found and found == transfer.known:
        text = "the same bytes as delivered before"
        raise _Ended(Report(transfer.id, Signal.DUPLICATE, text, sha256=found))


def _check(route: Route, transfer: Transfer, copied: Copied) -> None:
    for draft, expected in copied.drafts:
        where = draft.path if Cap.ATOMIC in route.target.caps else draft.temp
        try:
            same = None if route.steps else route.source
            check_one(route.target, route.rules.check, where, expected, sample=same, origin=transfer.path)
        except NotFound:
            if not was_published(route, draft, transfer):
                raise


def _publish(route: Route, draft: Draft, transfer: Transfer) -> None:
    try:
        route.target.publish(draft)
    except NotFound:
        if not was_published(route, draft, transfer):
            raise
    except AlreadyExists:
        if not transfer.sha256 or not _is_ours(route, draft, transfer):
            raise
        route.target.discard(draft)


def _is_ours(route: Route, draft: Draft, transfer: Transfer) -> bool:
    """Whether the file in the way is the one that an earlier try published."""
    there = route.target.stat(draft.path)
    return there.size == transfer.written and there.modified == draft.modified
