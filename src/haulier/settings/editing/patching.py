"""One change to a YAML text: a value set, put in or taken out, and nothing else touched."""
from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..problems import Where
from . import rendering
from .nodes import Kind, Node, column, line_end, line_start, trail

_GAP = re.compile(r"(?:\s|(?<=\s)#[^\n]*)*")
_HEADER = re.compile(r"[|>][^\s#]*")
_BELOW = re.compile(r"\n([ ]*)#[^\n]*")


class Unwritable(Exception):
    """It is not written in a way in which just this could be changed."""


def set_at(text: str, root: Node, where: Where, value: Any) -> str:
    """With `value` instead of what is at `where`; a comment beside it stays."""
    *_, parent, node = _trail(root, where)
    if node.in_flow:
        return text[:node.start] + _flow(node, value) + text[node.end:]
    if parent.kind is Kind.LIST:
        return _set_item(text, node, value)
    pair = parent.pair(where[-1])
    assert pair
    return _set_pair(text, *pair, value)


def remove_at(text: str, root: Node, where: Where) -> str:
    """Without what is at `where`, and without the comment beside it."""
    *_, parent, node = _trail(root, where)
    at = next(at for at, one in enumerate(_values(parent)) if one is node)
    starts = _starts(text, parent)
    if len(starts) == 1 and len(where) > 1:
        raise Unwritable
    if len(starts) == 1 and parent.is_flow:
        return text[:parent.content + 1] + text[parent.end - 1:]
    if parent.is_flow:
        return (text[:starts[at]] + text[starts[at + 1]:] if at + 1 < len(starts) else
                text[:_values(parent)[at - 1].end] + text[node.end:])
    start = line_start(text, starts[at])
    if text[start:starts[at]].strip():      # the first, after a dash
        return text[:starts[at]] + text[starts[at + 1]:]
    return text[:start] + text[below(text, node.end, column(text, starts[at])) + 1:]


def insert_pair(text: str, root: Node, where: Where, value: Any, order: Iterable[Any]) -> str:
    """With one more key, after the nearest of those that come before it in `order`."""
    parent, key = _trail(root, where[:-1])[-1], where[-1]
    if parent.kind is not Kind.MAP:
        raise Unwritable
    after = _before(parent, key, order) if parent.pairs else None
    if parent.is_flow:
        return _into_flow(text, parent, after, f"{rendering.word(key)}: {rendering.flow(value)}")
    col = column(text, parent.pairs[0][0].start)
    commented = None if len(where) > 1 else after_comment(text, key, col)
    return _into_block(text, parent, after, rendering.pair(key, value), commented)


def insert_item(text: str, root: Node, where: Where, value: Any, lines: list[str] | None = None) -> str:
    """With one more item in a list, before the one that is at `where`; `lines`: how it is to be written."""
    parent, at = _trail(root, where[:-1])[-1], where[-1]
    if parent.kind is not Kind.LIST or not parent.items:
        raise Unwritable
    after = parent.items[int(at) - 1] if at else None
    if parent.is_flow:
        return _into_flow(text, parent, after, rendering.flow(value))
    return _into_block(text, parent, after, lines or rendering.item(value))


def begun(text: str, key: str, value: Any) -> str:
    """The first key of a text with nothing but comments in it."""
    lines = "\n".join(rendering.pair(key, value))
    at = after_comment(text, key, 0)
    if at is not None:
        return f"{text[:at]}\n{lines}{text[at:]}"
    return text + ("\n" if text and not text.endswith("\n") else "") + lines + "\n"


def below(text: str, end: int, col: int) -> int:
    """The end of the line, or of the comments below it that are further to the right than `col`."""
    at = line_end(text, end)
    while (found := _BELOW.match(text, at)) and len(found[1]) > col:
        at = found.end()
    return at


def dash(text: str, parent: Node, at: int) -> int:
    """Where the dash of an item stands."""
    gap = _GAP.match(text, parent.items[at - 1].end if at else parent.content)
    found = gap.end() if gap else -1
    if text[found:found + 1] != "-":
        raise Unwritable
    return found


def after_comment(text: str, key: Any, col: int) -> int | None:
    """The end of the comment that has `key` in it as it would be written, with all that would be below it."""
    found = re.search(rf"^[ ]{{{col}}}#( ?){re.escape(str(key))}:[^\n]*", text, re.MULTILINE)
    if found is None:
        return None
    inside = re.compile(rf"\n[ ]{{{col}}}#{found[1]}[ ]+\S[^\n]*")
    at = found.end()
    while more := inside.match(text, at):
        at = more.end()
    return at


def _trail(root: Node, where: Where) -> list[Node]:
    nodes = trail(root, where)
    if len(nodes) <= len(where):
        raise Unwritable
    return nodes


def _flow(node: Node, value: Any) -> str:
    """On one line, in the quotes of what was there."""
    return rendering.flow(value) if isinstance(value, dict | list) else rendering.word(value, node.style)


def _set_item(text: str, node: Node, value: Any) -> str:
    first, *rest = rendering.item(value)
    space = " " if text[node.start - 1] == "-" else ""      # there was nothing
    col = column(text, node.start) + len(space)
    tail, end = _tail(text, node)
    return text[:node.start] + space + first[2:] + tail + _block(rest, col - rendering.STEP) + text[end:]


def _set_pair(text: str, key: Node, node: Node, value: Any) -> str:
    head, *rest = rendering.pair("k", value)
    if not rest:
        head = f"k: {_flow(node, value)}"
    colon = text.index(":", key.end) + 1
    lead, col = head[3:], column(text, key.start)
    is_beside = "\n" not in text[colon:node.start] and node.start > colon
    start = node.start if is_beside and lead else colon
    tail, end = _tail(text, node)
    return text[:start] + (lead if start > colon else f" {lead}".rstrip()) + (
        _comment(text[colon:line_end(text, colon)] if not is_beside else "") or tail) + _block(rest, col) + text[end:]


def _tail(text: str, node: Node) -> tuple[str, int]:
    """The comment beside a value, and where what follows begins."""
    if node.style in ("|", ">") and node.kind is Kind.WORD:
        header = _HEADER.match(text, node.content)
        at = header.end() if header else node.content
        return _comment(text[at:line_end(text, at)]), node.end
    if node.kind in (Kind.MAP, Kind.LIST) and not node.is_flow:
        return _comment(text[node.start:line_end(text, node.start)]) if node.anchor else "", line_end(text, node.end)
    end = line_end(text, node.end)
    return _comment(text[node.end:end]), end


def _comment(rest: str) -> str:
    """The comment at the end of a line, with the space before it."""
    found = re.search(r"\s+#.*", rest)
    return found[0] if found else ""


def _block(lines: list[str], col: int) -> str:
    return "".join(f"\n{line}" for line in rendering.indented(lines, col))


def _values(parent: Node) -> list[Node]:
    return parent.items if parent.kind is Kind.LIST else [value for _, value in parent.pairs]


def _starts(text: str, parent: Node) -> list[int]:
    """Where each key, or each item with its dash, begins."""
    if parent.kind is Kind.MAP:
        return [key.start for key, _ in parent.pairs]
    return [item.start if parent.is_flow else dash(text, parent, at) for at, item in enumerate(parent.items)]


def _before(parent: Node, key: Any, order: Iterable[Any]) -> Node | None:
    """The value after which a new key goes; None: before all of them."""
    known = list(order)
    for one in reversed(known[:known.index(key)]):
        if pair := parent.pair(one):
            return pair[1]
    first = parent.pairs[0]
    return first[1] if first[0].word == "<<" else None


def _into_flow(text: str, parent: Node, after: Node | None, written: str) -> str:
    if after:
        return f"{text[:after.end]}, {written}{text[after.end:]}"
    starts = _starts(text, parent) or [parent.content + 1]
    return f"{text[:starts[0]]}{written}{', ' if parent.pairs or parent.items else ''}{text[starts[0]:]}"


def _into_block(text: str, parent: Node, after: Node | None, lines: list[str], at: int | None = None) -> str:
    first = _starts(text, parent)[0]
    col = column(text, first)
    if after is None and at is None:
        return text[:first] + _block(lines, col)[1 + col:] + "\n" + " " * col + text[first:]
    end = below(text, after.end, col) if after and at is None else at
    return text[:end] + _block(lines, col) + text[end:]

