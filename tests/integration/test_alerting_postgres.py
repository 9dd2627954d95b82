"""Alerts from the event to the receiver, on PostgreSQL."""
from __future__ import annotations

import pytest

from haulier.testing.servers.postgres import Postgres
from rooms.alerting_cases import AlertingCases


class TestAlertingPostgres(AlertingCases):
    @pytest.fixture
    def place(self, server: Postgres) -> str:
        return server.database()
