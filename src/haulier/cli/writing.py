"""A text that a command makes: printed, or put into a file."""
from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ..model.errors import Invalid


def written(text: str, path: Path | None, *, runs: bool = False) -> None:
    """Print it, or write the file whole or not at all; `runs`: it is a program."""
    if path is None:
        sys.stdout.write(text)
        return
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", newline="",
                                         delete=False) as draft:
            try:
                draft.write(text)
                draft.close()
                Path(draft.name).chmod((0o777 if runs else 0o666) & ~_mask())
                os.replace(draft.name, path)
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise Invalid(f"{path}: cannot be written: {error.strerror}") from error


def _mask() -> int:
    """The rights that new files do not get."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
