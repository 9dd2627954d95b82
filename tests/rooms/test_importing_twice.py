"""Two runs of one import at once, on SQLite."""
from __future__ import annotations

from pathlib import Path

import pytest

from rooms.importing_cases import TwoRuns


class TestOnSqlite(TwoRuns):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/ledger.db"
