"""The durable engine on SQLite."""
from __future__ import annotations

from pathlib import Path

import pytest

from haulier.testing.bench import Bench, Opened
from haulier.testing.engines import EngineSuite
from rooms.durables import opened


class TestSqlite(EngineSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return tmp_path_factory.mktemp("state")

    @classmethod
    def open(cls, place: object, bench: Bench) -> Opened:
        return opened(f"sqlite:///{place}/ledger.db", f"sqlite:///{place}/engine.db", bench)
