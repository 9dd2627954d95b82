"""One file's bytes: from the source through steps into drafts at the target. Nothing else moves bytes."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple, TypeAlias

from ..model.errors import AlreadyExists, Busy, Corrupt, HaulierError, Invalid, NotFound, Unsupported
from ..model.files import Cap, Draft, Part
from ..model.flow import Check
from ..model.run import Report, Transfer
from .digest import Beside, Digest
from .resume import FRONT, Start, beginning
from .route import Route, is_written
from .steps import released, skipped, through
from .verify import Expected, check_one, sha256
from .within import unwrapped

PAUSE = 250_000_000
"""Nanoseconds between two notes of where to go on, for targets that know it themselves (Cap.NEAR)."""


Written: TypeAlias = tuple[Draft, Expected]


class Copied(NamedTuple):
    """What a copy left at the target, unpublished."""

    sha256: bytes                           # of the source; b'' if nobody could look
    drafts: tuple[Written, ...]
    there: tuple[Written, ...] = ()         # published by an earlier try

    @property
    def written(self) -> int:
        return sum(expected.size for _, expected in self.there + self.drafts)

    @property
    def target(self) -> str:
        """The path at the target, or the first of several and how many more."""
        paths = [draft.path for draft, _ in self.there + self.drafts]
        if not paths:
            return ""
        return paths[0] + (f" (and {len(paths) - 1} more)" if len(paths) > 1 else "")

    @property
    def draft(self) -> Draft | None:
        """The one draft, said to be wholly written, if there is just one: then a crash needs no new copy."""
        if self.there or len(self.drafts) != 1:
            return None
        draft, expected = self.drafts[0]
        return draft._replace(size=expected.size)


class Copy:
    """The copying of one file. Iterate over `run()`: every report is to be stored before going on."""

    def __init__(self, route: Route, transfer: Transfer) -> None:
        self.route, self.transfer = route, transfer
        self.done: list[Written] = []
        self.there: list[Written] = []              # published by an earlier try
        self.left: Draft | None = None              # by an earlier try, to go on with
        self.draft: Draft | None = None             # being written now
        self.head = transfer.head
        self.sha256 = b""
        self._noted = route.clock.now()

    @property
    def result(self) -> Copied:
        return Copied(self.sha256, tuple(self.done), tuple(self.there))

    def run(self) -> Iterator[Report]:
        before = self.transfer.draft
        if self.route.steps and before and is_written(before):
            # It may be freed and made anew. From here on it is no whole draft, which was published if it is gone.
            yield Report(self.transfer.id, draft=before._replace(size=None))
        start = beginning(self.route, self.transfer)
        self.head, self.left = start.head or self.head, start.draft
        if not self.route.steps and self._can_pull():
            yield from self._pulled(start)
        else:
            yield from self._streamed(start)
        self._check_unchanged()

    def abandon(self) -> None:
        """Free what was written, as far as that is possible now."""
        for draft in [*(draft for draft, _ in self.done), *filter(None, (self.draft, self.left))]:
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
                        yield from self._written(part)
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
        if self.route.hold and (self.done or self.there):
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

    def _written(self, part: Part) -> Iterator[Report]:
        """Write one part; a result of steps is made again from its start, but only the rest is sent."""
        route = self.route
        # Without steps the name was known, and looked up, when this was planned.
        if route.steps and self._is_published(part):
            return
        draft = self._begun(part)
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

    def _begun(self, part: Part) -> Draft:
        """The draft for a part: the one that is left, if it is of this part; else that one is freed."""
        left, self.left = self.left, None
        if left and left.path == part.name:
            return left._replace(size=part.size)
        if left:    # of another part, or the steps gave another name this time
            self.route.target.discard(left)
        return self.route.draft_of(self.transfer, part)

    def _is_published(self, part: Part) -> bool:
        """Whether an earlier try published this very part; AlreadyExists if another file there has to stay."""
        try:
            self.route.refuse_conflict(part)
        except AlreadyExists:
            # Nothing was published before all was noted as copied. After that, a process may have died
            # between publishing one part and the next.
            if not self.transfer.sha256 or not self._is_there(part):
                raise
            return True
        return False

    def _is_there(self, part: Part) -> bool:
        """Whether the target has exactly the bytes of this part under its name; reads all of both."""
        with closing(Digest()) as digest:
            expected = Expected(sum(map(len, self._tapped(part.body, digest))), digest.result())
        try:
            check_one(self.route.target, Check.READBACK, part.name, expected)
        except Corrupt:
            return False
        except NotFound as error:
            raise Busy(f"{part.name}: was taken away while it was being compared") from error
        draft = self._begun(part)
        self.route.target.discard(draft)    # published under two names, where that takes two steps
        self.there.append((draft, expected))
        return True

    def _finished(self, expected: Expected) -> None:
        assert self.draft is not None
        self.done.append((self.draft, expected))
        self.draft = None

    def _note(self, safe: Draft) -> Iterator[Report]:
        """Remember how far this is, part by part."""
        caps, now = self.route.target.caps, self.route.clock.now()
        soon = self.draft is not None and Cap.NEAR in caps and now - self._noted < PAUSE
        self.draft = safe
        if Cap.RESUME in caps and not is_written(safe) and not soon:
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
