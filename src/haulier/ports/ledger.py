"""The memory of the system: what is happening, what is wanted, what happened, and who may look."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Protocol

from ..model.account import Deed, Origin, Role, Session, Token, User
from ..model.event import Event
from ..model.history import Keep, Pruned
from ..model.query import Bucket, FlowFacts, Pace, Page, RunQuery, TransferQuery
from ..model.run import (
    Batch,
    Executor,
    Priority,
    Report,
    Run,
    RunState,
    Seen,
    Slot,
    Start,
    Totals,
    Transfer,
    Wanted,
    Wish,
)
from ..model.transfer import Signal

ALONE = Start()

class Ledger(Protocol):
    """The memory of the system. Every method is one transaction, durable when it returns.

    `flow` is a job's id, or the name an ad hoc copy gets from its two places.
    """

    def start(self, flow: str, *, source: str, target: str, run: int = 0, how: Start = ALONE) -> Run:
        """A new run, or one that was wanted or interrupted; Busy if another live process runs this flow.

        Marks dead ones CRASHED, but not `run`. Cancelled if that one is over. Runs that are not `alone` may go on
        beside each other.
        """
        ...

    def beat(self, run: Run, totals: Totals) -> Wish:
        """Still alive, and this far; what a person wants of it. LeaseLost if somebody else took the flow over."""
        ...

    def finish(self, run: Run, state: RunState, totals: Totals, error: str = "", *,
               wakes: int | None = None) -> None:
        """The run lets go of its flow: over, PAUSED, or WAITING until `wakes`."""
        ...

    def pending(self, flow: str = "") -> Sequence[Transfer]:
        """What earlier runs of the flow (or of all) left unfinished or failed, with drafts to go on from."""
        ...

    def seen(self, flow: str, paths: Sequence[str]) -> Mapping[str, Seen]:
        """What was delivered before under these paths; one bulk look-up."""
        ...

    def done(self, run: Run, paths: Sequence[str]) -> Sequence[Transfer]:
        """What this run has delivered or skipped already of these paths; one bulk look-up."""
        ...

    def remember(self, flow: str, seen: Iterable[Seen]) -> None:
        """The same bytes under a new time or tag: so that they need not be read again."""
        ...

    def claim(self, run: Run, transfers: Sequence[Transfer]) -> Batch:
        """A batch of these, all COPYING. New ones (id 0) get rows; others (pending) a new try."""
        ...

    def record(self, run: Run, reports: Sequence[Report]) -> None:
        """Apply signals by compare-and-set and store facts, drafts, events and (when settled) `seen`.

        Several signals for one transfer are applied in order. LeaseLost if a transfer was not in
        the state that its signal needs; IllegalStep, a bug, if no state accepts them in that order.
        """
        ...

    def runs(self, flow: str = "", *, limit: int = 20) -> Sequence[Run]:
        """The latest runs, newest first."""
        ...

    def transfers(self, *, run: int = 0, path: str = "", limit: int = 1000) -> Sequence[Transfer]:
        """Transfers of a run, or whose source or target path is or ends with `path`; newest first."""
        ...

    def history(self, transfer: int) -> Sequence[Event]:
        """Everything that happened to one transfer, oldest first."""
        ...

    def close(self) -> None: ...


class Agenda(Protocol):
    """What is wanted and who is there to do it. Every method is one transaction, durable when it returns.

    An executor is one process's name, new at each start. A holder is what has slots: `<executor>/<run>/<number>`.
    """

    def want(self, wanted: Wanted) -> Run | None:
        """A new run, QUEUED; None if one was wanted under this key before."""
        ...

    def run(self, id: int) -> Run:
        """NotFound if there is none."""
        ...

    def open(self) -> Sequence[Run]:
        """Runs that are not over and that this agenda was asked for, oldest first."""
        ...

    def lost(self) -> Set[int]:
        """Runs under way that it was not asked for, and whose process is gone: they are gone on with when somebody runs
        them again, and by nobody before.
        """
        ...

    def wish(self, run: int, wish: Wish) -> Run:
        """Note what a person wants; done at once if nobody carries the run. Invalid if it is over.

        PAUSE makes a QUEUED or WAITING run PAUSED, NONE a PAUSED one QUEUED; CANCEL ends any of them and
        cancels its unfinished transfers.
        """
        ...

    def ask(self, transfer: int, signal: Signal) -> Transfer:
        """What a person wants of one file: PAUSE, RESUME, CANCEL or RETRY.

        Done at once (compare-and-set) unless a lane has the file: then it is noted, and whoever carries it
        sees it in asked(). Invalid if its state does not accept that; NotFound.
        """
        ...

    def retry(self, run: int) -> int:
        """What failed of a run, and was followed by no other transfer of the same file, is QUEUED; how many files."""
        ...

    def prune(self, keep: Keep, now: int) -> Iterator[Pruned]:
        """Forget what is older; each step is a transaction that takes away some of it.

        What is not over stays, and what was seen, the last run of each flow and its last that ended well, what failed
        and was followed by nothing, and all counts over time.
        """
        ...

    def prunable(self, keep: Keep, now: int) -> Pruned:
        """What prune() would take away: so many files, at most so many runs, and at least so many events."""
        ...

    def asked(self, run: int) -> Mapping[int, Signal]:
        """What was asked of files that lanes of this run have."""
        ...

    def slots(self) -> Mapping[str, Slot]:
        """The last slot of each flow."""
        ...

    def fire(self, flow: str, before: Slot | None, now: Slot, wanted: Sequence[Wanted], seen: Sequence[Seen] = ()
             ) -> Sequence[Run] | None:
        """Replace the flow's slot and want these runs; None, and nothing done, if it is not `before` any more.

        `seen`: files that count as delivered by the flow of these runs from then on.
        """
        ...

    def beat(self, executor: str) -> None:
        """This process is alive."""
        ...

    def executors(self) -> Sequence[Executor]:
        """Those that have beaten and were not forgotten."""
        ...

    def forget(self, executor: str) -> None:
        """Its slots are free, and it is listed no more."""
        ...

    def take(self, holder: str, limits: Mapping[str, int], priority: Priority = Priority.NORMAL) -> bool:
        """Hold one slot of each of these names, if none has reached its limit; else none of them.

        Who was refused is remembered, and nobody who asks later goes before them: the lower priority goes
        first, then who holds less of it, then who waits longer. They are to ask again, or to be released.
        """
        ...

    def release(self, holder: str) -> None:
        """Give back whatever it holds; `<executor>/<run>` waits no more."""
        ...


class Reader(Protocol):
    """Questions that people ask of the past: one bounded look each."""

    def runs(self, query: RunQuery) -> Page[Run]: ...

    def transfers(self, query: TransferQuery) -> Page[Transfer]: ...

    def each_transfer(self, query: TransferQuery) -> Iterator[Transfer]:
        """All of them, newest first, by many short looks: `sort`, `limit` and `offset` do not count."""
        ...

    def transfer(self, id: int) -> Transfer:
        """NotFound if there is none."""
        ...

    def events(self, after: int, *, limit: int = 1000, run: int = 0, newest: bool = False) -> Sequence[Event]:
        """Events with higher numbers, oldest first; with `newest` the last ones of them, newest first."""
        ...

    def buckets(self, since: int, until: int, step: int) -> Sequence[Bucket]:
        """Files that ended, in stretches of `step` nanoseconds; those without any are left out."""
        ...

    def paces(self, since: int, until: int) -> Sequence[Pace]:
        """Of runs that began, and ended from `since` until before `until`."""
        ...

    def flows(self) -> Sequence[FlowFacts]:
        """Every flow that ever ran."""
        ...


class Accounts(Protocol):
    """Who may come in. Passwords, tokens and sessions come and are kept as digests, made by the caller."""

    def users(self) -> Sequence[User]: ...

    def password(self, name: str) -> str:
        """The digest of a user's password, '' if they have none here; NotFound if there is no such user."""
        ...

    def put_user(self, name: str, *, role: Role | None = None, password: str | None = None) -> User:
        """Make a user (then both are needed: Invalid) or change one; a new password or role ends their sessions.

        Invalid if no admin would be left, or if they come from elsewhere: there it is decided who they are.
        """
        ...

    def take_user(self, name: str, role: Role, origin: Origin) -> User:
        """Make the user who comes from there, or change them; another name or role ends their sessions.

        AlreadyExists if somebody else is called so. Nobody stays an admin because there is no other.
        """
        ...

    def remove_user(self, name: str) -> None:
        """With their sessions and tokens. NotFound; Invalid if no admin would be left."""
        ...

    def open_session(self, digest: str, user: str, expires: int) -> Session:
        """A new one; of one that is open already, a new end."""
        ...

    def session(self, digest: str) -> Session | None:
        """None if there is none or it has expired."""
        ...

    def close_session(self, digest: str) -> None: ...

    def add_token(self, digest: str, name: str, role: Role, owner: str, expires: int | None = None) -> Token: ...

    def token(self, digest: str) -> Token | None:
        """None if there is none or it has expired. Notes that it was used, at most once a minute."""
        ...

    def tokens(self) -> Sequence[Token]: ...

    def remove_token(self, id: int) -> None: ...

    def note(self, who: str, what: str, about: str, text: str = "", address: str = "") -> None:
        """Add to the audit log."""
        ...

    def deeds(self, *, limit: int = 50, offset: int = 0) -> Page[Deed]:
        """The audit log, newest first."""
        ...

    def is_unbroken(self) -> bool:
        """Whether nothing was taken out of the audit log or changed in it."""
        ...
