"""Showing what a run would do with each file, and why."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from ..core.plan import Decision, Verdict
from ..engine.work import Work
from ..model.words import count
from . import failures
from .session import Session
from .words import plain, size

FEW = 20
"""So many files that do not move, for one reason, are named; of more there is only the count."""
HEADINGS = {Verdict.SKIP: "not moved", Verdict.WAIT: "not yet", Verdict.FAIL: "cannot be moved"}


class Plans:
    """Decisions on their way to the screen; memory does not grow with their number."""

    def __init__(self, session: Session, work: Work, *, list_all: bool) -> None:
        self._session, self._work, self._list_all = session, work, list_all
        self._counts: Counter[Verdict] = Counter()
        self._bytes = 0
        self._kinds: Counter[tuple[Verdict, str]] = Counter()
        self._named: dict[tuple[Verdict, str], list[str]] = {}

    def show(self, decisions: Iterable[Decision]) -> Counter[Verdict]:
        """All of them, then the totals; how many there are of each verdict."""
        for decision in decisions:
            self._counts[decision.verdict] += 1
            if decision.verdict is Verdict.MOVE:
                self._bytes += decision.entry.size
            if self._session.is_json:
                self._tell(decision)
            elif decision.verdict is Verdict.MOVE:
                self._session.say(self._moving(decision))
            else:
                self._hold(decision)
        self._say_held()
        self._sum_up()
        return self._counts

    def _target(self, decision: Decision) -> str | None:
        """Where it would go, if no step may give it another name."""
        if decision.verdict is not Verdict.MOVE or self._work.steps:
            return None
        return self._work.name_of(decision.entry.path)

    def _tell(self, decision: Decision) -> None:
        self._session.tell("decision", path=decision.entry.path, verdict=decision.verdict,
                           reason=decision.reason or None, bytes=decision.entry.size,
                           target=self._target(decision))

    def _moving(self, decision: Decision) -> str:
        entry, target = decision.entry, self._target(decision)
        to = f" -> {plain(target)}" if target is not None and target != entry.path else ""
        why = f" ({plain(decision.reason)})" if decision.reason else ""
        return f"move {size(entry.size):>8}  {plain(entry.path)}{to}{why}"

    def _hold(self, decision: Decision) -> None:
        line = f"{decision.verdict} {size(decision.entry.size):>8}  {plain(decision.entry.path)}"
        if self._list_all:
            self._session.say(f"{line} ({plain(decision.reason)})")
            return
        kind = decision.verdict, _kind(decision)
        self._kinds[kind] += 1
        if self._kinds[kind] <= FEW:
            self._named.setdefault(kind, []).append(f"{line} ({plain(decision.reason)})")
        else:
            self._named.pop(kind, None)

    def _say_held(self) -> None:
        for kind, number in sorted(self._kinds.items()):
            for line in self._named.get(kind, ()):
                self._session.say(line)
            if kind not in self._named:
                verdict, reason = kind
                self._session.say(f"{verdict} {count(number, 'file')}: {plain(reason)} (--all names them)")

    def _sum_up(self) -> None:
        counts = {verdict: self._counts[verdict] for verdict in Verdict}
        self._session.tell("summary", flow=self._work.flow, source=self._work.origin,
                           target=self._work.goal, bytes=self._bytes, **counts)
        rest = [f"{counts[verdict]} {words}" for verdict, words in HEADINGS.items() if counts[verdict]]
        self._session.say("; ".join([f"{count(counts[Verdict.MOVE], 'file')} to move, "
                                     f"{size(self._bytes)}", *rest]))


def show(session: Session, work: Work, decisions: Iterable[Decision], *, list_all: bool,
         fail_empty: bool) -> int:
    """Show a plan; the exit status."""
    counts = Plans(session, work, list_all=list_all).show(decisions)
    if counts[Verdict.FAIL]:
        return failures.SOME_FAILED
    return failures.NOTHING_TO_DO if fail_empty and not counts[Verdict.MOVE] else failures.DONE


def _kind(decision: Decision) -> str:
    """The reason without this file's name, so that many files can have the same one."""
    path, reason = decision.entry.path, decision.reason
    folder, _, name = path.rpartition("/")
    for own in (path, name, name.rpartition(".")[0]):
        if own:
            reason = re.sub(rf"(?<!\w){re.escape(own)}(?!\w)", "…", reason)
    return reason.replace(f"{folder}/", "") if folder else reason
