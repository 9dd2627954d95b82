"""Jobs made, tested, planned, run, changed and deleted, as a person does it: without a line of YAML, or with it."""
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from haulier.testing.servers.sshd import Sshd
from integration.ssh_places import needs_root, server_or_skip
from web.conftest import Heard, Open
from web.hub import Hub, put, until


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with server_or_skip(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def yaml_of(page: Page) -> Locator:
    return page.get_by_label("Job as YAML")


def forget(hub: Hub, id: str) -> None:
    client = hub.client()
    found = client.get(f"/jobs/{id}")
    if found.status_code == 200:
        client.delete(f"/jobs/{id}", params={"version": found.json()["version"]}).raise_for_status()


@needs_root
def test_a_job_to_a_real_server_from_its_making_to_its_end(hub: Hub, opened: Open, sshd: Sshd) -> None:
    account = sshd.locked
    assert account is not None
    page = opened("/ui/jobs")
    page.get_by_role("link", name="New job").click()
    page.get_by_label("Name", exact=True).fill("to-the-bank")
    source, target = section(page, "Source"), section(page, "Destination")
    source.get_by_label("Connection", exact=True).select_option(label="Folder on this machine")
    source.get_by_role("button", name="Browse for Path").click()
    dialog = page.get_by_role("dialog")
    for piece in str(hub.home / "in").strip("/").split("/"):
        dialog.get_by_role("button", name=piece, exact=True).click()
    dialog.get_by_role("button", name="Choose this folder").click()
    expect(source.get_by_label("Path", exact=True)).to_have_value(str(hub.home / "in"))
    source.get_by_label("File pattern optional").fill("report-0*.csv")
    source.get_by_label("Settle time").fill("0")
    target.get_by_label("Connection", exact=True).select_option(label="SFTP server")
    target.get_by_label("Host", exact=True).fill(sshd.host)
    target.get_by_label("Port", exact=True).fill(str(sshd.port))
    target.get_by_label("Username optional").fill(account.name)
    target.get_by_label("Password optional").fill("wrong")
    target.get_by_text("More settings").click()
    target.get_by_label("Unknown server").select_option(label="Remember its key")
    target.get_by_label("Known hosts optional").fill(str(hub.home / "known_hosts"))
    target.get_by_label("Path", exact=True).fill(account.folder)
    target.get_by_role("button", name="Test connection of the destination").click()
    expect(target.get_by_role("alert")).to_be_visible()
    target.get_by_label("Password optional").fill(account.password)
    target.get_by_role("button", name="Test connection of the destination").click()
    expect(target.get_by_role("status")).to_contain_text("Reached in")
    section(page, "Steps").get_by_role("button", name="Add step").click()
    page.get_by_role("button", name="Compress (gzip)").click()
    section(page, "Delivery check and settling").get_by_label("Check", exact=True).select_option(label="Checksum")
    expect(yaml_of(page)).to_have_value(re.compile("steps: .*compress|- compress"))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(f"{hub.url}/ui/jobs/to-the-bank/edit")
    assert account.password not in (hub.home / "configs" / "jobs.yaml").read_text()
    assert account.password not in page.content()
    expect(target.get_by_label("Password optional")).to_have_value("sealed")

    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="to-the-bank").click()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("cell", name="report-00.csv", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("10 to send"))).to_be_visible()
    page.get_by_role("button", name="Run now").first.click()
    expect(page.get_by_role("link", name=re.compile("Run .*, done, 10 done"))).to_be_visible()
    assert sorted(path.name for path in account.local.glob("report-*")) == [f"report-0{n}.csv.gz" for n in range(10)]

    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Delete").click()
    question = page.get_by_role("alertdialog", name="Delete to-the-bank?")
    expect(question.get_by_role("button", name="Keep")).to_be_focused()
    question.get_by_role("button", name="Delete job").click()
    expect(page).to_have_url(f"{hub.url}/ui/jobs")
    expect(page.get_by_role("row", name=re.compile("to-the-bank"))).to_have_count(0)


def test_form_and_text_are_in_step_and_comments_stay(hub: Hub, opened: Open) -> None:
    page = opened("/ui/jobs/reports/edit")
    expect(yaml_of(page)).to_have_value(re.compile("# to the archive"))
    page.get_by_label("Description optional").fill("Reports of all days")
    expect(yaml_of(page)).to_have_value(re.compile(r"# to the archive[\s\S]*description: Reports of all days"))
    text = yaml_of(page).input_value().replace("Reports of all days", "From the text")
    yaml_of(page).fill(text + "recursive: true\n")
    expect(page.get_by_label("Description optional")).to_have_value("From the text")
    expect(section(page, "Source").get_by_label("Also folders below")).to_be_checked()
    expect(page.get_by_text("changes not saved")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Description optional")).to_have_value("Reports of the day")
    assert "From the text" not in (hub.home / "configs" / "jobs.yaml").read_text()


def test_a_mistake_is_at_its_field_and_at_its_line(opened: Open) -> None:
    page = opened("/ui/jobs/reports/edit")
    expect(yaml_of(page)).to_have_value(re.compile("check: checksum"))
    yaml_of(page).fill(yaml_of(page).input_value().replace("check: checksum", "check: nonsense"))
    field = page.get_by_label("Check", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("must be one of"))
    expect(page.locator(".yaml .ln.bad")).to_contain_text("nonsense")
    page.get_by_role("button", name="Go to it").click()
    expect(field).to_be_focused()
    yaml_of(page).fill("job_id: [")
    expect(page.get_by_text("The YAML cannot be read just now")).to_be_visible()


def test_what_is_refused_is_not_saved_and_the_first_mistake_has_the_focus(opened: Open, heard: Heard) -> None:
    heard.expected.append("422")
    page = opened("/ui/new-job")
    page.get_by_label("Name", exact=True).fill("unfinished")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="The job was not saved")).to_be_visible()
    expect(page.locator("form :focus")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("link", name="Overview").first.click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("not saved")
    question.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


@pytest.mark.parametrize(("schedule", "said"), [
    ("every 15m", "Every 15 minutes"), ("daily at 03:30", "Every day at 03:30"), ("*/5 6-20 * * mon-fri", "Monday through Friday")])
def test_a_schedule_is_told_in_words_with_its_next_runs(opened: Open, schedule: str, said: str) -> None:
    page = opened("/ui/jobs/reports/edit")
    expect(yaml_of(page)).to_have_value(re.compile("schedule:"))
    yaml_of(page).fill(re.sub(r'schedule: .*', f'schedule: "{schedule}"', yaml_of(page).input_value()))
    when = section(page, "Schedule")
    expect(when).to_contain_text(said)
    expect(when.get_by_role("listitem")).to_have_count(5)
    chosen = "Cron" if "*" in schedule else "Interval"
    expect(when.get_by_role("button", name=chosen)).to_have_attribute("aria-pressed", "true")


def test_a_schedule_chosen_by_hand_is_written_short(opened: Open) -> None:
    page = opened("/ui/jobs/reports/edit")
    when = section(page, "Schedule")
    when.get_by_role("button", name="Interval").click()
    when.get_by_label("How often").select_option("weekly")
    when.get_by_label("Mon", exact=True).check()
    when.get_by_label("Thu", exact=True).check()
    when.get_by_label("At", exact=True).fill("6:15")
    expect(yaml_of(page)).to_have_value(re.compile('schedule: "?weekly on mon,thu at 6:15'))
    overlap = when.get_by_label("If the last one still runs")
    expect(overlap.get_by_role("option")).to_have_text(["Skip", "Queue"])
    overlap.select_option("queue")
    expect(yaml_of(page)).to_have_value(re.compile("overlap: queue"))
    when.get_by_role("button", name="By hand").click()
    expect(yaml_of(page)).not_to_have_value(re.compile("schedule:"))


def test_a_bad_schedule_says_what_is_wrong_with_it(opened: Open, heard: Heard) -> None:
    heard.expected.append("422")
    page = opened("/ui/jobs/reports/edit")
    when = section(page, "Schedule")
    when.get_by_label("Cron", exact=True).fill("0 25 * * *")
    expect(when.get_by_role("alert")).to_contain_text("hour")


def test_steps_are_moved_by_keyboard_and_the_new_place_is_said(opened: Open) -> None:
    page = opened("/ui/jobs/reports/edit")
    steps = section(page, "Steps")
    for name in ("Compress (gzip)", "Put a date into the name"):
        steps.get_by_role("button", name="Add step").click()
        page.get_by_role("button", name=name).click()
    steps.get_by_role("button", name="Move timestamp, use arrow keys").press("ArrowUp")
    expect(steps.get_by_role("status")).to_have_text("timestamp is now step 1 of 2")
    expect(steps.get_by_role("button", name="Move timestamp, use arrow keys")).to_be_focused()
    expect(yaml_of(page)).to_have_value(re.compile(r"timestamp[\s\S]*compress"))


def test_a_file_that_somebody_else_changed_is_shown_and_nothing_is_lost(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected.append("409")
    forget(hub, "shared")
    body = {"job_id": "shared", "source": {"type": "local", "path": "in"}, "destination": {"type": "local", "path": "out-shared"}}
    hub.client().post("/jobs", json={"form": body}).raise_for_status()
    page = opened("/ui/jobs/shared/edit")
    page.get_by_label("Description optional").fill("mine")
    expect(yaml_of(page)).to_have_value(re.compile("description: mine"))
    path = hub.home / "configs" / "jobs.yaml"
    put(path, path.read_text().replace("path: out-shared", "path: out-shared-2"))
    expect(page.get_by_text("The file was changed meanwhile")).to_be_visible()
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog", name="shared was changed while you edited it")
    expect(dialog.get_by_role("region", name="Yours")).to_contain_text("mine")
    expect(dialog.get_by_role("region", name="Theirs")).to_contain_text("out-shared-2")
    dialog.get_by_role("button", name="Go on editing").click()
    expect(page.get_by_label("Description optional")).to_have_value("mine")
    page.keyboard.press("Control+s")
    dialog.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_text("shared saved")).to_be_visible()
    assert "description: mine" in path.read_text() and "out-shared-2" not in path.read_text()
    page.close()        # it would ask once more for what is not there any more
    forget(hub, "shared")


def test_a_change_by_hand_shows_at_once_where_nothing_was_typed(hub: Hub, opened: Open) -> None:
    forget(hub, "by-hand")
    hub.client().post("/jobs", json={"yaml": "job_id: by-hand\ndescription: before\nsource: {type: local, path: in}\ndestination: {type: local, path: out3}\n"})
    page = opened("/ui/jobs/by-hand/edit")
    expect(page.get_by_label("Description optional")).to_have_value("before")
    path = hub.home / "configs" / "jobs.yaml"
    put(path, path.read_text().replace("description: before", "description: after"))
    expect(page.get_by_label("Description optional")).to_have_value("after")
    page.close()
    forget(hub, "by-hand")


def test_a_job_is_switched_off_and_on_in_the_list(hub: Hub, opened: Open) -> None:
    page = opened("/ui/jobs")
    row = page.get_by_role("row", name=re.compile("reports"))
    row.get_by_role("switch", name="reports is on").uncheck()
    expect(page.get_by_text("reports is off", exact=True)).to_be_visible()
    until(lambda: hub.client().get("/jobs/reports").json()["job"]["enabled"] is False)
    row.get_by_role("switch", name="reports is on").check()
    expect(page.get_by_text("reports is on", exact=True).last).to_be_visible()
    assert "# to the archive" in (hub.home / "configs" / "jobs.yaml").read_text()


def test_the_list_is_searched_and_a_broken_job_says_why(opened: Open) -> None:
    page = opened("/ui/jobs")
    page.get_by_role("searchbox", name="Search jobs").fill("archive-of-nothing")
    expect(page.get_by_role("heading", name="No job matches")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("navigation", name="Which jobs").get_by_role("button", name=re.compile("Mistakes")).click()
    row = page.get_by_role("row", name=re.compile("broken"))
    expect(row).to_contain_text("Mistake")
    row.get_by_role("link", name="broken").click()
    expect(page.get_by_role("alert")).to_contain_text('did you mean "source"?')


def test_a_job_is_run_with_a_priority(hub: Hub, opened: Open) -> None:
    page = opened("/ui/jobs/reports")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Run with priority …").click()
    page.get_by_role("dialog", name="Run reports").get_by_label("Urgent").check()
    page.get_by_role("button", name="Run now", exact=True).last.click()
    until(lambda: hub.client().get("/runs", params={"flow": "reports", "limit": 1}).json()["items"][0]["priority"] == "urgent")


def test_paths_in_steps_and_in_the_archive_are_browsed_for(hub: Hub, opened: Open) -> None:
    (hub.home / "in" / "sent").mkdir(exist_ok=True)
    page = opened("/ui/jobs/reports/edit")
    page.get_by_role("button", name="Add step").click()
    page.get_by_role("button", name=re.compile("script", re.IGNORECASE)).first.click()
    step = page.locator(".step-open")
    step.get_by_label("Path", exact=True).fill(str(hub.home / "in" / "report-00.csv"))
    step.get_by_role("button", name="Browse for Path").click()
    box = page.get_by_role("dialog", name="On the machine of the hub")
    box.get_by_role("button", name=re.compile("report-07.csv")).click()
    expect(step.get_by_label("Path", exact=True)).to_have_value(str(hub.home / "in" / "report-07.csv"))
    page.get_by_role("radio", name=re.compile("^Archived")).check()
    page.get_by_role("button", name="Browse for Folder").click()
    box = page.get_by_role("dialog", name="A folder inside the source")
    box.get_by_role("button", name="Choose this folder").click()
    expect(page.get_by_role("alert")).to_contain_text("not inside the source")
    page.get_by_role("button", name="Browse for Folder").click()
    box.get_by_role("button", name="sent").click()
    expect(box.locator("footer")).to_contain_text("in/sent")
    box.get_by_role("button", name="Choose this folder").click()
    expect(page.get_by_role("textbox", name="Folder in the source")).to_have_value("sent")
    (hub.home / "in" / "sent").rmdir()
