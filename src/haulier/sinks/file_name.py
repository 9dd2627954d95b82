"""The name of a file that is made of another one."""
from __future__ import annotations

import re

from ..model.errors import Invalid

NAMES = ("name", "stem", "digest", "date")
PLACEHOLDER = re.compile(r"(?<!\$)\{([^{}]*)\}")      # ${…} is not ours: a flow fills it in


def named(template: str, source: str, digest: str, date: str) -> str:
    """The name that a source gets; Invalid if it cannot be one."""
    name = source.rpartition("/")[2]
    stem = name.partition(".")[0] or name
    values = {"name": name, "stem": stem, "digest": digest[:16], "date": date}
    found = PLACEHOLDER.sub(lambda match: values[match[1]], template)
    if not found or found in (".", "..") or "\0" in found:
        raise Invalid(f"name: {template} makes {found!r} of {source}, which is no name")
    return found
