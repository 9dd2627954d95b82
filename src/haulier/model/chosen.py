"""Files that a run of a job was asked for by name: they are its parameters."""
from __future__ import annotations

import json
from collections.abc import Iterable

from .errors import Invalid
from .names import checked

FILES = "files"


def asking_for(paths: Iterable[str]) -> str:
    """The parameters of a run that is for these files of the source only; Invalid if one is no name of a file in it."""
    return json.dumps({FILES: sorted({_usable(path) for path in paths})})


def asked_for(params: str) -> frozenset[str] | None:
    """The paths that a run is for; None: whatever the job takes."""
    files = json.loads(params).get(FILES) if params else None
    return None if files is None else frozenset(files)


def _usable(path: str) -> str:
    try:
        path.encode()
    except UnicodeEncodeError:
        raise Invalid(f"not a usable file name: {path!r}") from None
    return checked(path)
