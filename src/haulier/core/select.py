"""Which files of a listing are taken, and if not, why not."""
from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator, Set

from ..model.files import Entry
from ..model.flow import Completion, Filters
from ..model.words import count, duration_text

ROUNDED = 2_000_000_000
"""Nanoseconds by which two times may be apart because one of them was rounded."""

Reason = str
"""Why a file is not taken, for a person; empty if it is."""


def among(entries: Iterable[Entry], paths: Set[str]) -> Iterator[Entry]:
    """Those of a listing that are called so; it is left when all of them were there."""
    left = set(paths)
    for entry in entries:
        if entry.path in left:
            left.remove(entry.path)
            yield entry
            if not left:
                return


def matcher(patterns: Iterable[str]) -> Callable[[str], str]:
    """A function from a path to the first pattern that matches it, or ''."""
    tests = [(pattern, _compiled(pattern), _on_path(pattern)) for pattern in patterns]

    def match(path: str) -> str:
        name = path.rpartition("/")[2]
        for pattern, test, on_path in tests:
            if test.fullmatch(path if on_path else name):
                return pattern
        return ""
    return match


def _on_path(pattern: str) -> bool:
    return "/" in pattern


def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern.startswith("re:"):
        return re.compile(pattern[3:], re.DOTALL)
    return re.compile(fnmatch.translate(pattern))


def selector(filters: Filters, complete: Completion, now: int) -> Callable[[Entry], Reason]:
    """The rule as a function. `now` is in nanoseconds since the epoch."""
    included, excluded = matcher(filters.include), matcher(filters.exclude)
    is_marker = marker_test(complete.marker)
    oldest = None if filters.max_age is None else now - int(filters.max_age * 1e9)
    youngest = None if filters.min_age is None else now - int(filters.min_age * 1e9)
    bounded = any(bound is not None for bound in (filters.min_size, filters.max_size, oldest, youngest))

    def reason(entry: Entry) -> Reason:
        path = entry.path
        if not filters.hidden and (path[0] == "." or "/." in path):
            return "hidden file"
        if path.endswith(filters.temp_suffixes):
            return "temporary file, by its name"
        if is_marker(path):
            return "marks another file as complete"
        if filters.include and not included(path):
            return "no pattern includes it"
        if filters.exclude and (pattern := excluded(path)):
            return f"excluded by {pattern}"
        return _bounds(entry, filters, oldest, youngest) if bounded else ""
    return reason


def _bounds(entry: Entry, filters: Filters, oldest: int | None, youngest: int | None) -> Reason:
    if filters.min_size is not None and entry.size < filters.min_size:
        return f"smaller than {count(filters.min_size, 'byte')}"
    if filters.max_size is not None and entry.size > filters.max_size:
        return f"larger than {count(filters.max_size, 'byte')}"
    if entry.modified is not None:
        if filters.max_age is not None and oldest is not None and entry.modified < oldest:
            return f"older than {duration_text(filters.max_age)}"
        if youngest is not None and entry.modified > youngest:
            return f"younger than {duration_text(filters.min_age or 0)}"
    return ""


def marker_of(marker: str, path: str) -> str:
    """The path of the file that says `path` is complete: `{name}` and `{stem}` stand for its name."""
    folder, slash, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return folder + slash + marker.replace("{name}", name).replace("{stem}", stem)


def unmarked(marker: str, entry: Entry, found: Entry | None) -> Reason:
    """Why a file is not complete yet: its marker is not there, or was `found` to be an earlier file's."""
    path = marker_of(marker, entry.path)
    if found is None:
        return f"no {path} beside it yet"
    if found.modified is not None and entry.modified is not None and found.modified + ROUNDED < entry.modified:
        return f"{path} is older than it: an earlier file's"
    return ""


def marker_test(marker: str) -> Callable[[str], bool]:
    """Whether a path is a marker itself."""
    if not marker:
        return lambda path: False
    pieces = [re.escape(piece) for piece in re.split(r"\{(?:name|stem)\}", marker)]
    test = re.compile(".+".join(pieces), re.DOTALL)
    return lambda path: test.fullmatch(path.rpartition("/")[2]) is not None
