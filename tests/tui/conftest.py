"""Workspaces for the board."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from haulier.ledger.books import Books

from .boards import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "space")


@pytest.fixture
def books(place: Place) -> Iterator[Books]:
    """The memory of the workspace, while a scheduler runs there."""
    with place.scheduler() as found:
        yield found
