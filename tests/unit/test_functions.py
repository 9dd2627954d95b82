"""Functions of Python by name: what is left of them when nobody uses them any more."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from haulier.core.functions import importable


@pytest.mark.parametrize("own", [True, False])
def test_the_folder_of_tasks_stays_where_a_program_has_it_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                                 own: bool) -> None:
    before = [str(tmp_path)] * own + [one for one in sys.path if one != str(tmp_path)]
    monkeypatch.setattr(sys, "path", [*before])
    with importable(tmp_path), importable(tmp_path):
        assert sys.path.count(str(tmp_path)) == 1
    assert sys.path == before
