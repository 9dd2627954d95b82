"""Passwords are nowhere but where somebody wrote them."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from acceptance.far import many_files
from acceptance.hubs import Hub, Hubs, job
from haulier.testing.servers import sshd

PLAIN, REFERRED, KEY = "pl4in-Secret-77", "ref3rred-Secret-78", "s3-Secret-79/abc"
SETTINGS = """\
oidc: {{issuer: "http://127.0.0.1:1", client_id: hub, client_secret: "{plain}", others: viewer}}
connections:
  plain: {{type: sftp, host: 127.0.0.1, port: {port}, username: nobody-here, password: {plain},
           unknown_hosts: accept-new}}
  referred: {{type: sftp, host: 127.0.0.1, port: {port}, username: nobody-here, password: "${{OFFICE}}",
              known_hosts: {known_hosts}}}
  bucket: {{type: s3, endpoint_url: "http://127.0.0.1:1", bucket: b, region: r, access_key: AK,
           secret_key: "{key}"}}
"""
FLOW = """\
tasks:
  - {{id: say, script: say.sh, env: {{TOKEN: "${{OFFICE}}", PASSWORD: "{plain}"}}}}
  - {{id: end, script: say.sh, depends_on: say, env: {{PASSWORD: "{plain}"}}}}
"""
SCRIPT = "#!/bin/sh\n[ \"$TOKEN\" ] && [ \"$PASSWORD\" ] && echo said\n"
STREAMS = ("/api/v1/events", "/api/v1/logs/stream")


def addresses(hub: Hub, run: int, transfer: int, flow: int) -> Iterator[str]:
    """Everything that can be asked of the hub, about what there is. `flow`: a run of the flow."""
    yield from ("/health", "/metrics", "/jobs", "/transfers", "/stats/summary", "/logs/recent", "/api/config",
                "/api/scripts/plain", "/api/auth/me", "/api/v1/openapi.json")
    whose = {"jobs": "plain", "connections": "plain", "runs": run, "transfers": transfer, "flows": "pass"}
    for path, verbs in hub.api.get("/openapi.json").json()["paths"].items():
        if "get" in verbs and path.startswith("/api/v1/") and path not in STREAMS:
            room = path.split("/")[3]
            if room == "imports" and "{" in path:
                continue    # nothing was taken in here: see tests/api/test_import_secrets.py
            path = path.replace("{id}/tasks", f"{flow}/tasks").replace("{key}", "say")
            yield path.replace("{id}", str(whose.get(room, 1))).replace("{name}", str(whose.get(room, 1)))


def test_a_secret_is_never_told(hubs: Hubs, server: sshd.Sshd, tmp_path: Path) -> None:
    hubs.settings(SETTINGS.format(port=server.port, plain=PLAIN, key=KEY, known_hosts=server.known_hosts)
                  + "log_level: DEBUG\n")
    with (hubs.workspace / ".env").open("a") as env:
        env.write(f"OFFICE={REFERRED}\n")
    many_files(tmp_path / "out", 2)
    hubs.jobs(*(job(name, tmp_path / "out", f"connection: {name}, path: x", "retry: {tries: 1}")
                for name in ("plain", "referred", "bucket")), job("here", tmp_path / "out", tmp_path / "in"))
    for name, text in (("flows/pass.yaml", FLOW.format(plain=PLAIN)), ("tasks/say.sh", SCRIPT)):
        (hubs.workspace / name).write_text(text)
    hub, answers = hubs.start_hub(), dict[str, str]()
    hub.done("here")
    ended = [hub.run(hub.begin(name), "failed", "waiting") for name in ("plain", "referred", "bucket")]
    assert all(run["error"] for run in ended)
    transfer = hub.get("/transfers")["items"][0]["id"]
    flow = hub.run(hub.post("/flows/pass/run")["id"], "failed")["id"]
    for address in addresses(hub, ended[0]["id"], transfer, flow):
        answer = hub.api.get(hub.address + address)
        assert answer.status_code != 404 and answer.status_code < 500, f"{address}: {answer.text}"
        answers[address] = answer.text
    assert "••••••" in answers["/api/v1/flows/pass"]
    assert "said" in answers[f"/api/v1/runs/{flow}/tasks/say/output"]
    for name in ("plain", "referred", "bucket"):
        shown = hub.get(f"/connections/{name}")
        for path, body in (("/connections/test", {"name": name}), ("/connections/check", {"form": shown["form"]}),
                           ("/connections/test", {"form": shown["form"]})):
            answers[f"{path} {body}"] = hub.api.post(path, json=body).text
    assert len(answers) > 40 and "••••••" in answers["/api/v1/connections/plain"]
    here = ("-w", hubs.workspace)
    for command in (("status", hubs.workspace), ("history", *here), ("why", "d0/f0", *here),
                    ("connections", "list", *here), ("stop", hubs.workspace)):
        code, answers[str(command)] = hubs.run(*command)
        assert code == 0, answers[str(command)]
    answers["log"], answers["stderr"] = hubs.log(), hub.stderr
    for path in filter(Path.is_file, (hubs.workspace / "state").rglob("*")):
        answers[str(path)] = path.read_bytes().decode(errors="replace")
    told = [(where, secret) for where, text in answers.items() for secret in (PLAIN, REFERRED, KEY, hubs.token)
            if secret in text]
    assert told == []
