"""A part of a YAML file as a text by itself, and how a new one goes back to its place."""
from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ..problems import Where
from . import rendering
from .changes import GONE
from .nodes import Kind, Node, column, line_end, line_start, trail, tree
from .patching import Unwritable, begun, below, dash, insert_item, insert_pair, remove_at, set_at


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A value with the comments right above it and below its last line, moved to the left edge."""

    text: str
    line: int       # of the file, where it begins
    above: int      # so many of its lines are comments above the value
    start: int      # where those begin in the file
    head: int       # and where the line does that the value begins in: with a dash, or with spaces
    content: int    # and the value
    end: int

    def put(self, file: str, text: str) -> str:
        """The file with `text` there; lines that did not change stay as they are, with all their spaces."""
        above, body = parted(text)
        col, col_above = column(file, self.content), _indentation(file, self.head)
        old = [*file[self.start:self.head].splitlines(), *file[self.content:self.end].split("\n")]
        kept = self._kept(old, [*above, *body], len(above))
        moved = [*rendering.indented(above, col_above), "", *rendering.indented(body[1:], col)]
        lines = [kept.get(at, line) for at, line in enumerate(moved)]
        lines[len(above)] = file[self.head:self.content] + body[0]
        return file[:self.start] + "\n".join(lines) + file[self.end:]

    def _kept(self, old: list[str], new: list[str], above: int) -> dict[int, str]:
        """The lines of the file for those of the new text that are also in the old one, and as far down in it."""
        same = SequenceMatcher(None, self.text.split("\n"), new, autojunk=False).get_matching_blocks()
        return {to + at: old[origin + at] for origin, to, count in same for at in range(count)
                if origin + at != self.above and (origin + at < self.above) == (to + at < above)}


def is_apart(root: Node, where: Where) -> bool:
    """Whether what is at `where` has lines of its own, which an Excerpt needs."""
    parent, node = trail(root, where)[-2:]
    return not node.in_flow and (parent.kind is Kind.LIST or _is_below(node))


def excerpt(file: str, root: Node, where: Where) -> Excerpt:
    """What is at `where`, which has lines of its own."""
    parent, node = trail(root, where)[-2:]
    start = dash(file, parent, int(where[-1])) if parent.kind is Kind.LIST else node.content
    head, col = line_start(file, start), column(file, node.content)
    if file[head:start].strip():
        raise Unwritable
    above = _above(file, head, column(file, start))
    end = _end(file, node.end, col)
    lines = [line.strip() for line in file[above:head].splitlines()] + _moved(file[node.content:end], col)
    return Excerpt("\n".join(lines), file.count("\n", 0, above) + 1, file.count("\n", above, head), above, head,
                   node.content, end)


def inline(file: str, root: Node, where: Where) -> str:
    """What is at `where`, beside its key or in brackets."""
    node = trail(root, where)[-1]
    return "\n".join(_moved(file[node.content:node.end], _indentation(file, line_start(file, node.content))))


def put_inline(file: str, root: Node, where: Where, text: str, value: Any) -> str:
    """The file with `text` there, or, where its form does not fit, with `value` in one that does."""
    node, fresh = trail(root, where)[-1], tree(text)
    above, body = parted(text)
    if fresh and not above and len(body) == 1 and (fresh.is_flow or fresh.kind is Kind.ALIAS):
        return file[:node.content] + body[0] + file[node.end:]
    if node.in_flow:
        return file[:node.content] + rendering.flow(value) + file[node.end:]
    placed = set_at(file, root, where, value)
    changed = tree(placed)
    if fresh and changed and is_apart(changed, where):
        return excerpt(placed, changed, where).put(placed, text)
    return placed


def added(file: str, root: Node | None, data: Any, where: Where, part: tuple[str, Any]) -> str:
    """The file with one more item, or one more key, at the end of the list or mapping that it has under `where[0]`.

    `part` is a text and what it says.
    """
    top, piece, (text, value) = where[0], where[-1], part
    held = data.get(top, GONE) if isinstance(data, dict) else GONE
    whole = [value] if isinstance(piece, int) else {piece: value}
    if root is None:
        file = begun(file, str(top), whole)
    elif held is GONE:
        file = insert_pair(file, root, (top,), whole, [*data, top])
    elif not held:
        file = _filled(file, root, str(top), whole)
    elif isinstance(piece, int):
        file = insert_item(file, root, where, value, [*_gap(file, trail(root, where)[1]), *rendering.item(value)])
    else:
        file = insert_pair(file, root, where, value, [*held, piece])
    fresh = tree(file)
    if fresh and is_apart(fresh, where):
        return excerpt(file, fresh, where).put(file, text)
    return put_inline(file, fresh, where, text, value) if fresh else file


def _filled(file: str, root: Node, top: str, whole: Any) -> str:
    """With `whole` instead of nothing. Comments below it, of what was there once, stay above, and are not the new
    one's."""
    pair = root.pair(top)
    if pair is None:
        raise Unwritable
    key, node = pair
    end = line_end(file, node.end)
    last = below(file, node.end, column(file, key.start))
    kept = file[end:last]
    made = set_at(file[:end] + file[last:], root, (top,), whole)
    if not kept:
        return made
    head = line_end(made, key.end)
    return f"{made[:head]}{kept}\n{made[head:]}"


def removed(file: str, root: Node, where: Where) -> str:
    """The file without what is at `where`, and without the comments right above it."""
    parent, node = trail(root, where)[-2:]
    last = len(parent.items or parent.pairs) == 1
    if parent.is_flow or parent.in_flow:
        return set_at(file, root, where[:-1], [] if parent.items else {}) if last else remove_at(file, root, where)
    pair = parent.pair(where[-1])
    first = pair[0].start if pair else dash(file, parent, int(where[-1]))
    head, col = line_start(file, first), column(file, first)
    if file[head:first].strip():
        return remove_at(file, root, where)
    start = _above(file, head, col)
    end = _end(file, node.end, column(file, node.content) if _is_below(node) else col + 1)
    before, after = file[:start], file[end + 1:]
    if before.endswith("\n\n") and (not after.strip() or after.startswith("\n")):
        before = before[:-1]
    elif node in (*parent.items[:1], *(value for _, value in parent.pairs[:1])):
        after = after.removeprefix("\n")
    if last:
        key, _ = trail(root, where[:-2])[-1].pair(where[-2]) or (None, None)
        colon = before.index(":", key.end) + 1 if key else len(before)
        before = f"{before[:colon]} {'[]' if parent.items else '{}'}{before[colon:]}"
    return before + after


def _gap(file: str, parent: Node) -> list[str]:
    """An empty line, if there is one between the last two items."""
    if len(parent.items) < 2 or parent.is_flow:
        return []
    between = file[parent.items[-2].end:parent.items[-1].start]
    return [""] if re.search(r"\n[ \t]*\n", between) else []


def parted(text: str) -> tuple[list[str], list[str]]:
    """The comments that a text begins with, and the rest."""
    lines = text.strip("\n").split("\n")
    count = next((at for at, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines) - 1)
    return lines[:count], lines[count:]


def _is_below(node: Node) -> bool:
    return node.kind in (Kind.MAP, Kind.LIST) and not node.is_flow


def _above(file: str, head: int, col: int) -> int:
    """Where the comments begin that stand right above a line, as far to the right."""
    while head and file[line_start(file, head - 1):head].startswith(" " * col + "#"):
        head = line_start(file, head - 1)
    return head


def _end(file: str, end: int, col: int) -> int:
    """The end of the last line, or of the last comment below it that is as far to the right."""
    at = found = line_end(file, end)
    while at < len(file):
        line = file[at + 1:line_end(file, at + 1)]
        if line.strip() and not (line.lstrip().startswith("#") and _indentation(line, 0) >= col):
            break
        at = line_end(file, at + 1)
        found = at if line.strip() else found
    return found


def _moved(text: str, col: int) -> list[str]:
    first, *rest = text.split("\n")
    return [first, *(line[min(col, _indentation(line, 0)):] for line in rest)]


def _indentation(text: str, start: int) -> int:
    line = text[start:line_end(text, start)]
    return len(line) - len(line.lstrip(" "))
