"""What is secret of the places, sinks and open items of an import is in no answer, no log, no ledger and no output."""
from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest
from typer.testing import CliRunner

from api.flowruns import over, start
from api.hubs import Place, running, workspace
from api.test_roles import ALL, Operation
from haulier.cli.program import program
from haulier.model.account import Role
from haulier.tasks.intaking import shown
from haulier.testing.banks import Paid, bgmax

MARK = "mArKeR-0f-a-secret"
APART = {"get /api/v1/events", "get /api/v1/logs/stream", "get /api/v1/openapi.json", "get /api/v1/specs",
         "get /api/v1/specs/jobs"}
"""Those that never end, and those that say the same of any workspace."""
URL = f'"sftp://robot:{MARK}@127.0.0.1:1/in"'
MAPPING = f"{{ type: sftp, path: in, connection: {{ host: 127.0.0.1, port: 1, username: robot, password: {MARK} }} }}"
WEB = (f'{{ type: http, url: "http://127.0.0.1:1/x", headers: {{ X-Key: {MARK} }}, budget: 0, '
       f"auth: {{ type: basic, username: u, password: {MARK} }} }}")
SQL = f'{{ type: sql, url: "postgresql://robot:{MARK}@127.0.0.1:1/none", table: t }}'
HERE = "{ type: local, path: in }"
KEPT = "{ type: file, place: told }"
ITEMS = "{ type: csv, file: open.csv%s }"


def table(source: str, sink: str, more: str = "") -> str:
    return (f"tasks:\n  - {{ id: take, type: import, source: {source}, complete: {{ settle_seconds: 0 }}, "
            f"patterns: '*.csv', parser: csv, sink: {sink}{more} }}\n# password: {MARK}\n")


def bank(items: str, matched: str = KEPT, unmatched: str = KEPT) -> str:
    return (f"tasks:\n  - {{ id: take, type: import, source: {HERE}, complete: {{ settle_seconds: 0 }}, "
            f"patterns: '*.bank', parser: bgmax, reconcile: {{ items: {items}, matched: {{ sink: {matched} }}, "
            f"unmatched: {{ sink: {unmatched} }} }} }}\n")


FLOWS = {
    "broken": table(MAPPING, WEB, f", rejects: {{ answer: {{ place: {URL}, my_secret: {MARK} }} }}, schem: 1"),
    "items-web": bank(WEB), "items-sql": bank(SQL), "told-web": bank(ITEMS % "", WEB, WEB),
    "told-sql": bank(ITEMS % "", SQL, SQL), "sink-web": table(HERE, WEB), "sink-sql": table(HERE, SQL),
}
for _name, _place in (("url", URL), ("mapping", MAPPING)):
    FLOWS[f"source-{_name}"] = table(_place, KEPT)
    FLOWS[f"sink-{_name}"] = table(HERE, f"{{ type: file, place: {_place} }}")
    FLOWS[f"answer-{_name}"] = table(HERE, KEPT, ", schema: { id: integer }, rejects: { first: 0, answer: { place: "
                                                 f"{_place} }} }}")
    FLOWS[f"items-{_name}"] = bank(ITEMS % f", place: {_place}")
    FLOWS[f"wait-{_name}"] = f"tasks:\n  - {{ id: see, type: wait, place: {_place}, every: 1h }}\n"
WAITING = {"wait-url", "wait-mapping"}
JOB = f"""jobs:
  - {{ job_id: taking, source: {MAPPING}, import: {{ parser: csv, sink: {WEB} }} }}
  - job_id: mistaken
    source: {MAPPING}
    import: {{ parser: csv, sink: {{ type: file, place: {URL}, my_secret: {MARK} }} }}
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A hub with imports that reach nothing far, each of which was run."""
    home = workspace(tmp_path_factory.mktemp("secrets") / "work", JOB)
    for folder in ("in", "told"):
        (home / folder).mkdir()
    (home / "in" / "a.csv").write_text("id,amount\n1,2\nx,3\n")
    (home / "in" / "a.bank").write_bytes(bgmax([Paid(Decimal(7), "12344", name="Somebody")]))
    (home / "open.csv").write_text("id,references,due,currency\n1,12344,7,SEK\n")
    (home / "flows").mkdir(exist_ok=True)
    for name, text in FLOWS.items():
        (home / "flows" / f"{name}.yaml").write_text(text)
    with running(home) as place:
        client = place.client(Role.OPERATOR)
        runs = [(name, start(client, name)) for name in (*FLOWS, "taking") if name != "broken"]
        for name, run in runs:
            if name not in WAITING:
                assert over(place, run)["state"] == "failed", name
        yield place


def listed(client: httpx.Client, path: str) -> list[int]:
    return [one["id"] for one in client.get(f"/api/v1/{path}", params={"limit": 100}).json()["items"]]


def ids(client: httpx.Client, path: str) -> list[int]:
    """Of all that there are of what an address has the id of."""
    for kind in ("payments", "rejects"):
        if f"/imports/{kind}/" in path:
            return [id for one in listed(client, "imports") for id in listed(client, f"imports/{one}/{kind}")]
    kind = next((kind for kind in ("runs", "imports", "transfers") if f"/{kind}/" in path), "")
    return listed(client, kind) if kind else [987654]


def addresses(client: httpx.Client, path: str) -> set[str]:
    """With everything that there is in place of each parameter."""
    return {path.format(id=id, name=name, job_id=name, key=key) for id in ids(client, path)
            for name in (*FLOWS, "taking", "mistaken") for key in ("take", "see")}


def test_there_is_something_of_everything(hub: Place) -> None:
    for path in ("runs", "imports", "imports/payments/", "imports/rejects/"):
        assert ids(hub.client(), f"/api/v1/{path.rstrip('/')}/x")


def test_all_failed_for_what_is_far(hub: Place) -> None:
    told = " ".join(one["error"] for one in hub.client().get("/api/v1/runs", params={"limit": 100}).json()["items"])
    assert told.count("127.0.0.1") >= 10, told


@pytest.mark.parametrize("operation", [one for one in ALL if one.method == "get" and str(one) not in APART], ids=str)
def test_no_answer_has_one(hub: Place, operation: Operation, caplog: pytest.LogCaptureFixture) -> None:
    client = hub.client()
    with caplog.at_level(logging.DEBUG):
        for address in addresses(client, operation.path):
            answer = client.get(address)
            assert answer.status_code < 500 and MARK not in answer.text, address
    assert MARK not in caplog.text


def test_the_place_that_is_kept_of_a_file_has_none() -> None:
    assert shown(URL.strip('"')) == "sftp://robot@127.0.0.1:1/in" and shown("erp:in") == "erp:in"
    connection = {"host": "h", "password": MARK}
    assert shown({"type": "sftp", "path": "in", "connection": connection}) == "sftp:in"


def test_nothing_that_is_kept_has_one(hub: Place) -> None:
    """But the files that it was written into."""
    written = [hub.home / "configs" / "jobs.yaml", *(hub.home / "flows").iterdir()]
    files = [path for path in hub.home.rglob("*") if path.is_file() and path not in written]
    assert any(path.suffix in (".db", ".sqlite") for path in files), files
    assert [path for path in files if MARK.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("words", [
    ["list"], ["list", "--json"], ["validate"], ["validate", "--json"], ["status"], ["history"], ["plan", "taking"],
    *(["graph", name, "--format", "mermaid"] for name in FLOWS),
    *(["export", name] for name in FLOWS)], ids=" ".join)
def test_no_command_tells_one(hub: Place, words: list[str]) -> None:
    told = CliRunner().invoke(program, [*words, "--workspace", str(hub.home)])
    assert told.output and MARK not in told.output, told.output
