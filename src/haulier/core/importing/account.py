"""The report of one file: what it says of itself, what was odd, and how much was taken."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ...model.errors import HaulierError, Malformed
from ...model.record import SHOWN, Batch, Check, Notice, Reject
from ...ports import Content, Parser

MOST = 200
"""Checks that fail, notices and rejects that are told one by one; the others are counted."""

FIRST = 50
"""Rejects that the report of a refused file tells."""


class Account:
    """Gathers it while the file is read; memory does not grow with the file."""

    def __init__(self) -> None:
        self._held = 0
        self._failed: list[Check] = []
        self._totals: list[Check] = []
        self._notices: list[Notice] = []
        self._odd: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._facts: dict[str, Any] = {}
        self.rejects: list[Reject] = []

    def add(self, batch: Batch, rejects: Sequence[Reject] = ()) -> None:
        """One batch more, and what became a reject of it."""
        for check in batch.checks:
            self._check(check)
        self._odd.update(notice.code for notice in batch.notices)
        self._notices += batch.notices[:MOST - len(self._notices)]
        self._faults.update(fault.code for reject in rejects for fault in reject.faults)
        self.rejects += rejects[:MOST - len(self.rejects)]
        for name, value in batch.facts.items():
            before = self._facts.get(name)
            self._facts[name] = [*before, *value][:MOST] if isinstance(value, list) and before else value

    def say(self, one: Check | Notice) -> None:
        """What a file says of itself, by itself."""
        if isinstance(one, Check):
            self._check(one)
        else:
            self._odd[one.code] += 1
            self._notices += [one][:MOST - len(self._notices)]

    def _check(self, check: Check) -> None:
        self._held += check.holds
        if not check.holds and len(self._failed) < MOST:
            self._failed.append(check)
        if len(self._totals) < MOST:
            self._totals.append(check)

    def report(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "checks": [_shown(check) for check in self._totals], "checks_held": self._held,
            "checks_failed": [_shown(check) for check in self._failed],
            "notices": [{"code": one.code, "text": one.text, "line": one.line} for one in self._notices],
            "notices_by_code": dict(self._odd), "rejects_by_code": dict(self._faults), "facts": self._facts}

    def of_refused(self) -> dict[str, Any]:
        """The same of a file that is no good, with the first of its rows that are not."""
        return {**self.report(), "rejects": [_told(one) for one in self.rejects[:FIRST]]}


class Unfit(Malformed):
    """A file that is no good, and what was found out of it before that showed."""

    def __init__(self, error: Malformed, account: Account) -> None:
        super().__init__(str(error), line=error.line, offset=error.offset)
        self.account = account


def unfit(error: Malformed, account: Account, parser: Parser, content: Content) -> Unfit:
    """With what was found out, and with all that the file says of itself if that is known without its rows."""
    if not account.report()["checks"] and type(parser).checks is not Parser.checks:
        with suppress(HaulierError):
            for one in parser.checks(content):
                account.say(one)
    return Unfit(error, account)


def told_of(error: Malformed) -> str:
    """As persons read it: with its line, unless it says that itself."""
    said = str(error)
    return said if not error.line or re.search(rf"\bline {error.line}\b", said) else f"{said} (line {error.line})"


def prove(parser: Parser, content: Content) -> None:
    """Unfit, with both numbers, unless all that a file says of itself holds."""
    account, wrong = Account(), []
    for one in parser.checks(content):
        account.say(one)
        if isinstance(one, Check) and not one.holds:
            wrong.append(one)
    if wrong:
        said = "; ".join(f"{one.name}{f' of {one.where}' if one.where else ''} is said to be {one.texts[0]}, and "
                         f"{one.texts[1]} was found" for one in wrong[:3])
        more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        error = Malformed(f"{content.name}: {said}{more}: nothing of it was taken; ask its sender for a whole one",
                          line=wrong[0].line)
        raise Unfit(error, account)


def merged(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The report of a file that was read in two tries: what the second says wins."""
    return {**before, **{name: value for name, value in after.items() if value or name not in before}}


def _told(reject: Reject) -> dict[str, Any]:
    faults = [{"column": one.column, "value": one.value, "code": one.code, "reason": one.reason}
              for one in reject.faults]
    return {"number": reject.number, "line": reject.line, "raw": reject.raw[:SHOWN], "faults": faults}


def _shown(check: Check) -> dict[str, Any]:
    said, found = check.texts
    return {"name": check.name, "where": check.where, "said": said, "found": found, "holds": check.holds,
            "line": check.line}
