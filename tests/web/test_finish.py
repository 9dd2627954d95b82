"""Small things that people notice: rows that stay true, answers that say what to do, pages that stay short."""
from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from haulier.testing.servers.sshd import Sshd
from integration.ssh_places import needs_root, server_or_skip
from web.conftest import Open
from web.hub import PROGRAM, Hub, put, until


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with server_or_skip(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def test_a_row_that_left_its_list_still_says_how_it_ended(hub: Hub, opened: Open) -> None:
    client = hub.client()
    run = client.post("/jobs/slow/run").raise_for_status().json()["id"]
    until(lambda: (client.get(f"/runs/{run}").json()["progress"] or {}).get("moved", 0) > 0)
    page = opened("/ui/transfers?tab=active")
    row = page.get_by_role("row", name="film.bin")
    expect(row).to_contain_text("Copying")
    client.post(f"/runs/{run}/cancel").raise_for_status()
    expect(row).to_contain_text("Cancelled")


@needs_root
def test_a_setting_that_a_failed_test_names_is_one_step_away(opened: Open, sshd: Sshd, hub: Hub) -> None:
    (hub.home / "nobody-known").touch()
    page = opened("/ui/new-connection")
    page.get_by_label("Kind", exact=True).select_option(label="SFTP server")
    page.get_by_label("Host", exact=True).fill(sshd.host)
    page.get_by_label("Port", exact=True).fill(str(sshd.port))
    page.get_by_text("More settings").click()
    page.get_by_label("Known hosts optional").fill(str(hub.home / "nobody-known"))
    page.get_by_text("More settings").click()
    page.get_by_role("button", name="Test connection").click()
    told = page.get_by_role("alert").filter(has_text="host key is not known")
    told.get_by_role("button", name="Unknown server").click()
    expect(page.get_by_label("Unknown server", exact=True)).to_be_focused()


def test_a_folder_that_is_not_there_is_said_to_be(opened: Open) -> None:
    page = opened("/ui/new-connection")
    page.get_by_label("Kind", exact=True).select_option(label="Folder on this machine")
    page.get_by_label("Path", exact=True).fill("not-made-yet")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("status").filter(has_text="Reached in")).to_contain_text("Its folder is not there")


def test_a_long_plan_scrolls_in_the_page_of_its_job(opened: Open) -> None:
    page = opened("/ui/jobs/reports")
    page.get_by_role("button", name="Preview").click()
    files = page.get_by_role("region", name="Files of the plan")
    expect(files.get_by_role("row").nth(50)).to_be_attached()
    assert files.evaluate("one => one.scrollHeight > one.clientHeight && one.clientHeight < innerHeight")


def test_a_flow_that_files_start_says_so(opened: Open, hub: Hub) -> None:
    (hub.home / "nothing-comes").mkdir()
    file = hub.home / "flows" / "waits_for_files.yaml"
    put(file, "arrival: { source: { type: local, path: nothing-comes } }\n"
              "tasks: [{ id: ask, type: approve, message: Sure? }]\n")
    page = opened("/ui/flows")
    row = page.get_by_role("row", name="waits_for_files")
    expect(row).to_contain_text("when files come")
    row.get_by_role("link").first.click()
    expect(page.get_by_role("region", name="Schedule")).to_contain_text("Its source is looked at every 1 min")
    page.close()                        # which would ask for a flow that is there no more
    file.unlink()


def test_a_run_whose_process_was_killed_is_interrupted_and_can_be_ended(hub: Hub, opened: Open) -> None:
    (hub.home / "tasks" / "sleeps.py").write_text("import time\nprint('asleep', flush=True)\ntime.sleep(60)\n")
    put(hub.home / "flows" / "sleeps.json", '{"tasks": [{"id": "sleeps", "script": "sleeps.py"}]}')
    command = subprocess.Popen([*PROGRAM, "run", "sleeps"], cwd=hub.home, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    client = hub.client()
    run = until(lambda: client.get("/runs", params={"flow": "sleeps", "state": "running"}).json()["items"])[0]["id"]
    command.kill()
    command.communicate()
    until(lambda: client.get(f"/runs/{run}").json()["lost"])
    page = opened(f"/ui/runs/{run}")
    expect(page.get_by_text("Interrupted", exact=True)).to_be_visible()
    expect(page.get_by_text("its process is gone")).to_be_visible()
    expect(page.get_by_role("list", name="Numbers of this run")).to_contain_text("when its process ended")
    page.get_by_role("button", name="Cancel run").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel run").click()
    expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible()
    assert not client.get(f"/runs/{run}").json()["lost"]
