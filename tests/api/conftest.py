"""What all tests of the API share."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from api import flowfiles
from api.hubs import Place, running, workspace

JOBS = """\
# What the tests move.
jobs:
  - job_id: reports   # to the archive
    description: Reports of the day
    tags: [daily]
    schedule: "0 2 * * *"
    timezone: Europe/Stockholm
    source: { type: local, path: in, file_pattern: "*.csv" }
    destination: { type: local, path: out }
    complete: { settle_seconds: 0 }
  - job_id: nowhere
    source: { type: local, path: not-there }
    destination: { type: local, path: out }
  - job_id: broken
    sorce: { type: local, path: in }
    destination: { type: local, path: out }
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A hub with a few jobs and flows, for all tests of a file."""
    home = workspace(tmp_path_factory.mktemp("hub") / "work", JOBS)
    for folder in ("in", "out"):
        (home / folder).mkdir()
    flowfiles.written(home)
    with running(home) as place:
        yield place
