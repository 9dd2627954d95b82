"""The past of one file in sentences, from what the ledger holds."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model.event import Event
from ..model.run import Run, Transfer
from ..model.transfer import State
from ..model.words import moment, plain, size

SENTENCES = {
    "transfer.created": "it was seen for the first time",
    "transfer.claimed": "another try began",
    "batch.claimed": "a try began",
    "transfer.lost": "it was left unfinished",
    "copied": "all bytes were copied",
    "verified": "the delivery check was passed, and it was published",
    "done": "it was done",
    "skipped": "it was skipped",
    "waiting": "it failed, and was to be tried again",
    "failed": "it failed for good",
    "cancelled": "it was given up",
    "paused": "it was paused",
    "queued": "it was to be tried again",
}
OF_RUNS = {"started": "began", "queued": "was to begin", "waiting": "let go, to try again", "paused": "was paused",
           "resumed": "was to go on"}
NEXT = {State.WAITING: "The next run tries again.", State.QUEUED: "The next run takes it up.",
        State.PAUSED: "It stays so until somebody lets it go on.", State.FAILED: "The next run tries once more.",
        State.COPYING: "It is being copied, or its process died; then the next run goes on with it.",
        State.VERIFYING: "It is being checked, or its process died; then the next run goes on with it.",
        State.SETTLING: "It has arrived; what becomes of the source is still to be done."}


def told(transfer: Transfer, run: Run | None, events: Sequence[Event]) -> Iterator[str]:
    """Everything about one transfer, a line each."""
    where = f", {run.flow}, from {run.source} to {run.target}" if run else ""
    entry = transfer.entry
    yield plain(f"{entry.path}: {size(entry.size)}, modified {moment(entry.modified)}{where}")
    own = {(event.run, event.kind.removeprefix("transfer.")) for event in events if event.transfer}
    for event in events:
        if (event.run, event.kind.removeprefix("batch.")) in own:
            continue    # about the whole batch, and the file's own line says it better
        yield f"  {moment(event.at)}  run {event.run}: {plain(_sentence(event, transfer))}"
    if transfer.delivered or transfer.state is State.DONE:
        digest = f", source sha256 {transfer.sha256.hex()}" if transfer.sha256 else ""
        yield plain(f"  It arrived as {transfer.target}, {size(transfer.written)}{digest}.")
    elif transfer.draft and transfer.draft.offset:
        yield f"  {size(transfer.draft.offset)} of it are at the target, unpublished."
    if transfer.settled:
        yield plain(f"  The source file was moved to {transfer.settled}.")
    if transfer.error:
        yield plain(f"  The last error: {transfer.error}")
    if transfer.state is State.WAITING and transfer.retry_at:
        yield f"  It is tried again at {moment(transfer.retry_at)}, or by the next run before that."
    elif transfer.state in NEXT:
        yield f"  {NEXT[transfer.state]}"


def _sentence(event: Event, transfer: Transfer) -> str:
    about, _, what = event.kind.partition(".")
    if about == "run":
        return f"{OF_RUNS.get(what, f'ended as {what}')}: {event.text}"
    said = SENTENCES.get(event.kind) or SENTENCES.get(what, what)
    if about == "batch":
        return f"{said} (with others: {event.text})" if event.text != "1 file" else said
    more = event.text.removeprefix(transfer.path).removeprefix(transfer.target).lstrip(": ")
    return f"{said} {more}" if more.startswith("(") else f"{said}: {more}" if more else said
