"""What somebody may have meant who wrote a name that is not there."""
from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MANY = 40


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean "…"?`, or else the known names, or nothing where there are none."""
    names = sorted(known)
    close = get_close_matches(word.lower(), {name.lower() for name in names}, 1, cutoff=0.6)
    if close:
        found = next(name for name in names if name.lower() == close[0])
        return f'did you mean "{found}"?'
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return f"known: {', '.join(names[:_MANY])}{more}" if names else ""
