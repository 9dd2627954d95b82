"""Open items that are kept for a moment."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from haulier.app.shelf import Shelf
from haulier.ports import Items
from haulier.settings.workspace import Workspace
from haulier.tasks.importing import ImportSpec

CSV = {"type": "csv", "file": "open.csv"}


def spec(items: dict[str, Any]) -> ImportSpec:
    return ImportSpec.model_validate({"type": "import", "source": "in", "parser": "bgmax", "reconcile": {
        "items": items, "matched": {"sink": {"type": "file", "place": "told"}}}})


def opened(shelf: Shelf, home: Path, items: dict[str, Any]) -> Items:
    with shelf.items(Workspace(home), spec(items)) as found:
        return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "open.csv").write_text("id,open,currency\n1,10,SEK\n")
    return tmp_path


def test_a_file_is_read_once_until_it_changes(home: Path) -> None:
    shelf = Shelf()
    first = opened(shelf, home, CSV)
    assert opened(shelf, home, CSV) is first
    assert opened(shelf, home, {**CSV, "currency": "EUR"}) is not first
    (home / "open.csv").write_text("id,open,currency\n1,10,SEK\n2,20,SEK\n")
    assert [item.id for item in opened(shelf, home, CSV).by_id(["1", "2"])] == ["1", "2"]


def test_it_is_let_go_of_soon(home: Path) -> None:
    shelf = Shelf(kept=0)
    assert opened(shelf, home, CSV) is not opened(shelf, home, CSV)


def test_items_that_fall_by_themselves_are_asked_each_time(home: Path) -> None:
    (home / "tasks").mkdir()
    (home / "tasks" / "erp.py").write_text("def items():\n    return [{'id': '1', 'open': '1', 'currency': 'SEK'}]\n")
    shelf, call = Shelf(), {"type": "python", "call": "erp.py:items"}
    assert opened(shelf, home, call) is opened(shelf, home, call)
    live = {**call, "live": True}
    assert opened(shelf, home, live) is not opened(shelf, home, live)
