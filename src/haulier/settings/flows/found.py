"""Which files of a folder are flows."""
from __future__ import annotations

from pathlib import Path

ENDINGS = (".json", ".yaml", ".yml")


def files(folder: Path) -> list[Path]:
    """Those with flows, by name; none if the folder is not there, or may not be read."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in ENDINGS and path.name[0] != ".")
    except OSError:
        return []
