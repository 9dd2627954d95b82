from collections.abc import Iterator

import pytest

from haulier.ports import Store
from haulier.testing.faulty import Faulty
from haulier.testing.memory import Memory
from haulier.testing.stores import StoreSuite


class TestMemory(StoreSuite):
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        yield Memory()


class TestFaulty(StoreSuite):
    many = 100

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        yield Faulty(Memory())
