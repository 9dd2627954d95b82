"""Two runs of one import at once, on PostgreSQL."""
from __future__ import annotations

import pytest

from haulier.testing.servers.postgres import Postgres
from rooms.importing_cases import TwoRuns


class TestOnPostgres(TwoRuns):
    @pytest.fixture
    def url(self, server: Postgres) -> str:
        return server.database()
