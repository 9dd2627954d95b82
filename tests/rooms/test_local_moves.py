"""Moves inside the local store that one system call cannot make, or must not make."""
from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from haulier.model.errors import AlreadyExists, Unsupported
from haulier.stores.local import LocalSpec
from haulier.stores.local.store import Local

OTHER_DISK = Path("/dev/shm")


@pytest.mark.parametrize("replace", [True, False])
def test_to_another_file_system_is_left_to_a_copy(tmp_path: Path, replace: bool) -> None:
    if OTHER_DISK.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip(f"{tmp_path} is on the same file system as {OTHER_DISK}")
    (tmp_path / "a").write_text("x")
    with tempfile.TemporaryDirectory(dir=OTHER_DISK) as other, Local("/", LocalSpec()) as store:
        with pytest.raises(Unsupported):
            store.move(f"{tmp_path}/a"[1:], f"{other}/a"[1:], replace=replace)
        assert (tmp_path / "a").read_text() == "x" and not list(Path(other).iterdir())


def test_onto_a_file_that_is_to_be_kept(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text(name)
    with Local(tmp_path) as store:
        with pytest.raises(AlreadyExists, match=r"^b: "):
            store.move("a", "b", replace=False)
        assert store.move("a", "new/c", replace=False).path == "new/c"
    assert {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {"b": "b", "c": "a"}
