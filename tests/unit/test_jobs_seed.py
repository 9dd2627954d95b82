"""Jobs written for FileFlow load as they are, and mean what they meant."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.core.select import matcher
from haulier.model.flow import Action, Check, Completion, Conflict, Dedup, Filters, Limits, Rules, Settle
from haulier.model.retry import Retry
from haulier.settings import registry
from haulier.settings.forms import JobForm
from haulier.settings.jobs import Job
from haulier.settings.problems import Problems
from haulier.settings.workspace import Workspace
from haulier.settings.yamlfile import read

SAMPLE = """\
jobs:
  # AWS S3 (default — endpoint omitted, region us-east-1)
  - job_id: daily_backup_aws
    enabled: true
    schedule: "0 */6 * * *"
    source:
      type: local
      path: /data/incoming
      file_pattern: "*.csv"
    destination:
      type: s3
      path: archive/csv
      connection:
        bucket: my-bucket
        region: us-east-2
        # access_key/secret_key omitted -> falls back to AWS_ACCESS_KEY_ID / AWS_SECRET_ACCESS_KEY env
    processing:
      enabled: true
      steps: [compress, timestamp]
    backup:
      enabled: true
      location: backups/daily
      retention_days: 30
    verification:
      method: size_match

  # DigitalOcean Spaces (or any S3-compatible: just set endpoint_url)
  - job_id: nightly_to_do_spaces
    enabled: true
    schedule: "0 2 * * *"
    source: { type: local, path: /var/log/app, file_pattern: "*.log.gz" }
    destination:
      type: s3
      path: app-logs
      connection:
        endpoint_url: "https://nyc2.digitaloceanspaces.com"
        region: nyc3
        bucket: my-space
    verification: { method: size_match }

  # Local -> HDFS via hadoopcli (auto kinit -kt; production-friendly)
  - job_id: events_to_hdfs
    enabled: true
    schedule: "*/5 * * * *"
    source: { type: local, path: /var/tmp, file_pattern: "*.gz" }
    destination:
      type: hdfs
      path: /external/
      connection:
        transport: cli              # default; reads core-site.xml from the host
        principal: "example@EXAMPLE.COM"
        keytab: "/home/example/example.kt"   # auto kinit -kt before each upload
        krb5ccname: "FILE:/tmp/k5cc_example"
        hadoop_cli: hadoopcli
        overwrite: true             # rm -skipTrash, then copyFromLocal
    verification: { method: size_match }
"""


def workspace(home: Path, jobs: str, dotenv: str = "", settings: str = "") -> Workspace:
    (home / "configs").mkdir(exist_ok=True)
    (home / "configs/jobs.yaml").write_text(jobs, encoding="utf-8")
    (home / ".env").write_text(dotenv)
    (home / "haulier.yaml").write_text(settings)
    return Workspace(home, environ={})


def only(home: Path, body: str, **more: str) -> Job:
    """The one job made of `body`, lines below `job_id: a` with two local places."""
    space = workspace(
        home, "jobs:\n  - job_id: a\n" + "".join(f"    {line}\n" for line in body.splitlines()), **more
    )
    if space.loaded.problems:
        raise Problems(space.loaded.problems)
    return space.loaded.jobs[0]


LOCAL = "source: { type: local, path: in }\ndestination: { type: local, path: out }\n"
REMOTE = (
    "source: { type: sftp, path: in, connection: { host: h } }\ndestination: { type: local, path: out }\n"
)


def test_the_sample_loads(tmp_path: Path) -> None:
    loaded = workspace(tmp_path, SAMPLE).loaded
    known = "hdfs" in registry.stores()
    assert [job.id for job in loaded.jobs] == [
        "daily_backup_aws",
        "nightly_to_do_spaces",
        *(["events_to_hdfs"] if known else []),
    ]
    if not known:
        assert [(p.line, p.key) for p in loaded.problems] == [
            (SAMPLE.splitlines().index("      type: hdfs") + 1, "jobs[2].destination.type")
        ]
        assert "no such store yet: hdfs" in loaded.problems[0].text
    job = loaded.jobs[0]
    assert (job.source.location(), job.target.location()) == ("/data/incoming", "s3://my-bucket/archive/csv")
    assert [type(step).__name__ for step in job.steps] == ["CompressSpec", "TimestampSpec"]
    rules = job.rules()
    assert rules.settle == Settle(
        Action.ARCHIVE, f"{tmp_path}/backups/daily/daily_backup_aws", retention_days=30
    )
    assert rules.filters.include == ("*.csv",) and rules.check is Check.SIZE
    assert job.form.schedule and job.form.schedule.cron == "0 */6 * * *" and job.form.enabled


EVERY_KEY: dict[str, str] = {
    "sftp": "host: h, port: 2222, username: u, password: p, key_file: /k",
    "s3": "endpoint_url: 'http://localhost:9000', region: auto, bucket: b, access_key: a, secret_key: s, "
    "verify_ssl: false, addressing_style: path",
    "hdfs": "transport: webhdfs, namenode: 'http://nn:9870', kerberos: false, user: u, verify_ssl: false, "
    "timeout: 60, principal: p, keytab: /k, krb5ccname: 'FILE:/c', "
    "overwrite: true, hadoop_cli: h, cli_timeout: 600",
    "local": "",
}


@pytest.mark.parametrize("kind", [kind for kind in EVERY_KEY if kind in registry.stores()])
@pytest.mark.parametrize(
    "steps",
    [
        "",
        "processing: { enabled: true, steps: [compress, compress_bz2, zip, decompress, "
        "rename, timestamp, 'bash_script:/abs/path.sh'] }",
    ],
)
def test_every_key_of_the_seed_is_taken(tmp_path: Path, kind: str, steps: str) -> None:
    place = f"type: {kind}, path: /x, config_ref: old, connection: {{ {EVERY_KEY[kind]} }}"
    job = only(
        tmp_path,
        f"enabled: false\nschedule: '*/5 8-17 1,15 * 1-5'\nsource: {{ {place}, file_pattern: 're:a.*' }}\n"
        f"destination: {{ {place} }}\nbackup: {{ enabled: true, location: b, retention_days: 0 }}\n"
        f"verification: {{ method: checksum_match }}\n{steps}\n",
    )
    assert not job.form.enabled and job.rules().filters.include == ("re:a.*",)
    assert job.rules().settle.retention_days is None
    assert len(job.steps) == (7 if steps else 0)


def test_a_bucket_beside_the_connection(tmp_path: Path) -> None:
    job = only(
        tmp_path,
        "source: { type: local, path: in, bucket: '', file_pattern: '' }\n"
        "destination: { type: s3, path: /p, bucket: b }",
    )
    assert job.target.location() == "s3://b/p" and job.rules().filters.include == ()
    with pytest.raises(Problems, match=r"destination\.bucket: not the bucket that the connection has"):
        only(
            tmp_path,
            "source: { type: local, path: in }\n"
            "destination: { type: s3, path: p, bucket: b, connection: { bucket: c } }",
        )


def test_keys_of_s3_may_be_in_dotenv_under_the_older_names(tmp_path: Path) -> None:
    body = (
        "source: { type: local, path: in }\ndestination: { type: s3, path: p, connection: { bucket: b%s } }"
    )
    dotenv = "AWS_ACCESS_KEY=a\nAWS_SECRET_KEY=s\n"
    target: Any = only(tmp_path, body % ", access_key: '', secret_key: ''", dotenv=dotenv).target
    assert target.secret_key.get_secret_value() == "${AWS_SECRET_KEY}"
    target = only(tmp_path, body % ", access_key: x, secret_key: y", dotenv=dotenv).target
    assert target.access_key.get_secret_value() == "x"
    target = only(tmp_path, body % ", profile: me", dotenv=dotenv).target
    assert target.access_key is None


@pytest.mark.parametrize(
    ("method", "check"),
    [
        ("verification: { method: file_exists }", Check.EXISTS),
        ("verification: { method: size_match }", Check.SIZE),
        ("verification: { method: checksum_match }", Check.CHECKSUM),
        ("verification: {}", Check.SIZE),
        ("", Check.SIZE),
        ("verification:", Check.SIZE),
        ("check: readback", Check.READBACK),
        ("check: sample", Check.SAMPLE),
    ],
)
def test_the_check(tmp_path: Path, method: str, check: Check) -> None:
    assert only(tmp_path, LOCAL + method).rules().check is check


@pytest.mark.parametrize(
    ("ends", "block", "settle"),
    [
        (LOCAL, "", Settle()),
        (LOCAL, "backup: { enabled: false, location: b }", Settle()),
        (LOCAL, "backup: { enabled: true }", Settle(Action.ARCHIVE, "{home}/backups/a")),
        (
            LOCAL,
            "backup: { enabled: true, location: /b, retention_days: 7 }",
            Settle(Action.ARCHIVE, "/b/a", retention_days=7),
        ),
        (
            REMOTE,
            "backup: { enabled: true, location: b }",
            Settle(Action.ARCHIVE, "{home}/b/a", keep_original=True),
        ),
        (LOCAL, "settle: keep", Settle()),
        (LOCAL, "settle: delete", Settle(Action.DELETE)),
        (LOCAL, "settle: archive", Settle(Action.ARCHIVE, "{home}/backups/a")),
        (REMOTE, "settle: archive", Settle(Action.ARCHIVE, "{home}/backups/a", keep_original=True)),
        (REMOTE, "settle: { location: b, keep_original: false }", Settle(Action.ARCHIVE, "{home}/b/a")),
        (
            REMOTE,
            "settle: { folder: /done/, retention_days: 0.5 }",
            Settle(Action.ARCHIVE, folder="done", retention_days=0.5),
        ),
    ],
)
def test_settling(tmp_path: Path, ends: str, block: str, settle: Settle) -> None:
    from dataclasses import replace

    found = only(tmp_path, ends + block).rules().settle
    assert found == replace(settle, location=settle.location.format(home=tmp_path))


def test_a_job_without_any_rule_has_the_defaults(tmp_path: Path) -> None:
    rules = only(tmp_path, LOCAL).rules()
    assert rules == Rules()
    assert (rules.check, rules.dedup, rules.conflict) == (Check.SIZE, Dedup.CONTENT, Conflict.OVERWRITE)
    assert rules.complete.settle_seconds == 2 and ".part" in rules.filters.temp_suffixes


def test_every_rule_is_taken(tmp_path: Path) -> None:
    job = only(
        tmp_path,
        LOCAL
        + """\
description: all of it
tags: [a, b]
timezone: Europe/Stockholm
timeout: 2h
recursive: true
group: true
dedup: off
conflict: newer
filters:
  include: "*.csv"
  exclude: ["re:old/.*", "*~"]
  min_size: 1kB
  max_size: 10MB
  min_age: 1m
  max_age: 2h
  hidden: true
  temp_suffixes: []
complete: { settle_seconds: 5s, marker: "{name}.done", exclusive: true }
limits: { lanes: 3, bandwidth: 10MB/s }
retry: { tries: 3, base: 1s, factor: 3, cap: 1m, window: 1h, jitter: 0.2 }
""",
    )
    assert job.rules() == Rules(
        dedup=Dedup.OFF,
        conflict=Conflict.NEWER,
        recursive=True,
        group=True,
        filters=Filters(("*.csv",), ("re:old/.*", "*~"), 1000, 10_000_000, 60, 7200, True, ()),
        complete=Completion(5, "{name}.done", True),
        limits=Limits(3, 10_000_000),
        retry=Retry(1, 3, 60, 3600, 3, 0.2),
        timeout=7200,
    )
    assert (job.form.tags, job.form.timezone) == (("a", "b"), "Europe/Stockholm")


def test_an_archive_inside_the_source_is_not_a_source(tmp_path: Path) -> None:
    rules = only(tmp_path, LOCAL + "recursive: true\nsettle: { folder: 'a.b/[done]' }").rules()
    excluded = matcher(rules.filters.exclude)
    assert excluded("a.b/[done]/x") and excluded("a.b/[done]/x/y\n")
    assert not excluded("aXb/[done]/x") and not excluded("a.b/d/x") and not excluded("a.b/[done]x")


@pytest.mark.parametrize("marker", ["done", "{name}", "{stem}", "a/{name}.done", "{nam}.done", "{name}{"])
def test_bad_markers(tmp_path: Path, marker: str) -> None:
    with pytest.raises(Problems, match=r"complete\.marker: must be a file name with"):
        only(tmp_path, LOCAL + f"complete: {{ marker: '{marker}' }}")


def test_a_job_of_a_broken_plugin_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = EntryPoint("gone", "haulier_no_such_package:Spec", "haulier.stores")
    monkeypatch.setattr(registry, "_own", lambda group, own=registry._own: {**own(group), "gone": gone})
    jobs = "".join(
        f"  - job_id: {kind}\n    source: {{ type: {kind}, path: in }}\n"
        "    destination: { type: local, path: out }\n"
        for kind in ("gone", "local")
    )
    loaded = workspace(tmp_path, "jobs:\n" + jobs).loaded
    assert [job.id for job in loaded.jobs] == ["local"]
    assert [str(problem) for problem in loaded.problems] == [
        "configs/jobs.yaml:3: jobs[0].source.type: store gone cannot be loaded from "
        "haulier_no_such_package:Spec: ModuleNotFoundError: No module named 'haulier_no_such_package'"
    ]


def test_relative_places_hang_from_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    job = only(
        tmp_path,
        "source: { type: local, path: '${SUB}/in' }\ndestination: { type: local, path: ~/out }",
        dotenv="SUB=deep\n",
    )
    assert (job.source.path, job.target.path) == (f"{tmp_path}/deep/in", "/home/me/out")


@pytest.mark.parametrize(("path", "whole"), [("in", "/base/in"), ("/in", "/in"), (None, "/base")])
def test_named_connections(tmp_path: Path, path: str | None, whole: str) -> None:
    place = "connection: office" + (f", path: {path}" if path else "")
    job = only(
        tmp_path,
        f"source: {{ {place} }}\ndestination: {{ type: local, path: out }}",
        dotenv="PW=x\n",
        settings="connections:\n  office: { type: sftp, host: h, path: /base, password: '${PW}' }\n",
    )
    assert job.source.path == whole


def test_a_connection_may_leave_the_bucket_to_its_jobs(tmp_path: Path) -> None:
    settings = "connections:\n  cloud: { type: s3, region: eu-north-1 }\n"
    job = only(
        tmp_path,
        "source: { type: local, path: in }\ndestination: { connection: cloud, bucket: b, path: p }",
        settings=settings,
    )
    assert job.target.location() == "s3://b/p"
    with pytest.raises(Problems, match=r"destination\.connection: bucket is missing"):
        only(
            tmp_path,
            "source: { type: local, path: in }\ndestination: { connection: cloud, path: p }",
            settings=settings,
        )


def test_steps_in_all_their_forms(tmp_path: Path) -> None:
    job = only(
        tmp_path,
        LOCAL
        + """\
processing:
  enabled: true
  steps:
    - compress
    - compress:1
    - { type: compress, level: 2 }
    - compress: { level: 3 }
    - zip:
""",
    )
    assert [getattr(step, "level", None) for step in job.steps] == [None, 1, 2, 3, None]


def test_steps_that_are_switched_off_are_still_checked(tmp_path: Path) -> None:
    assert only(tmp_path, LOCAL + "processing: { steps: [compress] }").steps == ()
    with pytest.raises(Problems, match="no such step yet: compres;"):
        only(tmp_path, LOCAL + "processing: { steps: [compres] }")


def test_anchors_and_merged_keys(tmp_path: Path) -> None:
    loaded = workspace(
        tmp_path,
        "x-local: &local { type: local }\njobs:\n"
        "  - &one { job_id: a, source: { <<: *local, path: in }, destination: { <<: *local, path: out } }\n"
        "  - { <<: *one, job_id: b, conflict: fail }\n",
    ).loaded
    assert loaded.problems == () and [job.id for job in loaded.jobs] == ["a", "b"]
    assert loaded.jobs[1].rules().conflict is Conflict.FAIL


@pytest.mark.parametrize("text", ["", "jobs:\n", "jobs: []\n", "# nothing\n"])
def test_no_jobs_is_fine(tmp_path: Path, text: str) -> None:
    loaded = workspace(tmp_path, text).loaded
    assert loaded.jobs == () and loaded.problems == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", 'configs/jobs.yaml:1: must be a mapping with the key "jobs"'),
        ("jobs: { a: 1 }\n", "configs/jobs.yaml:1: jobs: must be a list of jobs"),
    ],
)
def test_files_of_another_shape(tmp_path: Path, text: str, said: str) -> None:
    assert said in str(Problems(workspace(tmp_path, text).loaded.problems))


def test_comments_survive_an_edit_of_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    path.write_text(SAMPLE, encoding="utf-8")
    document = read(path)
    document.tree["jobs"][0]["enabled"] = False
    document.save(path)
    changed = [
        (old, new)
        for old, new in zip(SAMPLE.splitlines(), path.read_text("utf-8").splitlines(), strict=True)
        if old != new
    ]
    assert changed == [("    enabled: true", "    enabled: false")]


CRON = st.lists(
    st.sampled_from(["*", "*/5", "1", "1-5", "1,2"]), min_size=5, max_size=6
)


@settings(max_examples=50)
@given(CRON.map(" ".join))
def test_schedules_are_kept_as_they_are_written(text: str) -> None:
    form = JobForm.model_validate(
        {"job_id": "a", "schedule": text, "source": {"path": "x"}, "destination": {}}
    )
    assert form.schedule and form.schedule.cron == text


@pytest.mark.parametrize(
    "bad", ["", "* * * *", "* * * * * * *", "* * * * !", "@often", "a;b * * * *", "* * * * ä"]
)
def test_bad_schedules(bad: str) -> None:
    with pytest.raises(ValueError, match="not a schedule"):
        JobForm.model_validate({"job_id": "a", "schedule": bad, "source": {"path": "x"}, "destination": {}})


def test_an_empty_path_is_not_the_whole_workspace(tmp_path: Path) -> None:
    with pytest.raises(Problems, match=r'source\.path: must not be empty; "." is the workspace'):
        only(tmp_path, "source: { type: local, path: '' }\ndestination: { type: local, path: out }")
    dot = only(tmp_path, "source: { type: local, path: . }\ndestination: { type: local, path: out }")
    assert dot.source.path == str(tmp_path)


def test_a_job_is_shown_without_its_secrets(tmp_path: Path) -> None:
    job = only(
        tmp_path,
        "source: { type: sftp, path: in, connection: { host: h, password: hunter2, passphrase: '${PW}' } }\n"
        "destination: { type: s3, path: p, connection: "
        "{ bucket: b, access_key: hunter2, secret_key: 'x${PW}' } }\n"
        "processing:\n  enabled: true\n  steps:\n    - compress\n    - compress: { level: 1 }\n    - zip:\n"
        "    - { type: gpg_decrypt, passphrase: hunter2 }\n"
        "    - gpg_decrypt: { passphrase: 'plain:hunter2' }\n"
        "filters: { min_size: 1kB }\n",
        dotenv="PW=hunter2\n",
    )
    assert job.shown() == {
        "job_id": "a",
        "source": {
            "type": "sftp",
            "path": "in",
            "connection": {"host": "h", "password": "********", "passphrase": "${PW}"},
        },
        "destination": {
            "type": "s3",
            "path": "p",
            "connection": {"bucket": "b", "access_key": "********", "secret_key": "********"},
        },
        "processing": {
            "enabled": True,
            "steps": [
                "compress",
                {"compress": {"level": 1}},
                {"zip": {}},
                {"type": "gpg_decrypt", "passphrase": "********"},
                {"gpg_decrypt": {"passphrase": "********"}},
            ],
        },
        "filters": {"min_size": 1000},
    }
    assert "hunter2" not in f"{job!r}{job.shown()}"
