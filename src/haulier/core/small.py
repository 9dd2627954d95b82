"""Many small files at a time: whole in memory, pipelined where the stores can."""
from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import NamedTuple

from ..model.errors import HaulierError, Invalid, NotFound, Permanent, Stopped, Unavailable
from ..model.files import SMALL, Cap, Draft, Outcome, Part, temporary
from ..model.flow import Action
from ..model.run import Report, Transfer
from ..model.transfer import Signal
from .left import is_left, was_published
from .route import Route
from .settle import settled
from .steps import released, through
from .verify import Expected, check_many, is_proven


class Item(NamedTuple):
    """One small file that was made ready for the target."""

    transfer: Transfer
    draft: Draft
    sha256: bytes           # of the source
    expected: Expected      # of what is written


class Small:
    """One batch of small files. `later` are those that turned out to need the long way."""

    def __init__(self, route: Route, transfers: Sequence[Transfer]) -> None:
        self.route = route
        self.transfers = {transfer.path: transfer for transfer in transfers}
        self.items: dict[str, Item] = {}        # by the draft's path
        self.there: set[str] = set()            # of those, published by an earlier try
        self.ended: list[Report] = []           # of those that go no further, since the last yield
        self.left: list[Draft] = []             # of those, until they are freed
        self.later: list[Transfer] = []
        self._replaces = route.replaces

    def run(self) -> Iterator[list[Report]]:
        for reports in self._run():
            yield reports
            self._free()

    def _run(self) -> Iterator[list[Report]]:
        self._stage()
        yield self._reports(self._copied(item) for item in self.items.values())
        atomic = Cap.ATOMIC in self.route.target.caps
        if not atomic:
            self._check()
        if self.route.hold:
            if self.ended:
                yield self._reports(())
            return
        self._publish()
        if atomic:
            self._check()
        if self.route.rules.settle.action is Action.KEEP:
            yield self._reports(self._published(item, Signal.SETTLED) for item in self.items.values())
            return
        self._flush()
        yield self._reports(self._published(item, Signal.VERIFIED) for item in self.items.values())
        yield self._reports(settled(self.route, [item.transfer for item in self.items.values()]))

    def _reports(self, reports: Iterable[Report]) -> list[Report]:
        ended, self.ended = self.ended, []
        return [*ended, *reports]

    def _copied(self, item: Item) -> Report:
        size = item.expected.size
        draft = item.draft._replace(offset=size) if self.route.steps or item.draft.state else None
        return Report(item.transfer.id, Signal.COPIED, sha256=item.sha256, written=size, draft=draft)

    def _published(self, item: Item, signal: Signal) -> Report:
        return Report(item.transfer.id, signal, target=item.draft.path)

    def _end(self, item: Item, error: Exception) -> None:
        """This one goes no further; what it left is freed once that is stored."""
        self.items.pop(item.draft.path, None)
        self.ended.append(self.route.failure(item.transfer, error))
        if isinstance(error, Permanent):
            self.left.append(item.draft)

    def _free(self) -> None:
        """Not earlier: a whole draft that is gone counts as published until its failure is stored."""
        for draft in self.left:
            with suppress(HaulierError):
                self.route.target.discard(draft)
        self.left.clear()

    def _stage(self) -> None:
        """Read, step, hash and write all of them under temporary names."""
        self._take_up()
        made: dict[str, Item] = {}
        lost: HaulierError = Unavailable("the target gave no answer")
        try:
            for outcome in self.route.target.write_many(self._bodies(made)):
                self._staged(made.pop(outcome.path), outcome)
        except Stopped:
            raise
        except HaulierError as error:
            lost = error
            self._end_unread(error, made)
        for item in made.values():
            self._end(item, lost)

    def _take_up(self) -> None:
        """What an earlier try has wholly written needs no copy."""
        for transfer in self.transfers.values():
            draft = self.route.draft_left(transfer) if transfer.sha256 else None
            if draft is None:
                continue
            try:
                left = is_left(self.route, draft, transfer)
            except HaulierError as error:
                self.ended.append(self.route.failure(transfer, error))
                continue
            if left is False:
                self.later.append(transfer)
                continue
            expected = Expected(transfer.written, transfer.sha256)
            self.items[draft.path] = Item(transfer, draft, transfer.sha256, expected)
            if left is None:
                self.there.add(draft.path)

    def _staged(self, item: Item, outcome: Outcome) -> None:
        if outcome.error:
            self._end(item, outcome.error)
            return
        self.items[outcome.path] = item

    def _end_unread(self, error: HaulierError, made: dict[str, Item]) -> None:
        """The target failed as a whole: also those that were not even read."""
        known = {item.transfer.id for item in (*self.items.values(), *made.values())}
        known |= {report.id for report in self.ended} | {transfer.id for transfer in self.later}
        self.ended += [self.route.failure(transfer, error) for transfer in self.transfers.values()
                       if transfer.id not in known]

    def _bodies(self, made: dict[str, Item]) -> Iterator[tuple[Draft, bytes]]:
        route, digest = self.route, hashlib.sha256
        anew = [transfer.entry for transfer in self.transfers.values() if not transfer.sha256]
        for outcome in route.source.read_many(anew):
            transfer = self.transfers[outcome.path]
            if outcome.error:
                self.ended.append(route.failure(transfer, outcome.error))
                continue
            data = outcome.data
            route.tell(len(data))
            if route.bandwidth:
                route.bandwidth.take(len(data), partial(route.tell, 0))
            sha256 = digest(data).digest()
            if transfer.known == sha256:
                text = "the same bytes as delivered before"
                self.ended.append(Report(transfer.id, Signal.DUPLICATE, text, sha256=sha256))
                continue
            make = self._stepped if route.steps else self._plain
            item = make(transfer, data, sha256)
            if item and self._is_alone(item[0], made):
                made[item[0].draft.path] = item[0]
                yield item[0].draft, item[1]

    def _is_alone(self, item: Item, made: dict[str, Item]) -> bool:
        other = made.get(item.draft.path) or self.items.get(item.draft.path)
        if other:
            where = f"{item.draft.path}, like {other.transfer.path}"
            text = f"{item.transfer.path}: would be delivered as {where}"
            self.ended.append(self.route.failure(item.transfer, Invalid(text)))
        return other is None

    def _plain(self, transfer: Transfer, data: bytes, sha256: bytes) -> tuple[Item, bytes]:
        entry, size = transfer.entry, len(data)
        temp = temporary(transfer.target, f"{self.route.mark}{transfer.id:x}")
        draft = Draft(transfer.target, temp, size, entry.modified, entry.mode, self._replaces)
        return Item(transfer, draft, sha256, Expected(size, sha256)), data

    def _stepped(self, transfer: Transfer, data: bytes, sha256: bytes) -> tuple[Item, bytes] | None:
        """Through the steps, if exactly one small part comes out; else it goes the long way later."""
        try:
            with closing(through(self.route.part_of(transfer, iter([data])), self.route.steps)) as parts:
                part = next(parts, None)
                body = self._collected(part) if part else None
                if part is None or body is None or next(parts, None) is not None:
                    self.later.append(transfer)
                    return None
                self.route.refuse_conflict(part)
        except Exception as error:
            self.ended.append(self.route.failure(transfer, error))
            return None
        draft = self.route.draft_of(transfer, part)._replace(size=len(body))
        return Item(transfer, draft, sha256, Expected(len(body), hashlib.sha256(body).digest())), body

    @staticmethod
    def _collected(part: Part) -> bytes | None:
        """The whole body, or None if it is not small."""
        chunks, size = [], 0
        with released(part):
            for chunk in part.body:
                chunks.append(chunk)
                size += len(chunk)
                if size > SMALL:
                    return None
        return b"".join(chunks)

    def _check(self) -> None:
        """Look at what arrived, where its acknowledgement is not yet proof enough."""
        if is_proven(self.route.target, self.route.rules.check):
            return
        files = {}
        for path, item in list(self.items.items()):
            if path in self.there:
                continue
            try:
                files[path] = self.route.target.stat(self._where(item)), item.expected
            except HaulierError as error:
                self._end_unless_taken(item, error)
        try:
            for path, wrong in check_many(self.route.target, self.route.rules.check, files):
                if wrong:
                    self._end_unless_taken(self.items[path], wrong)
        except HaulierError as error:
            self._end_all(error)

    def _end_unless_taken(self, item: Item, error: HaulierError) -> None:
        """What an atomic store has no more when it is checked was published, and taken away at once."""
        if not isinstance(error, NotFound) or Cap.ATOMIC not in self.route.target.caps:
            self._end_unless_there(item, error)

    def _end_unless_there(self, item: Item, error: HaulierError) -> None:
        """What an earlier try has wholly written may have been published by a process that had slept meanwhile."""
        if isinstance(error, NotFound) and was_published(self.route, item.draft, item.transfer):
            self.there.add(item.draft.path)
        else:
            self._end(item, error)

    def _end_all(self, error: HaulierError) -> None:
        for item in list(self.items.values()):
            self._end(item, error)

    def _flush(self) -> None:
        """What the sources are about to be settled for must survive a power cut."""
        try:
            self.route.target.flush()
        except HaulierError as error:
            self._end_all(error)

    def _where(self, item: Item) -> str:
        return item.draft.path if Cap.ATOMIC in self.route.target.caps else item.draft.temp

    def _publish(self) -> None:
        waiting = {path: item for path, item in self.items.items() if path not in self.there}
        try:
            for outcome in self.route.target.publish_many([item.draft for item in waiting.values()]):
                item = waiting.pop(outcome.path)
                if outcome.error:
                    self._end_unless_there(item, outcome.error)
        except Stopped:
            raise
        except HaulierError as error:
            for item in waiting.values():
                self._end(item, error)
