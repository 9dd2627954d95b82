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
def books(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    """The memory of the workspace, while a scheduler runs there that looks more often than usual."""
    monkeypatch.setattr("haulier.engine.runner.LOOK", 0.1)
    with place.scheduler() as found:
        yield found
