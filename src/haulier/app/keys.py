"""Tasks as people name them: `fetch`, or `fetch[3]` for the third of a list."""
from __future__ import annotations

import re

from ..model.errors import Invalid
from ..model.task import Key

_KEY = re.compile(r"([A-Za-z0-9_.-]+)(?:\[(\d{1,9})\])?")


def key_of(text: str) -> Key:
    """Invalid if it is no such name."""
    found = _KEY.fullmatch(text)
    if found is None:
        raise Invalid(f'"{text}" is not the name of a task: write it like fetch, or fetch[3] for the third of a list')
    return Key(found[1], int(found[2] or 0))
