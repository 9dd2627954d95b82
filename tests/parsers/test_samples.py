"""All real files the way `haulier import suggest` and `check` see them: the right parser is proposed, and reads it."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from haulier.app.importing import order_for, suggested
from haulier.core.content import FileContent
from haulier.core.importing.fetching import Fetched
from haulier.core.importing.taking import Rehearsal, rehearsed
from haulier.model.errors import Malformed
from parsers.conftest import SAMPLES, expected

PARSERS = {"ach": "nacha", "autogiro": "autogiro", "bankgirot_lb": "lb", "bgmax": "bgmax", "camt": "camt",
           "csv": "csv", "mt940": "mt940"}
NOT_SUGGESTED = {"bgmax/isolated_deposit.txt": "a deposit without the record that says that it is BgMax",
                 "csv/horror_utf8bom.csv": "its only line might as well be the names of columns"}
REFUSED = {"bgmax/BgMaxfil4_broken.txt", "bgmax/unknown_codes_bom.txt", "camt/vf_invalid_namespace.xml"}
NO_DATA = {"autogiro": {"01", "09", "15", "16", "17"},
           "bankgirot_lb": {"LB", "11", "12", "13", "25", "26", "27", "29", "40", "49"}}
"""Record types that are no rows."""


def _by_codes(folder: str) -> Callable[[Mapping[str, Any]], int]:
    return lambda known: sum(n for code, n in known["transaction_codes"].items() if code not in NO_DATA[folder])


TITLES = {"horror_mixedGLB.csv": 4}
"""Records before the rows of tables whose first line is no header: titles, and the header."""


def _in_table(known: Mapping[str, Any]) -> int:
    before = next((TITLES[name] for name, one in expected("csv").items() if one == known and name in TITLES), 0)
    return known["records_including_header"] - (before or (known["has_header"] and all(known["first_record"])))


ROWS: Mapping[str, Callable[[Mapping[str, Any]], int]] = {
    "ach": lambda known: known["entries"],
    "autogiro": _by_codes("autogiro"),
    "bankgirot_lb": _by_codes("bankgirot_lb"),
    "bgmax": lambda known: sum(len(section["payments"]) for section in known["sections"]),
    "csv": _in_table,
    "mt940": lambda known: known["transactions"]}


def _all() -> Iterator[str]:
    for folder in PARSERS:
        for name in expected(folder):
            yield f"{folder}/{name}"


def _parser(name: str) -> str:
    return "pain" if "_pain_" in name else PARSERS[name.partition("/")[0]]


def _known(name: str) -> Any:
    folder, _, file = name.partition("/")
    return expected(folder)[file]


def _fetched(name: str) -> Fetched:
    path = SAMPLES / name
    return Fetched(path, path.name, path.stat().st_size, "")


def _checked(name: str) -> Rehearsal:
    """As `import check` without a parser does it."""
    file = _fetched(name)
    best = suggested(file)[0]
    order = order_for(None, Path.cwd(), best.parser, best.guess.settings)
    return rehearsed(order, FileContent(file.path, file.name))


def _sound() -> list[str]:
    return [name for name in _all() if name not in {*REFUSED, *NOT_SUGGESTED}]


@pytest.mark.parametrize("name", [name for name in _all() if name not in NOT_SUGGESTED])
def test_the_right_parser_is_suggested(name: str) -> None:
    best, *others = suggested(_fetched(name))
    assert best.parser == _parser(name) and best.guess.why
    assert all(one.guess.score <= best.guess.score for one in others)


@pytest.mark.parametrize("name", _sound())
def test_a_suggestion_reads_all_rows(name: str) -> None:
    known, found = _known(name), _checked(name)
    counts = found.counts
    assert counts.balances and not counts.duplicates
    if rows := ROWS.get(name.partition("/")[0]):
        assert counts.rows == rows(known)
    assert counts.rejected == ("row error" in known.get("note", "")), found.rejects


@pytest.mark.parametrize("name", [name for name in _sound() if name.startswith("camt/")])
def test_totals_of_statements_are_as_is_known(name: str) -> None:
    """What is said not to balance does not, and the other way round."""
    known = _known(name)
    if "statements" not in known:
        pytest.skip("has none")
    report = _checked(name).account.report()
    told = {one["where"]: one["holds"] for one in report["checks"] if one["name"] == "closing balance"}
    for statement in known["statements"]:
        where = [holds for text, holds in told.items() if statement["id"] in text]
        balance = statement["balance_check"]
        if balance != "not possible" and where:
            assert where[0] is (balance == "ok"), (name, statement["id"], told)
    assert len(report["facts"].get("statements", ())) == len(known["statements"])


@pytest.mark.parametrize("name", sorted(REFUSED) if SAMPLES.exists() else [])
def test_what_cannot_be_right_is_refused(name: str) -> None:
    with pytest.raises(Malformed) as raised:
        _checked(name)
    assert raised.value.line or "empty" in str(raised.value)
