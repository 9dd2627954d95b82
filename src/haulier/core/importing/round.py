"""One round of an import: what persons have decided is told, then each file that is there is taken, oldest first."""
from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...model.errors import Busy, Corrupt, Held, Invalid, LeaseLost, Malformed, NotFound, Permanent, Unsupported
from ...model.files import Entry, go_on
from ...model.intake import Incoming, Intake, IntakeState
from ...model.run import Seen
from ...model.words import count
from ...ports import ImportBook, Step, Store
from ..content import FileContent
from .fetching import Fetched, fetched
from .order import Duplicates, Order
from .outcome import Round, earlier, is_again, reason
from .settling import STAY, After, Settling, settle


class Way(Protocol):
    """What is done with the rows of a file: put into a sink, or matched as payments."""

    @property
    def order(self) -> Order:
        """How rows are made."""
        ...

    def before(self, run: int, check: Callable[[], None]) -> int:
        """Do what persons have decided since, in this run; how much that was. No other run does meanwhile."""
        ...

    def take(self, file: Incoming, content: FileContent, check: Callable[[], None]) -> Intake:
        """One file, to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Ground:
    """Where files come from, and where they are worked on."""

    store: Store
    place: str              # as a URL without secrets
    folder: Path            # a file at a time is fetched into it
    steps: Sequence[Step] = ()
    settling: Settling = STAY
    settle: Callable[[Entry, Sequence[Intake]], str] | None = None
    """Who settles files in another way than that rule; where the file is then."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A round to be made. `say`: a line of the log."""

    way: Way
    ground: Ground
    book: ImportBook
    run: int
    say: Callable[[str], None]
    check: Callable[[], None] = go_on
    answer: Callable[[Intake], str] = lambda intake: ""
    """Sends the rejects of a file back; where they are then."""

    def all(self, entries: Iterable[Entry]) -> Round:
        """All of it, with what earlier tries of the run have ended. Malformed, when everything else is done, if files
        were no good."""
        done = Round(replayed=self._before())
        before = earlier(self.book, self.way.order.flow, self.run)
        for entry in sorted(entries, key=lambda one: (one.modified or 0, one.path)):
            self.check()
            try:
                for intake in self._file(entry):
                    before.pop(intake.id, None)     # one that is no good is read anew
                    if not is_again(intake, before):
                        done.add(intake)
            except Held as error:
                done.left += 1
                self.say(f"{entry.path}: left to another run: {error}")
        self._left_behind()
        done = done.behind(before.values())
        if done.refused:
            more = f" (and {len(done.refused) - 1} more)" if len(done.refused) > 1 else ""
            raise Malformed(f"{count(len(done.refused), 'file')} of {sum(done.states.values())} refused: "
                            f"{done.refused[0]}{more}")
        return done

    def one(self, entry: Entry) -> list[Intake]:
        """One file by itself, with all that is in it."""
        return self._file(entry)

    def _before(self) -> int:
        flow, run = self.way.order.flow, self.run
        if (other := self.book.enter(flow, run)) != run:
            self.say(f"what persons have decided is left to run {other}, which is at it")
            return 0
        try:
            waiting = self.book.fixed(flow)
            done = self.way.before(run, self.check)
            if done:
                self.say(f"{count(done, 'row')} that persons have put right or decided: taken")
            if still := sum(self.book.reject(one.id).state == "open" for one in waiting):
                self.say(f"{count(still, 'row')} that persons have put right: still no good")
            return done
        finally:
            self.book.leave(flow, run)

    def _left_behind(self) -> None:
        """Files that an earlier process began, and that are not there any more: nobody is reading them."""
        for intake in self.book.stranded(self.way.order.flow, self.run):
            if intake.state is IntakeState.READING:
                error = (f"its process ended after {count(intake.mark.number, 'row')}, which stay taken; it goes on "
                         "from there when the file is there again")
                with suppress(LeaseLost):       # somebody has gone on with it just now
                    self.book.become(intake.id, IntakeState.FAILED, error=error, tries=intake.tries)
                    self.say(f"{intake.file.name}: {error}")

    def _file(self, entry: Entry) -> list[Intake]:
        ground = self.ground
        shutil.rmtree(ground.folder, ignore_errors=True)
        ground.folder.mkdir(parents=True)
        try:
            parts = fetched(ground.store, entry, ground.steps, ground.folder, self.check)
        except (Corrupt, Invalid, Unsupported) as error:    # packed in a way that nobody can unpack
            intakes = [self._unreadable(entry, error)]
        except Busy as error:       # others do not wait for it
            self.say(f"{entry.path}: not taken now: {error}")
            return []
        except NotFound:
            if self._is_there(entry):
                raise
            self.say(f"{entry.path}: it is gone; somebody else has taken it meanwhile")
            return []
        else:
            intakes = [self._taken(part) for part in parts]
            if not parts:
                self.say(f"{entry.path}: an archive with no file in it")
        for intake in intakes:
            self._answered(intake)
        self._remember(entry, intakes)
        where = (ground.settle(entry, intakes) if ground.settle
                 else settle(ground.settling, ground.store, entry, intakes))
        if where:
            self.say(f"{entry.path}: is {where} now")
        shutil.rmtree(ground.folder, ignore_errors=True)
        return intakes

    def _answered(self, intake: Intake) -> None:
        """Also if its bytes came before: whoever took them may have died before they sent the rejects."""
        if intake.state is IntakeState.DUPLICATE:
            intake = self.book.intake(intake.origin)
        if intake.state is IntakeState.DONE and intake.counts.rejected and (where := self.answer(intake)):
            self.say(f"{intake.file.name}: its rejects are in {where}")

    def _is_there(self, entry: Entry) -> bool:
        try:
            self.ground.store.stat(entry.path)
        except NotFound:
            return False
        return True

    def _remember(self, entry: Entry, intakes: Sequence[Intake]) -> None:
        """A file that stays is not fetched again while it looks the same. One that is to go is looked at until it is
        gone."""
        is_off = self.way.order.duplicates is Duplicates.OFF or self.ground.settling.after is not After.KEEP
        if is_off or any(one.state is IntakeState.REFUSED for one in intakes):
            return
        digest = bytes.fromhex(intakes[0].file.digest) if intakes else b""
        self.book.remember(self.way.order.flow, [Seen(entry, digest)])

    def _unreadable(self, entry: Entry, error: Permanent) -> Intake:
        """A file whose bytes cannot be had: it is known by how it is listed."""
        self.say(f"{entry.path}: {error}")
        look = f"{entry.path}\0{entry.size}\0{entry.modified}\0{entry.tag}"
        intake = self.book.begin(self._incoming(Fetched(Path(), entry.path, entry.size, _digest(look))))
        return self.book.become(intake.id, IntakeState.REFUSED, error=str(error))

    def _taken(self, part: Fetched) -> Intake:
        intake = self.way.take(self._incoming(part), FileContent(part.path, part.name), self.check)
        counts = intake.counts
        said = reason(intake) or f"{counts.rows} rows: {counts.accepted} accepted, {counts.rejected} rejected" + (
            f", {counts.duplicates} came before" if counts.duplicates else "")
        if intake.state is IntakeState.DUPLICATE:
            said = f"the same bytes came before, as import {intake.origin}"
        self.say(f"{part.name}: {intake.state}: {said}")
        return intake

    def _incoming(self, part: Fetched) -> Incoming:
        order = self.way.order
        digest = part.digest if order.duplicates is not Duplicates.OFF else _digest(f"{part.digest}\0{self.run}")
        return Incoming(order.flow, self.run, part.name, self.ground.place, part.size, digest, order.parser_name,
                        order.version)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
