"""YAML and JSON files that people edit: every key has its line, and comments survive our edits."""
from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from .problems import Problem, Problems, Where
from .syntax import Plain, json_of, round_trip, tree_of


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
        return tree_of(self._text.replace("\t", " "), self.file)

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
            return json.dumps(Plain(self.file).of(self.tree), indent=2, ensure_ascii=False) + "\n"
        yaml = round_trip()
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
            return kept if parse(kept, self.file).data == Plain(self.file).of(self.tree) else written
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
        return Document(shown, json_of(text, shown), text=text)
    tree = tree_of(text, shown)
    return Document(shown, Plain(shown).of(tree), tree, text)


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


def _packed(line: str) -> str:
    return "".join(line.split())


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
