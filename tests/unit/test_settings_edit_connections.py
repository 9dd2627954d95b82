"""Connections edited as forms and as text."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from haulier.model.errors import Invalid, NotFound
from haulier.settings.editing import connections
from haulier.settings.editing.files import Conflict
from haulier.settings.problems import Problems
from haulier.settings.scaffold import init
from haulier.settings.workspace import Workspace

SETTINGS = """\
timezone: UTC   # ours
connections:    # places
  # the bank
  bank:         # call first
    # in the cellar
    type: sftp
    host:   sftp.bank.example    # new
    # port: 2222

  disk: {type: local, path: /data}   # mounted
limits: {lanes: 2}
"""
MORE = """\
connections:
    depot:
        type: s3
        bucket: files
"""
JOBS = """\
jobs:
- {job_id: a, source: {connection: bank, path: in}, destination: {connection: disk, path: out}}
- {job_id: b, source: {connection: bank, path: in}, destination: {type: local, path: out}}
"""
BANK = {"type": "sftp", "host": "sftp.bank.example"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    init(tmp_path)
    (tmp_path / "haulier.yaml").write_text(SETTINGS)
    (tmp_path / "configs/connections.yaml").write_text(MORE)
    (tmp_path / "configs/jobs.yaml").write_text(JOBS)
    found = Workspace(tmp_path, {})
    assert not found.loaded.problems
    return found


def text(workspace: Workspace, name: str = "haulier.yaml") -> str:
    return (workspace.path / name).read_text()


def edited(workspace: Workspace, name: str, **keys: Any) -> connections.EditedConnection:
    now = connections.shown(workspace, name)
    form = {key: value for key, value in {**now.form, **keys}.items() if value is not None}
    return connections.replace(workspace, name, form=form, version=now.version)


def refused(call: Any, *args: Any, **more: Any) -> list[str]:
    with pytest.raises(Problems) as caught:
        call(*args, **more)
    return [str(problem) for problem in caught.value.problems]


def test_it_is_shown_as_it_stands_in_its_file(workspace: Workspace) -> None:
    found = connections.shown(workspace, "bank")
    assert (found.name, found.form, found.file, found.line, found.used_by) == (
        "bank", BANK, "haulier.yaml", 4, ("a", "b"))
    assert found.yaml == "# in the cellar\ntype: sftp\nhost:   sftp.bank.example    # new\n# port: 2222\n"
    assert connections.shown(workspace, "disk").yaml == "{type: local, path: /data}\n"
    assert connections.shown(workspace, "depot").file == "configs/connections.yaml"
    with pytest.raises(NotFound, match='no connection is called "bnk"; did you mean "bank"'):
        connections.shown(workspace, "bnk")


def test_a_change_is_a_change_of_its_lines(workspace: Workspace) -> None:
    edited(workspace, "bank", host="other.example", username="anna")
    assert text(workspace) == SETTINGS.replace("sftp.bank.example    # new\n",
                                               "other.example    # new\n    username: anna\n")
    edited(workspace, "disk", path="/mnt")
    assert "  disk: {type: local, path: /mnt}   # mounted\n" in text(workspace)
    edited(workspace, "depot", region="eu-north-1")
    assert text(workspace, "configs/connections.yaml") == MORE + "        region: eu-north-1\n"


def test_a_text_is_taken_with_its_comments(workspace: Workspace) -> None:
    for name, fresh in (("bank", "# now upstairs\ntype: sftp\n# one\nhost: h   # two\n"),
                        ("disk", "# was /data\ntype: local\npath: /mnt\n"), ("depot", "{type: s3, bucket: b}\n")):
        now = connections.shown(workspace, name)
        after = connections.replace(workspace, name, yaml=fresh, version=now.version)
        assert after.yaml.strip() == fresh.strip()
    assert text(workspace) == SETTINGS.replace(
        "    # in the cellar\n    type: sftp\n    host:   sftp.bank.example    # new\n    # port: 2222\n",
        "    # now upstairs\n    type: sftp\n    # one\n    host: h   # two\n").replace(
        "  disk: {type: local, path: /data}   # mounted\n",
        "  disk:   # mounted\n    # was /data\n    type: local\n    path: /mnt\n")


def test_a_new_one_goes_to_the_settings_after_the_comment_about_them(tmp_path: Path) -> None:
    init(tmp_path)
    workspace = Workspace(tmp_path, {})
    before = text(workspace)
    found = connections.add(workspace, "bank", yaml="# mine\ntype: sftp\nhost: h\n")
    assert (found.file, found.used_by) == ("haulier.yaml", ())
    assert text(workspace) == before + "connections:\n  bank:\n    # mine\n    type: sftp\n    host: h\n"
    connections.add(workspace, "disk", form={"path": "/data", "type": "local"})
    assert text(workspace) == before + ("connections:\n  bank:\n    # mine\n    type: sftp\n    host: h\n"
                                        "  disk:\n    type: local\n    path: /data\n")
    for name in ("bank", "disk"):
        connections.remove(workspace, name, connections.shown(workspace, name).version)
    assert text(workspace) == before + "connections: {}\n"


@pytest.mark.parametrize("before", ["", "# mine\n", "connections:\n", "connections: {} # none\n", "timezone: UTC\n",
                                    "{}", "connections: {a: {type: local, path: /a}}\n",
                                    "connections: # c\n# d\nlimits: {}\n"])
def test_it_finds_its_place_in_any_file(workspace: Workspace, before: str) -> None:
    (workspace.path / "haulier.yaml").write_text(before)
    connections.add(workspace, "new one", form={"type": "local", "path": "/x"})
    connections.add(workspace, "1", yaml="type: local\npath: /y\n")
    found = workspace.again()
    assert {"new one", "1"} < {*found.connections.names()} and found.connections.at("1").path == "/y"
    assert all(line.split("#")[-1] in text(workspace) for line in before.splitlines() if "#" in line)


def test_where_there_is_no_file_one_is_made(tmp_path: Path) -> None:
    connections.add(Workspace(tmp_path, {}), "disk", form={"type": "local", "path": "/data"})
    assert (tmp_path / "haulier.yaml").read_text() == "connections:\n  disk:\n    type: local\n    path: /data\n"


def test_a_name_that_cannot_be(workspace: Workspace) -> None:
    for name in ("", "a/b", "a:b", " a", "a ", ".a", "~", "a\nb", "a\\b", "x" * 201):
        assert refused(connections.add, workspace, name, form=BANK)[0].startswith(
            "the connection: name: not usable as a name"), name
    assert refused(connections.add, workspace, "depot", form=BANK) == [
        'the connection: name: "depot" is already the connection at configs/connections.yaml:2; every connection needs '
        "its own name"]
    assert text(workspace) == SETTINGS


def test_mistakes_are_those_of_the_settings(workspace: Workspace) -> None:
    wrong = "type: sftp\nhost: h\nport: 99999\nhostt: x\n"
    found = connections.check(workspace, yaml=wrong)
    assert [(one.key, one.line, one.said()) for one in found.problems] == [
        ("port", 3, "must be at most 65535"), ("hostt", 4, 'unknown key; did you mean "host"?')]
    assert [str(one) for one in connections.check(workspace, form={"host": "h"}, name="bank").problems] == [
        "the connection:1: type: required, but not there; local, sftp, s3 …"]
    assert refused(connections.add, workspace, "new", yaml=wrong)
    assert refused(edited, workspace, "bank", port="x") and text(workspace) == SETTINGS
    assert connections.check(workspace, form={"type": "s3"}).problems == ()     # its jobs may say the bucket


def test_one_that_jobs_use_is_not_removed(workspace: Workspace) -> None:
    now = connections.shown(workspace, "bank")
    with pytest.raises(Invalid, match='connection "bank" cannot be removed: it is used by a, b'):
        connections.remove(workspace, "bank", now.version)
    assert text(workspace) == SETTINGS
    (workspace.path / "configs/jobs.yaml").write_text("jobs: []\n")
    connections.remove(workspace, "bank", now.version)
    assert text(workspace) == SETTINGS[:SETTINGS.index("  # the bank")] + SETTINGS[SETTINGS.index("  disk:"):]


def test_a_change_that_breaks_a_job_is_refused(workspace: Workspace) -> None:
    (workspace.path / "configs/jobs.yaml").write_text(
        JOBS.replace("{connection: disk", "{type: local, connection: disk"))
    assert refused(edited, workspace, "disk", type="s3", path=None, bucket="x") == [
        'configs/jobs.yaml:2: jobs[0].destination.type: not the type of connection "disk"; that is s3']
    assert text(workspace) == SETTINGS


def test_a_job_that_is_broken_anyway_holds_up_nothing(workspace: Workspace) -> None:
    (workspace.path / "configs/jobs.yaml").write_text(JOBS.replace("path: in", "pathh: in", 1))
    assert edited(workspace, "bank", host="h").form["host"] == "h"


def test_another_name(workspace: Workspace) -> None:
    now = connections.shown(workspace, "bank")
    with pytest.raises(Invalid, match='"bank" cannot be renamed: it is used by a, b'):
        connections.replace(workspace, "bank", form=now.form, version=now.version, to="vault")
    (workspace.path / "configs/jobs.yaml").write_text("jobs: []\n")
    assert refused(connections.replace, workspace, "bank", form=now.form, version=now.version, to="disk")
    made = connections.replace(workspace, "bank", form=now.form, version=now.version, to="the vault")
    assert made.name == "the vault"
    assert text(workspace) == SETTINGS.replace("  bank:  ", "  the vault:  ")


def test_a_conflict_shows_what_is_there_now(workspace: Workspace) -> None:
    now = connections.shown(workspace, "bank")
    by_hand = SETTINGS.replace("sftp.bank.example", "by.hand")
    (workspace.path / "haulier.yaml").write_text(by_hand)
    for change in (lambda: connections.replace(workspace, "bank", form=now.form, version=now.version),
                   lambda: connections.replace(workspace, "bank", form=now.form, version=now.version, to="x"),
                   lambda: connections.remove(workspace, "bank", now.version)):
        with pytest.raises(Conflict) as caught:
            change()
        assert caught.value.current.form["host"] == "by.hand"
    assert text(workspace) == by_hand


def test_a_file_that_is_broken_by_hand_is_left_alone(workspace: Workspace) -> None:
    now = connections.shown(workspace, "bank")
    broken = SETTINGS.replace("{lanes: 2}", "{lanes: 2")
    (workspace.path / "haulier.yaml").write_text(broken)
    for change in (lambda: connections.shown(workspace, "bank"),
                   lambda: connections.replace(workspace, "bank", form=now.form, version=now.version),
                   lambda: connections.add(workspace, "new", form=BANK)):
        assert refused(change)[0].startswith("haulier.yaml:")
    assert text(workspace) == broken
    assert edited(workspace, "depot", region="eu-north-1").file == "configs/connections.yaml"


@pytest.mark.parametrize(("before", "said"), [
    ("- a\n", "haulier.yaml:1: must be a mapping of keys to values"),
    ("connections: [a]\n", "haulier.yaml:1: connections: must be a mapping of keys to values"),
])
def test_a_file_of_another_shape(workspace: Workspace, before: str, said: str) -> None:
    (workspace.path / "haulier.yaml").write_text(before)
    assert refused(connections.add, workspace, "new", form=BANK) == [said]
    assert text(workspace) == before


def test_a_shared_block_is_changed_for_one_only(workspace: Workspace) -> None:
    (workspace.path / "configs/jobs.yaml").write_text("jobs: []\n")
    (workspace.path / "haulier.yaml").write_text(
        "connections:\n  a: &a {type: sftp, host: h}\n  b:\n    <<: *a   # as a\n    username: b\n  c: *a\n")
    edited(workspace, "a", host="other")
    assert text(workspace) == ("connections:\n  a: {type: sftp, host: other}\n  b:\n    <<: &a {type: sftp, host: h}   "
                               "# as a\n    username: b\n  c: *a\n")
    edited(workspace, "c", username="c")
    assert text(workspace).endswith("  c:\n    type: sftp\n    host: h\n    username: c\n")
    now = connections.shown(workspace, "b")
    connections.replace(workspace, "b", version=now.version, yaml=now.yaml + "port: 23\n")
    assert "    <<: &a {type: sftp, host: h}   # as a\n    username: b\n    port: 23\n" in text(workspace)


def test_another_name_and_other_settings_at_once(workspace: Workspace) -> None:
    now = connections.shown(workspace, "depot")
    for taken in ("disk", "a/b"):
        assert refused(connections.replace, workspace, "depot", form=now.form, version=now.version, to=taken)
    assert text(workspace, "configs/connections.yaml") == MORE
    after = connections.replace(workspace, "depot", form={**now.form, "bucket": "more"}, version=now.version, to="heap")
    assert (after.name, after.form["bucket"]) == ("heap", "more")
    assert text(workspace, "configs/connections.yaml") == MORE.replace("depot", "heap").replace("files", "more")
