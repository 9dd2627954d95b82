"""Secrets go out as dots; dots that come back mean what was there, and what was typed is sealed."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from ...model.errors import Invalid
from ..problems import Where
from ..secrets import Secrets, is_reference
from .changes import GONE, is_same, value_at, with_value
from .hidden import Models, Secret, secrets
from .nodes import Kind, node_at, tree

MASK = "••••••"
Tell = Callable[[Where, str, str], object]
"""Takes the way to a mistake, what it is, and what to do."""
_SAID = re.compile(r"([\w-]*(?:password|passphrase|passwd|secret|token|(?:api|access|auth)_?key)[\w-]*[\"']?\s*[:=]\s*)"
                   r"([^\s,}#][^,}#]*)", re.IGNORECASE)
_VARIABLE = re.compile(r"(?<!\$)\$\{\w+\}")


def masked(data: Any, hidden: Iterable[Secret]) -> Any:
    """The value with dots for these secrets in it."""
    for one in hidden:
        data = with_value(data, one.where, MASK)
    return data


def masked_text(text: str, hidden: Iterable[Secret]) -> str:
    """The text with dots for these secrets, and in comments for what looks like one."""
    root = tree(text)
    if root is None:
        return text
    nodes = [node for one in hidden if (node := node_at(root, one.where)) and node.kind is Kind.WORD]
    for node in sorted(nodes, key=lambda node: -node.start):
        quote = node.style if node.style in ("'", '"') else ""
        text = text[:node.content] + quote + MASK + quote + text[node.end:]
    return _with_comments(text, _dotted)


def with_comments_of(old: str, text: str) -> str:
    """`text` with the comments of `old` again where it has those with dots in them."""
    known: dict[str, list[str]] = {}
    for comment in _comments(old):
        known.setdefault(_dotted(comment), []).append(comment)
    return _with_comments(text, lambda comment: known[comment].pop() if known.get(comment) else comment)


def shown(data: Any, models: Models, old: Iterable[Secret]) -> list[Secret]:
    """The secrets of a draft that are not to be shown: those of the file, and plain ones; not what was just sealed."""
    kept = {repr(one.value) for one in old}
    return [one for one in secrets(data, models) if repr(one.value) in kept or (one.is_known and _is_plain(one.value))]


def words(text: str) -> set[str]:
    """Everything that a text says itself, rather than by an alias of something elsewhere."""
    root = tree(text)
    return {node.word for node in root.all() if node.kind is Kind.WORD} if root else set()


def sealed(data: Any, models: Models, typed: set[str] | None, keys: Secrets, tell: Tell) -> Any:
    """The value with every secret sealed that was typed as it is; `typed`: only those of these words."""
    for one in secrets(data, models):
        if one.is_known and _is_plain(one.value) and one.value != MASK and (typed is None or one.value in typed):
            try:
                data = with_value(data, one.where, keys.seal(keys.resolve(one.value)))
            except Invalid as error:
                tell(one.where, str(error), "")
    return data


def restored(new: Any, old: Any, dots: Any, tell: Tell, where: Where = ()) -> Any:
    """`new` with what `old` has in place of dots; `dots` is `old` as it was shown."""
    if new == MASK and isinstance(new, str):
        if old is GONE or old is None or isinstance(old, dict | list):
            tell(where, "dots stand for a secret that is there already, and here is none", "write the secret itself")
            return new
        return old
    if isinstance(new, dict):
        return {key: restored(one, value_at(old, (key,)), value_at(dots, (key,)), tell, (*where, key))
                for key, one in new.items()}
    if not isinstance(new, list):
        return new
    origins = _origins(new, old, dots) if isinstance(old, list) else {}
    was = [(old[origins[at]], dots[origins[at]]) if at in origins else (GONE, GONE) for at in range(len(new))]
    return [restored(one, *was[at], tell, (*where, at)) for at, one in enumerate(new)]


def _origins(new: list[Any], old: list[Any], dots: list[Any]) -> dict[int, int]:
    """Which item of a list each new one was, as far as that is certain: secrets must not change places."""
    found: dict[int, int] = {}
    for at, one in enumerate(new):
        same = [origin for origin, shown in enumerate(dots) if is_same(one, shown)]
        if same and one != MASK and all(is_same(old[origin], old[same[0]]) for origin in same):
            found[at] = same[0]
    left, right = ([at for at in range(len(all_)) if at not in taken] for all_, taken in
                   ((new, found.keys()), (old, set(found.values()))))
    if left == right and len(new) == len(old):
        return found | {at: at for at in left if _kind(new[at]) == _kind(dots[at])}
    for at in left:
        alike = [origin for origin in right if _kind(dots[origin]) == _kind(new[at])]
        if len(alike) == 1 and [_kind(new[other]) for other in left].count(_kind(new[at])) == 1:
            found[at] = alike[0]
    return found


def _kind(item: Any) -> object:
    """What a step is called, whichever way it is written."""
    if isinstance(item, dict):
        return str(item["type"]) if "type" in item else str(next(iter(item))) if len(item) == 1 else "mapping"
    return type(item)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and not is_reference(value) and not _VARIABLE.search(value)


def _dotted(comment: str) -> str:
    return _SAID.sub(lambda found: found[0] if is_reference(found[2].strip().strip("\"'"))
                     and not found[2].strip("\"'").startswith("sealed:") else found[1] + MASK, comment)


def _comments(text: str) -> list[str]:
    return [text[start:end] for start, end in _spans(text)]


def _with_comments(text: str, change: Callable[[str], str]) -> str:
    for start, end in reversed(_spans(text)):
        text = text[:start] + change(text[start:end]) + text[end:]
    return text


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the comments are: from a `#` that stands in no value to the end of the line."""
    root = tree(text) if "#" in text else None
    spans = [(node.start, node.end) for node in root.all() if node.kind is Kind.WORD] if root else []
    found: list[tuple[int, int]] = []
    for match in re.finditer(r"(?:(?<=\s)|^)#[^\n]*", text):
        if not any(start <= match.start() < end for start, end in spans):
            found.append(match.span())
    return found
