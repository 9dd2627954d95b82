"""YAML and JSON files that people edit: every key has its line, and comments survive our edits."""
from __future__ import annotations

import datetime
import io
import json
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from .problems import Problem, Problems, Where

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


class Document:
    """One file: `data` is what it says, in plain Python; `tree` is for edits."""

    def __init__(self, file: str, data: Any, tree: Any = None, text: str = "") -> None:
        self.file, self.data = file, data
        self._text = text
        if tree is not None:
            self.tree = tree

    @cached_property
    def tree(self) -> Any:
        """Of JSON it is made when it is asked for, as that takes far longer than to read the file."""
        return _tree(self._text.replace("\t", " "), self.file)

    def line(self, where: Where) -> int:
        """The line, from 1, of the key at `where`, or of the nearest one above it that is there."""
        if not where:       # that takes no tree
            return 1
        try:
            node, found = self.tree, 1
        except Problems:    # JSON, and not what YAML makes of it
            return 0
        for piece in where:
            found = _line_in(node, piece) or found
            if not _holds(node, piece):
                break
            node = node[piece]
        return found

    def problem(self, where: Where, text: str, hint: str = "") -> Problem:
        """A mistake at `where`."""
        return Problem(self.file, self.line(where), key_text(where), text, hint)

    def text(self) -> str:
        """The file as it is to be written, with `tree` as it is now."""
        if self.file.endswith(".json"):
            return json.dumps(_Plain(self.file).of(self.tree), indent=2, ensure_ascii=False) + "\n"
        yaml = _yaml()
        yaml.indent(**_indentation(self._text))
        out = io.StringIO()
        yaml.dump(self.tree, out)
        return self._as_laid_out(out.getvalue())

    def _as_laid_out(self, written: str) -> str:
        """`written`, with every line that differs from the file in its spaces only as it was there."""
        old, new = self._text.splitlines(), written.splitlines()
        same = SequenceMatcher(None, list(map(_packed, old)), list(map(_packed, new)), autojunk=False)
        lines = [line for kind, at, to, start, end in same.get_opcodes()
                 for line in (old[at:to] if kind == "equal" else new[start:end])]
        kept = "".join(f"{line}\n" for line in lines)
        try:
            return kept if parse(kept, self.file).data == _Plain(self.file).of(self.tree) else written
        except Problems:
            return written

    def save(self, path: Path) -> None:
        """Replace the file at once; the last version stays beside it as `.bak`."""
        replace_file(path, self.text())


def read(path: Path, shown: str = "") -> Document:
    """The document in a file; Problems if it cannot be read."""
    return parse(read_text(path, shown or str(path)), shown or str(path))


def read_text(path: Path, shown: str) -> str:
    """What a file says; Problems if it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Problems([Problem(shown, 0, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = error.object[:error.start].count(b"\n") + 1
        raise Problems([Problem(shown, line, "", "this file is not UTF-8 text")]) from None


def parse(text: str, shown: str) -> Document:
    """The document in `text`; JSON if the name says so."""
    if shown.endswith(".json"):
        return Document(shown, _json(text, shown), text=text)
    tree = _tree(text, shown)
    return Document(shown, _Plain(shown).of(tree), tree, text)


@lru_cache(512)
def parsed(text: str, shown: str) -> Document:
    """The same, and the same object again for the same text: its `data` and `tree` are not to be changed."""
    return parse(text, shown)


def key_text(where: Where) -> str:
    """`jobs[0].source.type`"""
    pieces = [f"[{piece}]" if isinstance(piece, int) else f".{piece}" for piece in where]
    return "".join(pieces).removeprefix(".")


def replace_file(path: Path, text: str) -> None:
    """Write `text` over a file, whole or not at all, with its mode; what was there becomes `.bak`."""
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o600
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(text.encode())
            os.fchmod(out.fileno(), mode)
            out.flush()
            os.fsync(out.fileno())
        if path.exists():
            _link_over(path, path.with_name(path.name + ".bak"))
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _link_over(path: Path, backup: Path) -> None:
    backup.unlink(missing_ok=True)
    os.link(path, backup)


def _yaml() -> Any:
    from ruamel.yaml import YAML
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 16
    return yaml


def _tree(text: str, shown: str) -> Any:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")     # they quote values
            return _yaml().load(text)
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


def _json(text: str, shown: str) -> Any:
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


class _Plain:
    """Turns a tree into plain Python; what is shared in it stays shared."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._done: dict[int, Any] = {}
        self._open: set[int] = set()

    def of(self, node: Any) -> Any:
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


def _packed(line: str) -> str:
    return "".join(line.split())


def _first_line(node: Any) -> int:
    return int(node.lc.line) + 1


def _holds(node: Any, piece: str | int) -> bool:
    if isinstance(node, Mapping):
        return piece in node
    return isinstance(node, list) and isinstance(piece, int) and piece < len(node)


def _line_in(node: Any, piece: str | int) -> int:
    """The line of a key in its mapping or an item in its list; 0 if it has none."""
    try:
        marks = cast(Any, node).lc
        return int((marks.key if isinstance(node, Mapping) else marks.item)(piece)[0]) + 1
    except (AttributeError, KeyError, TypeError, IndexError):
        return 0


def _indentation(text: str) -> dict[str, int]:
    """How the lists and mappings of a file are indented, from its first of each."""
    found = re.search(r"^( *)[^\s#-][^\n]*:[ ]*(?:#[^\n]*)?\n(?:\s*(?:#[^\n]*)?\n)*( *)(-\s+)\S",
                      text, re.MULTILINE)
    nested = re.search(r"^( *)[^\s#-][^\n]*:[ ]*\n( +)[^\s#-]", text, re.MULTILINE)
    mapping = max(1, len(nested[2]) - len(nested[1])) if nested else 2
    if not found:
        return {"mapping": mapping, "sequence": 4, "offset": 2}
    offset = max(0, len(found[2]) - len(found[1]))
    return {"mapping": mapping, "sequence": offset + len(found[3]), "offset": offset}
