from collections.abc import Iterator

import pytest

from haulier.core.draft import put
from haulier.core.within import Within
from haulier.ports import Store
from haulier.testing.faulty import Faulty
from haulier.testing.memory import Memory
from haulier.testing.stores import StoreSuite


class TestMemory(StoreSuite):
    has_folders = False

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        yield Memory()


class TestFaulty(StoreSuite):
    has_folders, many = False, 100

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        yield Faulty(Memory())


class TestWithin(StoreSuite):
    has_folders, many = False, 100

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        outer = Memory()
        put(outer, "beside", [b"x"])
        put(outer, "a/folder-too", [b"x"])
        yield Within(outer, "a/folder")
        assert {"beside", "a/folder-too"} <= set(outer.files)
