from collections.abc import Iterator
from pathlib import Path

import pytest

from haulier.core.draft import put
from haulier.core.within import Within, unwrapped
from haulier.model.files import Draft, temporary
from haulier.ports import Store
from haulier.stores.local import Local
from haulier.testing.faulty import Faulty
from haulier.testing.memory import Memory
from haulier.testing.stores import StoreSuite, content


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


def test_one_folder_takes_files_straight_from_another(tmp_path: Path) -> None:
    put(Local(tmp_path), "from/a/f", [content(100_000)])
    source, target = Within(Local(tmp_path), "from/a"), Within(Local(tmp_path), "to")
    *_, whole = target.pull(Draft("f", temporary("f", "1"), 100_000), *unwrapped(source, source.stat("f")))
    target.publish(whole)
    assert (tmp_path / "to/f").read_bytes() == content(100_000)
