"""What keeps a hub from starting: one clear line, an exit status that is true, nothing left behind."""
from __future__ import annotations

import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest

from acceptance.hubs import Hub, Hubs
from acceptance.test_bad_input import mounted, needs_root
from haulier.settings import scaffold


def refused(hubs: Hubs, code: int, *more: str) -> str:
    """The one line with which a hub that must not start does not start."""
    found, out = hubs.run("start", hubs.workspace, *(more or ("--port", "0")))
    assert found == code and out.count("\n") == 1 and "Traceback" not in out, out
    return out


def test_two_hubs_in_one_workspace(hubs: Hubs) -> None:
    hub = hubs.start_hub()
    port = hub.address.rpartition(":")[2]
    for more in (("--port", "0"), ("--port", port)):
        out = refused(hubs, 2, *more)
        assert f"process {hub.process.pid}, {hub.address}" in out and f"haulier stop {hubs.workspace}" in out
    assert hub.get("/overview")["active_count"] == 0, "the first one did not notice"

    other = Hubs(hubs.home / "other")
    out = refused(other, 2, "--port", port)
    assert f"127.0.0.1:{port}: cannot listen there (Address already in use)" in out and "--port" in out
    hub.stop()
    assert isinstance(hubs.start_hub("--port", port), Hub)


def test_a_port_or_an_address_that_is_not_ours(hubs: Hubs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "cannot listen there" in refused(hubs, 2, "--port", str(taken.getsockname()[1]))
    for host in ("192.0.2.1", "no-such-host.invalid"):
        code, out = hubs.run("start", hubs.workspace, "--port", "0", "--host", host)
        warning, said = out.splitlines()
        assert code == 2 and "without encryption" in warning and f"{host}: cannot listen there" in said
        assert "--host" in said
    assert hubs.run("start", hubs.workspace, "--port", "70000")[0] == 2


def test_a_folder_that_is_no_workspace(hubs: Hubs) -> None:
    code, out = hubs.run("start", hubs.home / "nowhere")
    assert code == 2 and out.count("\n") == 1 and "haulier init" in out


def test_settings_with_a_mistake(hubs: Hubs) -> None:
    hubs.settings("timezone: UTC\nlimits:\n  lanes: many\n")
    assert refused(hubs, 2).startswith("haulier.yaml:3: limits.lanes: ")
    hubs.settings("timezone: UTC\nledger: sqlite:///${NO_SUCH_VARIABLE}\n")
    assert refused(hubs, 2).startswith("haulier.yaml:2: ledger: ")
    hubs.settings("timezone: [\n")
    assert refused(hubs, 2).startswith("haulier.yaml:")


def test_databases_that_cannot_be_used(hubs: Hubs) -> None:
    hubs.start_hub().kill()
    state = hubs.workspace / "state"
    with sqlite3.connect(state / "ledger.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    assert "made by a newer version of haulier" in refused(hubs, 2)
    (state / "ledger.db").write_bytes(b"this is no database" * 1000)
    assert "ledger.db" in refused(hubs, 2)
    for path in state.iterdir():
        path.unlink()
    (state / "engine.db").write_bytes(b"this is no database" * 1000)
    assert "engine.db: the engine's database cannot be opened" in refused(hubs, 2)


def test_a_ledger_that_does_not_answer(hubs: Hubs) -> None:
    """It may be there the next time, so that a supervisor tries again: status 1."""
    hubs.settings("ledger: postgresql://haulier:a-secret-77@127.0.0.1:1/haulier\n")
    out = refused(hubs, 1)
    assert "127.0.0.1:1" in out and "a-secret-77" not in out


@needs_root
@pytest.mark.parametrize("what", ["read-only", "full"])
def test_a_workspace_that_cannot_be_written(hubs: Hubs, tmp_path: Path, what: str) -> None:
    with mounted(tmp_path / "mounted", "size=64k" if what == "full" else "size=1m") as folder:
        scaffold.init(folder)
        hubs.workspace = folder
        if what == "full":
            assert "full" in refused(hubs, 2)
            return
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        out = refused(hubs, 2)
        assert f"{folder}/state/hub.lock: cannot be written (Read-only file system)" in out
