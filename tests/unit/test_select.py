from __future__ import annotations

import pytest

from haulier.core.select import marker_of, selector
from haulier.model.files import Entry
from haulier.model.flow import Completion, Filters

NOW = 1_800_000_000_000_000_000
SECOND = 1_000_000_000


def reason(path: str, size: int = 10, age: float = 0, marker: str = "", **filters: object) -> str:
    rule = selector(Filters(**filters), Completion(marker=marker), NOW)  # type: ignore[arg-type]
    return rule(Entry(path, size, NOW - int(age * SECOND)))


@pytest.mark.parametrize(("path", "patterns", "taken"), [
    ("a.csv", ("*.csv",), True), ("sub/a.csv", ("*.csv",), True), ("a.CSV", ("*.csv",), False),
    ("a.csv.bak", ("*.csv",), False), ("a.csv", ("re:[a-z]+\\.csv",), True),
    ("a1.csv", ("re:[a-z]+\\.csv",), False), ("ab.csv", ("re:a",), False),
    ("in/a.csv", ("in/*",), True), ("out/a.csv", ("in/*",), False), ("in/x/a.csv", ("in/*/*.csv",), True),
    ("a\n.csv", ("*.csv",), True), ("[x].csv", ("[[]x].csv",), True), ("x.csv", ("*.txt", "x.*"), True)])
def test_patterns(path: str, patterns: tuple[str, ...], taken: bool) -> None:
    assert (reason(path, include=patterns) == "") is taken
    assert (reason(path, exclude=patterns) == "") is not taken


def test_exclude_wins() -> None:
    assert reason("a.csv", include=("*.csv",), exclude=("a*",)) == "excluded by a*"


@pytest.mark.parametrize("path", [".hidden", "a/.git/config", "a/.x"])
def test_hidden(path: str) -> None:
    assert reason(path) == "hidden file"
    assert reason(path, hidden=True) == ""


@pytest.mark.parametrize("path", ["a.part", "a.tmp", "a.filepart", "a.csv~", "x/a.crdownload"])
def test_temporary_names(path: str) -> None:
    assert reason(path) == "temporary file, by its name"
    assert reason(path, temp_suffixes=()) == ""


def test_bounds_are_inclusive() -> None:
    assert reason("a", 10, min_size=10, max_size=10) == ""
    assert "smaller than 11" in reason("a", 10, min_size=11)
    assert "larger than 9" in reason("a", 10, max_size=9)
    assert reason("a", age=60, min_age=60.0, max_age=60.0) == ""
    assert "younger" in reason("a", age=59, min_age=60.0)
    assert "older" in reason("a", age=61, max_age=60.0)


def test_markers() -> None:
    assert marker_of("{name}.ok", "in/a.csv") == "in/a.csv.ok"
    assert marker_of("{stem}.done", "in/a.csv") == "in/a.done"
    assert marker_of("{stem}.done", "noending") == "noending.done"
    assert marker_of("READY", "in/a.csv") == "in/READY"
    assert reason("in/a.csv.ok", marker="{name}.ok") == "marks another file as complete"
    assert reason("in/READY", marker="READY") == "marks another file as complete"
    assert reason("in/a.csv", marker="{name}.ok") == ""
