"""A PostgreSQL for each file of tests that asks for one."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from haulier.testing.servers.postgres import Postgres, programs


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        programs()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with Postgres() as made:
        yield made
