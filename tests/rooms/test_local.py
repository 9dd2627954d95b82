from collections.abc import Iterator
from pathlib import Path

import pytest

from haulier.ports import Store
from haulier.stores.local import Local
from haulier.testing.stores import StoreSuite


class TestLocal(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        yield Local(tmp_path / "root")
