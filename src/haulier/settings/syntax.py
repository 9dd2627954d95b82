"""The syntax of YAML and JSON: from text to trees and plain Python, with mistakes told in words of ours."""
from __future__ import annotations

import datetime
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from .problems import Problem, Problems

_SAID = (
    ("duplicate key", "this key was given before"),
    ("undefined alias", 'nothing is called that; a value that begins with "*" needs quotes'),
    ("expected alphabetic or numeric", 'a value that begins with "*" or "&" needs quotes'),
    ("expected a single document", 'more than one document: take out the "---"'),
    ("mapping values are not allowed", 'a ": " that does not belong here; the value may need quotes'),
    ("could not find expected ':'", 'a key without its ":"'),
    ("expected <block end>", "this does not fit the lines above: look at the indentation"),
    ("unexpected end of stream", "the quotes are not closed"),
    ("that cannot start any token", "a character that no plain value may begin with; use quotes"),
    ("unknown escape character", 'a "\\" that means nothing in double quotes; use single quotes'),
    ("expected the node content", "a bracket that is not closed, or a comma too many"),
    ("expected ',' or", "a bracket that is not closed, or a comma that is missing"),
    ("undefined tag", 'a value that begins with "!" needs quotes'),
)


def round_trip() -> Any:
    """The library that reads and writes YAML with its comments and quotes."""
    from ruamel.yaml import YAML
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 16
    return yaml


def tree_of(text: str, shown: str) -> Any:
    """What YAML says, with lines and comments; Problems with its mistake."""
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")     # they quote values
            return round_trip().load(text)
    except MarkedYAMLError as error:
        raise Problems([_syntax(error, text, shown)]) from None
    except YAMLError as error:
        at = text[:getattr(error, "position", 0)]
        raise Problems([Problem(shown, at.count("\n") + 1, "", "a character that no text file "
                                "may hold", column=len(at) - at.rfind("\n"))]) from None
    except (RecursionError, ValueError) as error:
        raise Problems([Problem(shown, 0, "", f"not usable: {type(error).__name__}")]) from None


def _syntax(error: Any, text: str, shown: str) -> Problem:
    """The library's own words quote values, so they are not passed on."""
    said = f"{error.context}; {error.problem}"
    plain = next((ours for theirs, ours in _SAID if theirs in said), "this is not valid YAML")
    key = re.search(r'duplicate key "([^"]*)" with', said)
    mark = error.context_mark if "not closed" in plain else error.problem_mark
    mark = mark or error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    for number in {line, max(0, line - 1)}:
        if number < len(lines) and "\t" in re.match(r"\s*", lines[number])[0]:  # type: ignore[index]
            line, column, plain = number, lines[number].index("\t"), "YAML is indented with spaces, not tabs"
    return Problem(shown, line + 1, key[1] if key else "", plain, column=column + 1)


def json_of(text: str, shown: str) -> Any:
    """What JSON says; Problems with its mistake."""
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            twice = next(key for key in found if sum(key == one for one, _ in pairs) > 1)
            raise Problems([Problem(shown, 0, twice, "this key was given before")])
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise Problems([_not_json(error, text, shown)]) from None
    except RecursionError:
        raise Problems([Problem(shown, 0, "", "this is not usable: too many brackets in each other")]) from None


def _not_json(error: json.JSONDecodeError, text: str, shown: str) -> Problem:
    before = text[:error.pos].rstrip()
    if before.endswith(",") and text[error.pos:error.pos + 1] in ("]", "}"):
        at = len(before) - 1
        return Problem(shown, text.count("\n", 0, at) + 1, "", "a comma too many: nothing follows it",
                       column=at - text.rfind("\n", 0, at))
    return Problem(shown, error.lineno, "", f"this is not valid JSON: {error.msg}", column=error.colno)


class Plain:
    """Turns a tree into plain Python; what is shared in it stays shared."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._done: dict[int, Any] = {}
        self._open: set[int] = set()

    def of(self, node: Any) -> Any:
        """That of a node and all in it; Problems if there is something in it that we do not use."""
        if isinstance(node, Mapping | Sequence) and not isinstance(node, str | bytes):
            return self._once(node)
        if isinstance(node, datetime.date) and not isinstance(node, datetime.datetime):
            return node.isoformat()
        return self._scalar(node)

    def _once(self, node: Any) -> Any:
        if id(node) in self._open:
            raise Problems([Problem(self._file, _first_line(node), "", "an alias (*) inside itself")])
        if id(node) not in self._done:
            self._open.add(id(node))
            self._done[id(node)] = ({key: self.of(value) for key, value in node.items()}
                                    if isinstance(node, Mapping) else [self.of(one) for one in node])
            self._open.discard(id(node))
        return self._done[id(node)]

    def _scalar(self, node: Any) -> Any:
        for kind in (str, float, int):
            if isinstance(node, kind) and not isinstance(node, bool):
                return kind(node)
        if type(node).__name__ == "ScalarBoolean":
            return bool(node)
        if type(node).__name__ == "TaggedScalar":
            raise Problems([Problem(self._file, 0, "", 'tags are not used here; a value that begins '
                                    'with "!" needs quotes')])
        return node


def _first_line(node: Any) -> int:
    return int(node.lc.line) + 1
