"""What a hub needs that has nothing to do, and after it had much to do."""
from __future__ import annotations

import time
from pathlib import Path

from acceptance.far import MIB, many_files
from acceptance.hubs import Hubs, job

MOST = 150 * MIB
LAZY = ("boto3", "botocore", "asyncssh", "alembic", "httpx", "jwt")
"""What an idle hub has no need of, whatever its jobs are."""
SETTINGS = """\
connections:
  office: {type: sftp, host: 127.0.0.1, port: 1, username: u, password: p}
  other: {type: scp, host: 127.0.0.1, port: 1, username: u, password: p}
  bucket: {type: s3, bucket: b, region: eu-north-1, access_key: AK, secret_key: s}
"""


def test_an_idle_hub_is_small_and_loads_nothing_that_it_does_not_use(hubs: Hubs, tmp_path: Path) -> None:
    hubs.settings(SETTINGS)
    schedule = 'schedule: "0 4 * * *"'
    hubs.jobs(*(job(f"{name}-{number}", tmp_path / "out", f"connection: {name}, path: x", schedule,
                    "processing: {enabled: true, steps: [compress]}")
                for name in ("office", "other", "bucket") for number in range(20)))
    assert hubs.token
    hubs.environment["PYTHONPROFILEIMPORTTIME"] = "1"
    hub = hubs.start_hub()
    for path in ("/overview", "/jobs", "/connections", "/runs", "/transfers", "/schedules", "/settings"):
        hub.get(path)
    time.sleep(1)
    assert hub.memory <= MOST
    imported = {line.rpartition("|")[2].strip() for line in hub.stderr.splitlines() if line.startswith("import time:")}
    assert "haulier.app.serving" in imported and "dbos" in imported
    assert not imported & set(LAZY)


def test_a_hub_that_had_much_to_do(hubs: Hubs, tmp_path: Path) -> None:
    many_files(tmp_path / "out", 3000, 10)
    hubs.jobs(job("many", tmp_path / "out", tmp_path / "in"))
    hub = hubs.start_hub()
    assert hub.done("many")["done"] == 3000
    for number in range(100):
        hub.get("/transfers", offset=number)
        hub.get("/overview")
    assert hub.memory <= MOST
