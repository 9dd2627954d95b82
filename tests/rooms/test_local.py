from collections.abc import Iterator
from pathlib import Path

import pytest

from haulier.ports import Store
from haulier.stores.local import Local, LocalSpec
from haulier.stores.local.walk import Links
from haulier.testing.stores import StoreSuite


class TestLocal(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        yield Local(tmp_path / "root")


@pytest.mark.parametrize(("links", "found"), [(Links.FOLLOW, ["folder", "to folder"]), (Links.SKIP, ["folder"]),
                                              (Links.FAIL, ["folder"])])
def test_folders_are_those_that_a_listing_goes_into(tmp_path: Path, links: Links, found: list[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for name, goal in (("to folder", "folder"), ("to file", "file"), ("nowhere", "missing"), ("loop", "loop")):
        (tmp_path / name).symlink_to(goal)
    assert sorted(Local(tmp_path, LocalSpec(symlinks=links)).folders()) == found


def test_drafts_are_told_from_what_only_looks_so(tmp_path: Path) -> None:
    for name in (".a.h1.part", "sub/.b.h2.part", "a.part", ".c.part", "sub/.h.part", ".d.h3.partial"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "sub" / ".folder.h4.part").mkdir()
    assert sorted(entry.path for entry in Local(tmp_path).drafts()) == [".a.h1.part", "sub/.b.h2.part"]
