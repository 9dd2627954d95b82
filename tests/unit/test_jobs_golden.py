"""What people read when their files are wrong: compared with golden/broken.txt, line by line.

To write it anew after a change on purpose: HAULIER_GOLDEN=write pytest, and read the difference.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import Field, SecretStr

from haulier.model.errors import Invalid, NotFound
from haulier.settings import registry
from haulier.settings.problems import Problems
from haulier.settings.spec import StepSpec, StoreSpec
from haulier.settings.workspace import Workspace

GOLDEN = Path(__file__).parent / "golden"


class Sftp(StoreSpec):
    """A server"""

    schemes: ClassVar[tuple[str, ...]] = ("sftp",)
    host: str
    port: int = Field(22, ge=1, le=65535)
    username: str | None = None
    password: SecretStr | None = None
    key_file: str | None = None
    passphrase: SecretStr | None = None


class S3(StoreSpec):
    """Buckets"""

    bucket: str
    access_key: str | None = None
    secret_key: SecretStr | None = None


class Rename(StepSpec):
    """Another name"""

    template: str

    @classmethod
    def from_word(cls, argument: str) -> Mapping[str, Any]:
        if argument == "badword":
            raise Invalid("rename takes a template with {name} in it")
        return {"template": argument}


@pytest.fixture
def plugins() -> Iterator[None]:
    ours = [("stores", "sftp", Sftp), ("stores", "s3", S3), ("steps", "rename", Rename)]
    for group, name, spec in ours:
        registry.register(group, name, spec)
    yield
    for group, name, _ in ours:
        registry.unregister(group, name)


@pytest.fixture
def broken(tmp_path: Path, plugins: None) -> Workspace:
    shutil.copytree(GOLDEN / "broken", tmp_path / "ws")
    (tmp_path / "ws" / "dotenv").rename(tmp_path / "ws" / ".env")
    return Workspace(tmp_path / "ws", environ={})


def test_every_mistake_is_told_at_once_and_in_its_place(broken: Workspace) -> None:
    said = str(Problems(broken.loaded.problems)) + "\n"
    if os.environ.get("HAULIER_GOLDEN") == "write":
        (GOLDEN / "broken.txt").write_text(said, encoding="utf-8")
    assert said == (GOLDEN / "broken.txt").read_text(encoding="utf-8")


def test_no_mistake_tells_a_secret(broken: Workspace) -> None:
    for problem in broken.loaded.problems:
        text = f"{problem}{problem!r}"
        assert "hunter2" not in text and "12345678" not in text, problem.key


def test_what_is_right_is_loaded_all_the_same(broken: Workspace) -> None:
    assert [job.id for job in broken.loaded.jobs] == ["daily"]
    assert broken.loaded.job("daily").line == 37


def test_asking_for_a_broken_job_tells_its_own_mistakes_only(broken: Workspace) -> None:
    with pytest.raises(Problems) as caught:
        broken.loaded.job("unknown_store")
    assert len(caught.value.problems) == 1
    assert 'did you mean "sftp"?' in str(caught.value)
    with pytest.raises(NotFound, match='did you mean "daily"'):
        broken.loaded.job("dayly")
