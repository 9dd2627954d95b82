"""Where the real sample files are, which are not part of this project."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"


def sample(folder: str, name: str) -> bytes:
    """A real file; skips where there are none."""
    path = SAMPLES / folder / name
    if not path.exists():
        pytest.skip("no sample files")
    return path.read_bytes()


def expected(folder: str) -> dict[str, Any]:
    """What is known of the files in a folder, by name; nothing where there are none."""
    path = SAMPLES / folder / "expected.json"
    found: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return found
