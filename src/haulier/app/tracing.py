"""OpenTelemetry: a span for each turn of a run and for each batch in it, if the usual OTEL_* variables ask for that."""
from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from .. import __version__
from ..model.run import Batch, Report, Run, RunState, Start, Totals, Transfer
from ..model.transfer import Signal
from ..ports import Ledger
from ..ports.ledger import ALONE

log = logging.getLogger("haulier.hub")
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
ENDS = {Signal.SETTLED: "done", Signal.DUPLICATE: "skipped", Signal.PERMANENT: "failed", Signal.TRANSIENT: "waiting",
        Signal.CANCEL: "cancelled", Signal.PAUSE: "paused", Signal.LOST: "lost"}
SHOWN = 10
"""Errors of one batch that are told."""


def traced(ledger: Ledger) -> Ledger:
    """The ledger itself; if traces are asked for, one that tells of what it is told."""
    return cast(Ledger, Traced(ledger, tracer)) if (tracer := _tracer()) else ledger


def is_asked(environ: dict[str, str]) -> bool:
    """By the variables that every program with OpenTelemetry goes by."""
    return (any(environ.get(name) for name in ENDPOINTS) and environ.get("OTEL_SDK_DISABLED", "").lower() != "true"
            and environ.get("OTEL_TRACES_EXPORTER", "otlp") == "otlp")


@cache
def _tracer() -> Any:
    """One for the process; None if nobody asks for traces. What is left of it is sent when the process ends."""
    if not is_asked(dict(os.environ)):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError:
        log.warning("OTEL_* asks for traces, which need more packages: pip install 'haulier[otel]'")
        return None
    resource = Resource.create({"service.version": __version__})
    if str(resource.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "haulier"}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("haulier", __version__)


class Traced:
    """A ledger that begins and ends spans. What it is not told of, such as lent batches, ends with its run."""

    def __init__(self, ledger: Ledger, tracer: Any) -> None:
        self._ledger, self._tracer = ledger, tracer
        self._runs: dict[int, _Spans] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def start(self, flow: str, *, source: str, target: str, run: int = 0, how: Start = ALONE) -> Run:
        """As the ledger's; the run's span begins."""
        begun = self._ledger.start(flow, source=source, target=target, run=run, how=how)
        self._runs[begun.id] = _Spans(self._tracer, begun)
        return begun

    def claim(self, run: Run, transfers: Sequence[Transfer]) -> Batch:
        """As the ledger's; the batch's span begins."""
        batch = self._ledger.claim(run, transfers)
        if spans := self._runs.get(run.id):
            spans.begin(batch)
        return batch

    def record(self, run: Run, reports: Sequence[Report]) -> None:
        """As the ledger's; a batch whose last file has ended is over."""
        self._ledger.record(run, reports)
        if spans := self._runs.get(run.id):
            spans.hear(reports)

    def finish(self, run: Run, state: RunState, totals: Totals, error: str = "", *, wakes: int | None = None) -> None:
        """As the ledger's; the run's span ends, also if that could not be stored."""
        try:
            self._ledger.finish(run, state, totals, error, wakes=wakes)
        finally:
            if spans := self._runs.pop(run.id, None):
                spans.end(state, totals, error)


class _Spans:
    """Those of one turn of a run."""

    def __init__(self, tracer: Any, run: Run) -> None:
        from opentelemetry import trace
        self._trace, self._tracer = trace, tracer
        self._run = tracer.start_span("run", attributes={
            "haulier.flow": run.flow, "haulier.run": run.id, "haulier.turn": run.turn, "haulier.trigger": run.trigger})
        self._batches: dict[int, Any] = {}      # spans
        self._open: dict[int, int] = {}         # the batch of each file that has not ended
        self._ended: dict[int, Counter[str]] = {}

    def begin(self, batch: Batch) -> None:
        """Files that were in another batch are in this one now."""
        self._batches[batch.id] = self._tracer.start_span(
            "batch", context=self._trace.set_span_in_context(self._run),
            attributes={"haulier.batch": batch.id, "haulier.files": len(batch.transfers)})
        self._ended[batch.id] = Counter()
        self._open |= {transfer.id: batch.id for transfer in batch.transfers}

    def hear(self, reports: Sequence[Report]) -> None:
        """What became of some files."""
        for report in reports:
            if report.signal not in ENDS or (batch := self._open.pop(report.id, None)) is None:
                continue
            ended, span = self._ended[batch], self._batches[batch]
            ended[ENDS[report.signal]] += 1
            if report.signal is Signal.PERMANENT and ended["failed"] <= SHOWN:
                span.add_event("exception", {"exception.type": report.kind, "exception.message": report.error})
        for batch in self._batches.keys() - set(self._open.values()):
            self._close(batch)

    def end(self, state: RunState, totals: Totals, error: str) -> None:
        """Whatever is open."""
        for batch in list(self._batches):
            self._close(batch)
        self._run.set_attributes({"haulier.state": state, "haulier.done": totals.done, "haulier.failed": totals.failed,
                                  "haulier.skipped": totals.skipped, "haulier.bytes": totals.bytes})
        if state is RunState.FAILED:
            self._run.set_status(self._trace.StatusCode.ERROR, error or f"{totals.failed} failed")
        self._run.end()

    def _close(self, batch: int) -> None:
        span, ended = self._batches.pop(batch), self._ended.pop(batch)
        span.set_attributes({f"haulier.{how}": count for how, count in ended.items()})
        if ended["failed"]:
            span.set_status(self._trace.StatusCode.ERROR, f"{ended['failed']} failed")
        span.end()
