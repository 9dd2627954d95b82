"""Alerts from the event to the receiver, on PostgreSQL."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from haulier.testing.servers.postgres import Postgres, programs
from rooms.alerting_cases import AlertingCases


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        programs()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with Postgres() as made:
        yield made


class TestAlertingPostgres(AlertingCases):
    @pytest.fixture
    def place(self, server: Postgres) -> str:
        return server.database()
