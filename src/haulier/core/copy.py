"""One file's bytes: from the source through steps into drafts at the target. Nothing else moves bytes."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from ..model.errors import Busy, HaulierError, Invalid, NotFound, Unsupported
from ..model.files import Cap, Draft, Part
from ..model.run import Report, Transfer
from .digest import Beside, Digest
from .resume import FRONT, Start, beginning
from .route import Route
from .steps import released, skipped, through
from .verify import Expected, sha256
from .within import unwrapped

PAUSE = 250_000_000
"""Nanoseconds between two notes of where to go on, for targets that know it themselves (Cap.NEAR)."""


class Copied(NamedTuple):
    """What a copy left at the target, unpublished."""

    sha256: bytes                                   # of the source; b'' if nobody could look
    drafts: tuple[tuple[Draft, Expected], ...]

    @property
    def written(self) -> int:
        return sum(expected.size for _, expected in self.drafts)

    @property
    def target(self) -> str:
        """The path at the target, or the first of several and how many more."""
        if not self.drafts:
            return ""
        more = f" (and {len(self.drafts) - 1} more)" if len(self.drafts) > 1 else ""
        return self.drafts[0][0].path + more

    @property
    def draft(self) -> Draft | None:
        """The one draft, if there is just one: then a crash needs no new copy."""
        return self.drafts[0][0] if len(self.drafts) == 1 else None


class Copy:
    """The copying of one file. Iterate over `run()`: every report is to be stored before going on."""

    def __init__(self, route: Route, transfer: Transfer) -> None:
        self.route, self.transfer = route, transfer
        self.done: list[tuple[Draft, Expected]] = []
        self.draft: Draft | None = None             # being written now
        self.head = transfer.head
        self.sha256 = b""
        self._noted = route.clock.now()

    @property
    def result(self) -> Copied:
        return Copied(self.sha256, tuple(self.done))

    def run(self) -> Iterator[Report]:
        start = beginning(self.route, self.transfer)
        self.head = start.head or self.head
        if not self.route.steps and self._can_pull():
            yield from self._pulled(start)
        else:
            yield from self._streamed(start)
        self._check_unchanged()

    def abandon(self) -> None:
        """Free what was written, as far as that is possible now."""
        for draft in [*(draft for draft, _ in self.done), *([self.draft] if self.draft else [])]:
            try:
                self.route.target.discard(draft)
            except HaulierError:
                pass  # the far side is gone: what is left there is hidden and is overwritten next time

    def _can_pull(self) -> bool:
        return Cap.PULL in self.route.target.caps and self.route.bandwidth is None

    def _pulled(self, start: Start) -> Iterator[Report]:
        route, entry = self.route, self.transfer.entry
        draft = start.draft or route.draft_of(self.transfer, route.part_of(self.transfer, iter(())))
        try:
            steps = route.target.pull(draft, *unwrapped(route.source, entry))
            first = next(steps)
        except Unsupported:
            yield from self._streamed(start)
            return
        beside = Beside(route.source.read(entry.path)) if Cap.NEAR in route.source.caps else None
        try:
            before = draft.offset
            for safe in _chained(first, steps):
                route.tell(safe.offset - before)
                before = safe.offset
                yield from self._note(safe)
            self.sha256 = beside.result() if beside else b""
        finally:
            if beside:
                beside.close()
        self._finished(Expected(entry.size, self.sha256))

    def _streamed(self, start: Start) -> Iterator[Report]:
        route, entry = self.route, self.transfer.entry
        source = Digest()
        offset = start.draft.offset if start.draft and not route.steps else 0
        try:
            source.feed(start.prefix)
            with closing(route.source.read(entry.path, start=offset)) as raw:
                body = self._tapped(self._fronted(route.metered(raw)), source)
                for part in through(route.part_of(self.transfer, body), route.steps):
                    with released(part):
                        self._refuse_second()
                        yield from self._written(part, start)
                for _ in body:  # what steps left unread must still be seen and hashed
                    pass
            self.sha256 = source.result()
            if not route.steps:
                draft, expected = self.done[0]
                self.done[0] = draft, Expected(expected.size, self.sha256)
        finally:
            source.close()

    def _refuse_second(self) -> None:
        """Only one draft of each file is remembered until its group is published."""
        if self.route.hold and self.done:
            raise Invalid(f"{self.transfer.path}: its steps give several files, which a job with `group: true` "
                          "cannot publish together; take it apart in a job of its own")

    def _tapped(self, body: Iterator[bytes], digest: Digest) -> Iterator[bytes]:
        for chunk in body:
            self.route.tell(0)      # what steps make may take long after the source was read
            digest.update(chunk)
            yield chunk

    def _fronted(self, body: Iterator[bytes]) -> Iterator[bytes]:
        """`body`, remembering how it begins: chunks may be of any size."""
        front = bytearray()
        for chunk in body:
            if not self.head:
                front += chunk[:FRONT - len(front)]
                if len(front) == FRONT:
                    self.head = sha256([bytes(front)])
            yield chunk

    def _written(self, part: Part, start: Start) -> Iterator[Report]:
        """Write one part; a result of steps is made again from its start, but only the rest is sent."""
        route = self.route
        if route.steps:  # without steps the name was known, and looked up, when this was planned
            route.refuse_conflict(part)
        draft = route.draft_of(self.transfer, part)
        if start.draft and start.draft.path == part.name:
            draft = start.draft._replace(size=part.size)
        elif start.draft:  # the steps gave another name this time
            route.target.discard(start.draft)
        mine = Digest() if route.steps else None
        try:
            body = self._tapped(part.body, mine) if mine else part.body
            if mine and draft.offset:
                body = skipped(body, draft.offset)
            for safe in route.target.write(draft, body):
                yield from self._note(safe)
            size = self.draft.offset if self.draft else 0
            self._finished(Expected(size, mine.result() if mine else b""))
        finally:
            if mine:
                mine.close()

    def _finished(self, expected: Expected) -> None:
        assert self.draft is not None
        self.done.append((self.draft, expected))
        self.draft = None

    def _note(self, safe: Draft) -> Iterator[Report]:
        """Remember how far this is, part by part."""
        caps, now = self.route.target.caps, self.route.clock.now()
        whole = safe.size is not None and safe.offset >= safe.size
        soon = self.draft is not None and Cap.NEAR in caps and now - self._noted < PAUSE
        self.draft = safe
        if Cap.RESUME in caps and not whole and not soon:
            self._noted = now
            yield Report(self.transfer.id, draft=safe, head=self.head)

    def _check_unchanged(self) -> None:
        entry = self.transfer.entry
        try:
            now = self.route.source.stat(entry.path)
        except NotFound as error:
            raise Busy(f"{entry.path}: was removed while it was being copied") from error
        if not now.is_same_as(entry):
            raise Busy(f"{entry.path}: changed while it was being copied; it is taken when it has settled")


def _chained(first: Draft, rest: Iterator[Draft]) -> Iterator[Draft]:
    yield first
    yield from rest
