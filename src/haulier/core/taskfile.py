"""Files in the folder of tasks."""
from __future__ import annotations

import os
from pathlib import Path

from ..model.errors import Invalid


def located(name: str, tasks: Path, *, setting: str = "script", outside: bool = False) -> Path:
    """The file that is meant; Invalid if it is not there, or not in the folder of tasks and `outside` is false."""
    if not name or "\0" in name:
        raise Invalid(f"{setting}: {name!r} is not the name of a file")
    path = Path(os.path.abspath(tasks / name))
    if path.is_dir():
        raise Invalid(f"{setting}: {name} is a folder; name a file in it")
    if not path.is_file():
        raise Invalid(f"{setting}: {name} is not there; it was looked for at {path}")
    if not outside and not os.path.realpath(path).startswith(os.path.join(os.path.realpath(tasks), "")):
        hint = ", or write outside: true if that is meant" if setting == "script" else ""
        raise Invalid(f"{setting}: {name} is outside the folder of tasks ({tasks}); move it there{hint}")
    if not os.access(path, os.R_OK) and not os.access(path, os.X_OK):
        raise Invalid(f"{setting}: {name} must not be read by the user that Haulier runs as: chmod a+r {path}")
    return path
