"""Traces, as a collector gets them: OTLP over HTTP, decoded by OpenTelemetry's own classes."""
from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from acceptance.hubs import Hubs, job, until

collector = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
ERROR = 2


class Receiver(ThreadingHTTPServer):
    """Keeps every span that it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        asked = collector.ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for one in asked.resource_spans:
            self.server.services |= {said.value.string_value for said in one.resource.attributes
                                     if said.key == "service.name"}
            self.server.spans += [span for scope in one.scope_spans for span in scope.spans]
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def facts(span: Any) -> dict[str, Any]:
    return {one.key.removeprefix("haulier."): one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_collector_is_told_of_runs_batches_and_errors(hubs: Hubs, receiver: Receiver, tmp_path: Path) -> None:
    source, target = tmp_path / "out", tmp_path / "in"
    for folder in (source, target, target / "b.csv"):
        folder.mkdir()
    for name in ("a.csv", "b.csv"):
        (source / name).write_text(name)
    hubs.jobs(job("send", source, target))
    hubs.environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    hub = hubs.start_hub()
    run = hub.run(hub.begin("send"), "failed")
    until(lambda: {span.name for span in receiver.spans} >= {"run", "batch"})
    whole, = (span for span in receiver.spans if span.name == "run")
    batches = [span for span in receiver.spans if span.name == "batch"]
    assert facts(whole) == {"flow": "send", "run": run["id"], "turn": 0, "trigger": "api", "state": "failed",
                            "done": 1, "failed": 1, "skipped": 0, "bytes": run["bytes"]}
    assert whole.status.code == ERROR and receiver.services == {"haulier"}
    assert {(one.parent_span_id, one.trace_id) for one in batches} == {(whole.span_id, whole.trace_id)}
    assert sum(facts(one)["files"] for one in batches) == 2 and sum(facts(one).get("done", 0) for one in batches) == 1
    failed, = (one for one in batches if one.status.code == ERROR)
    said = {one.key: one.value.string_value for one in failed.events[0].attributes}
    assert failed.events[0].name == "exception" and "b.csv" in said["exception.message"]
    (target / "b.csv").rmdir()
    hubs.environment["OTEL_SERVICE_NAME"] = "nightly"
    assert hubs.run("run", "send", "--workspace", hubs.workspace)[0] == 0     # and sent before the command has ended
    assert "nightly" in receiver.services and facts(receiver.spans[-1])["state"] == "done"


def test_who_does_not_ask_for_it_pays_nothing() -> None:
    code = ("import sys; from haulier.app.tracing import traced; ledger = object();"
            "print(traced(ledger) is ledger, any(name.startswith('opentelemetry') for name in sys.modules))")
    for environment in ({}, {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}):
        assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True) == "True False\n"
