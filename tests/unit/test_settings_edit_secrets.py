"""Secrets in what is edited: never out, never in plain, never in another one's place."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from haulier.settings.editing import connections, jobs
from haulier.settings.editing.draft import Checked
from haulier.settings.editing.masking import MASK
from haulier.settings.problems import Problems
from haulier.settings.scaffold import init
from haulier.settings.workspace import Workspace

HIDDEN = ("hunter2", "swordfish", "open sesame", "s3cr3t", "letmein", "tr0ub4dor")
FILE = """\
x-login: &login {username: anna, password: letmein}
jobs:
  - job_id: a
    source: {type: local, path: in}
    destination:
      type: sftp
      path: out
      connection:
        host: h
        # password: tr0ub4dor
        password: 'hunter2'   # until May
        passphrase: ${PHRASE}
    processing:
      enabled: true
      steps:
        - type: gpg_encrypt
          recipients: [x]
          passphrase: swordfish
        - gpg_decrypt:
            passphrase: |-
              open sesame
        - type: bash_script
          path: /bin/true
          env: {API_TOKEN: s3cr3t, COLOUR: red}
  - job_id: b
    source: {type: local, path: in}
    destination: {type: sftp, path: out, connection: {<<: *login, host: h}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    init(tmp_path)
    (tmp_path / "configs/jobs.yaml").write_text(FILE)
    found = Workspace(tmp_path, {"PHRASE": "x"})
    assert not found.loaded.problems
    return found


def text(workspace: Workspace) -> str:
    return (workspace.path / "configs/jobs.yaml").read_text()


def without_secrets(shown: Any) -> None:
    said = json.dumps([shown.form, shown.yaml], ensure_ascii=False) + repr(shown)
    for secret in HIDDEN:
        assert secret not in said, secret


def said(problems: tuple[Any, ...]) -> list[str]:
    return [f"{one.key}: {one.text}" for one in problems]


def test_secrets_are_dots_wherever_they_stand(workspace: Workspace) -> None:
    found = jobs.shown(workspace, "a")
    without_secrets(found)
    assert found.form["destination"]["connection"] == {"host": "h", "password": MASK, "passphrase": "${PHRASE}"}
    steps = found.form["processing"]["steps"]
    assert steps[:2] == [{"type": "gpg_encrypt", "recipients": ["x"], "passphrase": MASK},
                         {"gpg_decrypt": {"passphrase": MASK}}]
    assert steps[2]["env"] == {"API_TOKEN": MASK, "COLOUR": "red"}
    for line in (f"    # password: {MASK}", f"    password: '{MASK}'   # until May", "    passphrase: ${PHRASE}",
                 f"    env: {{API_TOKEN: {MASK}, COLOUR: red}}", f"        passphrase: {MASK}"):
        assert any(one.endswith(line) for one in found.yaml.splitlines()), line


def test_a_secret_that_is_merged_is_dots_in_the_form(workspace: Workspace) -> None:
    found = jobs.shown(workspace, "b")
    without_secrets(found)
    assert found.form["destination"]["connection"]["password"] == MASK
    assert "connection: {<<: *login, host: h}" in found.yaml


def test_dots_that_come_back_keep_what_is_there(workspace: Workspace) -> None:
    for id in ("a", "b"):
        now = jobs.shown(workspace, id)
        now = jobs.replace(workspace, id, form=now.form, version=now.version)
        jobs.replace(workspace, id, yaml=now.yaml, version=now.version)
        found = jobs.check(workspace, id=id, form=now.form, yaml=now.yaml)
        assert found == Checked(now.form, now.yaml, ())
    assert text(workspace).replace("passphrase: open sesame", "passphrase: |-\n              open sesame") == FILE


def test_what_comes_from_an_anchor_elsewhere_is_not_copied(workspace: Workspace) -> None:
    jobs.add(workspace, yaml=jobs.shown(workspace, "b").yaml.replace("job_id: b", "job_id: c"))
    assert text(workspace) == FILE + FILE[FILE.index("  - job_id: b"):].replace("job_id: b", "job_id: c")


def test_what_a_text_shares_with_itself_is_sealed_everywhere(workspace: Workspace) -> None:
    jobs.add(workspace, yaml="job_id: c\nsource: {type: local, path: in}\n"
                             "destination: {type: sftp, path: out, connection: "
                             "{host: h, password: &p correct horse, passphrase: *p}}\n")
    assert "correct horse" not in text(workspace)
    target: Any = workspace.again().loaded.job("c").target
    assert {workspace.secrets.reveal(one) for one in (target.password, target.passphrase)} == {"correct horse"}


def test_dots_come_back_beside_changes(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "a")
    fresh = now.yaml.replace("host: h", "host: other").replace("COLOUR: red", "COLOUR: blue") + "check: exists\n"
    without_secrets(jobs.replace(workspace, "a", yaml=fresh, version=now.version))
    for part in ("        host: other\n        # password: tr0ub4dor\n        password: 'hunter2'   # until May\n",
                 "passphrase: swordfish\n", "open sesame\n", "env: {API_TOKEN: s3cr3t, COLOUR: blue}\n"):
        assert part in text(workspace)
    assert MASK not in text(workspace)


def test_what_is_typed_in_a_form_is_sealed(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "a")
    form = json.loads(json.dumps(now.form))
    form["destination"]["connection"]["password"] = "correct horse"
    form["processing"]["steps"][0]["passphrase"] = "plain:sealed:battery"
    checked = jobs.check(workspace, form=form, id="a")
    assert "correct horse" not in repr(checked.form) + checked.yaml and checked.problems == ()
    assert checked.form["destination"]["connection"]["password"].startswith("sealed:")
    after = jobs.replace(workspace, "a", form=form, version=now.version)
    assert after.form["destination"]["connection"]["password"] == MASK and "sealed:" not in after.yaml
    assert "correct horse" not in text(workspace) and "battery" not in text(workspace)
    assert "   # until May\n" in text(workspace)
    job = workspace.again().loaded.job("a")
    assert workspace.secrets.reveal(job.target.password) == "correct horse"  # type: ignore[attr-defined]
    assert workspace.secrets.reveal(job.steps[0].passphrase) == "sealed:battery"  # type: ignore[attr-defined]


def test_what_a_check_sealed_can_be_saved(workspace: Workspace) -> None:
    """A page that took the answer of a check over has no plain text any more, and no dots that nothing stands for."""
    now = jobs.shown(workspace, "a")
    for given in ({"yaml": now.yaml.replace(f"'{MASK}'", "'new one'")},
                  {"form": {**now.form, "destination": {**now.form["destination"], "connection": {
                      "host": "h", "password": "new one"}}}}):
        checked = jobs.check(workspace, id="a", **given)
        assert checked.problems == () and "new one" not in repr(checked)
        now = jobs.replace(workspace, "a", form=checked.form, version=jobs.shown(workspace, "a").version)
        job = workspace.again().loaded.job("a")
        assert workspace.secrets.reveal(job.target.password) == "new one"  # type: ignore[attr-defined]


def test_what_is_typed_in_a_text_is_sealed_too(workspace: Workspace) -> None:
    jobs.add(workspace, yaml="job_id: c\nsource: {type: local, path: in}\ndestination:\n  type: sftp\n  path: o\n"
                             "  connection:\n    host: h\n    password: correct horse   # mine\n")
    assert "correct horse" not in text(workspace) and '        password: "sealed:' in text(workspace)
    assert text(workspace).rstrip().endswith("   # mine")
    job = workspace.again().loaded.job("c")
    assert workspace.secrets.reveal(job.target.password) == "correct horse"  # type: ignore[attr-defined]


@pytest.mark.parametrize("reference", ["${PHRASE}", "file:pw", "keyring:haulier/bank", "x${PHRASE}"])
def test_references_stay_as_they_are_typed(workspace: Workspace, reference: str) -> None:
    (workspace.path / "pw").write_text("x")
    form = {"job_id": "c", "source": {"type": "local", "path": "in"}, "destination": {
        "type": "sftp", "path": "o", "connection": {"host": "h", "password": reference}}}
    assert jobs.check(workspace, form=form).form == form
    after = jobs.add(workspace, form=form)
    assert f'password: {reference}' in text(workspace).replace('"', "")
    assert (after.form == form) is (reference != "x${PHRASE}")      # a part of that one is no reference


@pytest.mark.parametrize("key", ["HAULIER_KEY=\n", "HAULIER_KEY=short\n", ""])
def test_nothing_can_be_sealed_without_a_key(workspace: Workspace, key: str) -> None:
    (workspace.path / ".env").write_text(key)
    form = {"job_id": "c", "source": {"type": "local", "path": "in"}, "destination": {
        "type": "sftp", "path": "o", "connection": {"host": "h", "password": "hunter2"}}}
    with pytest.raises(Problems) as caught:
        jobs.add(workspace, form=form)
    (problem,) = caught.value.problems
    assert problem.key == "destination.connection.password" and problem.text.startswith("HAULIER_KEY is not ")
    assert problem.line == 10
    without_secrets(jobs.check(workspace, form=form))
    assert text(workspace) == FILE


def test_an_empty_secret_is_none(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "a")
    form = json.loads(json.dumps(now.form))
    form["destination"]["connection"]["password"] = ""
    jobs.replace(workspace, "a", form=form, version=now.version)
    assert "        password: ''   # until May\n" in text(workspace)


def test_dots_where_nothing_was(workspace: Workspace) -> None:
    dots = "dots stand for a secret that is there already, and here is none"
    form = {"job_id": "c", "source": {"type": "local", "path": "in"}, "destination": {
        "type": "sftp", "path": "o", "connection": {"host": "h", "password": MASK}}}
    assert said(jobs.check(workspace, form=form).problems) == [f"destination.connection.password: {dots}"]
    with pytest.raises(Problems, match=r"the job:10: destination.connection.password: dots .* write the secret itself"):
        jobs.add(workspace, form=form)
    now = jobs.shown(workspace, "b")
    moved = {**now.form, "source": now.form["destination"], "destination": now.form["source"]}
    assert said(jobs.check(workspace, form=moved, id="b").problems) == [f"source.connection.password: {dots}"]
    assert said(jobs.check(workspace, yaml=now.yaml.replace("<<: *login", f"passphrase: {MASK}"), id="b").problems) == [
        f"destination.connection.passphrase: {dots}"]


def steps(*names: str) -> list[dict[str, Any]]:
    return [{"type": "gpg_encrypt", "recipients": [name], "passphrase": MASK} for name in names]


@pytest.fixture
def three(workspace: Workspace) -> Workspace:
    """A job with three steps of one kind, and a secret for each."""
    lines = "".join(f"    - {{type: gpg_encrypt, recipients: [{name}], passphrase: secret-{name}}}\n" for name in "xyz")
    (workspace.path / "configs/jobs.yaml").write_text(
        "jobs:\n- job_id: a\n  source: {type: local, path: in}\n  destination: {type: local, path: out}\n"
        f"  processing:\n    enabled: true\n    steps:\n{lines}")
    return workspace


def with_steps(workspace: Workspace, wanted: list[dict[str, Any]]) -> list[str]:
    now = jobs.shown(workspace, "a")
    form = {**now.form, "processing": {"enabled": True, "steps": wanted}}
    jobs.replace(workspace, "a", form=form, version=now.version)
    job = workspace.again().loaded.job("a")
    return [workspace.secrets.reveal(step.passphrase) for step in job.steps]  # type: ignore[attr-defined]


@pytest.mark.parametrize("order", ["zyx", "yzx", "xz", "z", "yx"])
def test_secrets_go_with_their_steps(three: Workspace, order: str) -> None:
    assert with_steps(three, steps(*order)) == [f"secret-{name}" for name in order]


def test_a_step_that_is_changed_keeps_its_secret(three: Workspace) -> None:
    assert with_steps(three, steps("x", "other", "z")) == ["secret-x", "secret-y", "secret-z"]
    assert with_steps(three, [*steps("z"), *steps("x")]) == ["secret-z", "secret-x"]
    assert with_steps(three, [*steps("x"), *steps("changed")]) == ["secret-x", "secret-z"]


def test_a_step_that_could_be_one_or_the_other_needs_its_secret_again(three: Workspace) -> None:
    before = text(three)
    for wanted in (steps("new", "z"), steps("x", "y", "z", "x2"), steps("q")):
        with pytest.raises(Problems, match=r"processing.steps\[\d\].passphrase: dots stand for"):
            with_steps(three, wanted)
    assert text(three) == before


def test_a_misspelt_or_unknown_place_is_not_told_either(workspace: Workspace) -> None:
    (workspace.path / "configs/jobs.yaml").write_text(
        "jobs:\n- job_id: a\n  source: {type: sftp, path: in, password: hunter2}\n"
        "  destination: {type: martian, path: o, connection: {host: h, secret_key: swordfish, pasword: 7}}\n"
        "- job_id: b\n  source: {type: sftp, path: in, connection: {host: h, pasword: s3cr3t, password: [letmein]}}\n"
        "  processing: {steps: [{type: gpg_encrypt, pasphrase: tr0ub4dor}, {no_such: {token: open sesame}}]}\n")
    for id in ("a", "b"):
        without_secrets(jobs.shown(workspace, id))
        found = jobs.check(workspace, id=id, form=jobs.shown(workspace, id).form)
        without_secrets(found)
        assert found.problems and not any("dots" in one.text for one in found.problems)


def test_messages_never_repeat_a_secret(workspace: Workspace) -> None:
    for wrong in ("${hunter2", "hunter2\nhunter2", "${NOT_SET}hunter2"):
        form = {"job_id": "c", "source": {"type": "local", "path": "in"}, "destination": {
            "type": "sftp", "path": "o", "connection": {"host": "h", "password": wrong, "port": "hunter2"}}}
        found = jobs.check(workspace, form=form)
        assert found.problems and "hunter2" not in str(Problems(found.problems))


def test_a_connection_has_its_secrets_hidden_kept_and_sealed(workspace: Workspace) -> None:
    (workspace.path / "haulier.yaml").write_text(
        "connections:\n  bank: {type: sftp, host: h, password: hunter2} # token=swordfish\n")
    now = connections.shown(workspace, "bank")
    without_secrets(now)
    assert now.yaml == f"{{type: sftp, host: h, password: {MASK}}}\n"
    now = connections.replace(workspace, "bank", form={**now.form, "host": "other"}, version=now.version)
    assert (workspace.path / "haulier.yaml").read_text() == (
        "connections:\n  bank: {type: sftp, host: other, password: hunter2} # token=swordfish\n")
    connections.replace(workspace, "bank", form={**now.form, "password": "new"}, version=now.version)
    spec = workspace.again().connections.at("bank")
    assert workspace.secrets.reveal(spec.password) == "new"  # type: ignore[attr-defined]
    assert "new" not in (workspace.path / "haulier.yaml").read_text().replace("sealed", "")
