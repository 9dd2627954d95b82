// What happened in a run, newest first.
import { html } from "lit";
import { clock, count, exact, sentence } from "../core/words.js";
import { icon } from "../parts/icon.js";
import { noted } from "./noted.js";

const SAID = {
  "run.queued": ["Wanted", "queued"], "run.started": ["Began", "running"], "run.done": ["Ended well", "ok"],
    "run.failed": ["Ended with failures", "bad"], "run.cancelled": ["Cancelled", "cancelled"],
  "run.paused": ["Paused", "paused"], "run.waiting": ["Waits for files to be tried again", "waiting"],
    "run.crashed": ["Interrupted: its process ended", "unlink"], "run.resumed": ["Went on", "running"],
      "batch.claimed": ["A batch began", "queued"], "batch.copied": ["A batch was copied", "ok"],
  "batch.verified": ["A batch was checked and published", "ok"],
  "batch.done": ["A batch is done", "ok"], "transfer.failed": ["A file failed", "bad"], "transfer.done": ["A file is done", "ok"],
    "transfer.copied": ["A file was copied", "ok"], "transfer.verified": ["A file was checked and published", "ok"],
  "transfer.claimed": ["A file is tried again", "retry"], "transfer.lost": ["A file was left unfinished", "unlink"],
    "transfer.skipped": ["A file was skipped", "skipped"], "transfer.cancelled": ["A file was cancelled", "cancelled"],
  "transfer.paused": ["A file was paused", "paused"], "transfer.queued": ["A file is to be tried again", "queued"],
    "transfer.waiting": ["A file waits for its next try", "waiting"],
  "task.running": ["A task began", "running"], "task.done": ["A task is done", "ok"], "task.failed": ["A task failed", "bad"],
    "task.waiting": ["A task waits", "waiting"], "task.asks": ["A task needs approval", "waiting"], "task.skipped": ["A task was skipped", "skipped"],
      "task.blocked": ["A task could not begin", "warn"], "task.cancelled": ["A task was cancelled", "cancelled"],
  "import.begun": ["A file is read", "running"], "import.matched": ["All payments of a file are matched", "ok"],
    "import.done": ["A file was taken in", "ok"], "import.failed": ["A file could not be taken in", "bad"],
      "import.refused": ["A file was refused", "bad"], "import.duplicate": ["A file came before", "skipped"],
        "import.rejects": ["Rows were rejected", "warn"], "import.decided": ["A person decided about a payment", "hand"],
};
const TONES = { ok: "is-ok", bad: "is-bad", waiting: "is-warn", warn: "is-warn", unlink: "is-warn", running: "is-running" };

const said = (kind) => SAID[kind] ?? [sentence(kind.replace(".", " ")).replace(/\.$/, ""), "info"];

const AGAIN = ["run.waiting", "run.started", "run.resumed"];
const plain = ({ text }) => (text ?? "").replace(/\d{4}-\d\d-\d\d [\d:.]+ UTC/, "");

/** A run that is tried again and again says the same two things each time: said once, with how often. */
function folded(events) {
  const kept = [];
  for (const event of events) {
    const same = AGAIN.includes(event.kind) && kept.slice(-AGAIN.length).find((one) => one.event.kind === event.kind
      && plain(one.event) === plain(event));
    if (same) Object.assign(same, { times: same.times + 1, since: event.at });
    else kept.push({ event, times: 1, since: event.at });
  }
  return kept;
}

/** `kind`: flow or job, what the run is of. */
export const story = (events, kind = "job") => html`<ol class="timeline">${folded(events).map(({ event, times, since }) => {
  const [title, image] = kind === "flow" && event.kind === "run.waiting" ? ["Waits", "waiting"] : said(event.kind);
  return html`<li><span class=${TONES[image] ?? ""}>${icon(image)}</span><div>${title}${event.text
    ? html`<p class="wrap">${noted(event.text).replace(/ \(try 1\)$/, "")}</p>` : ""}${times > 1
      ? html`<p>${count(times)} times, the first at ${clock(since)}</p>` : ""}</div><time
        datetime=${event.at} title=${exact(event.at)}>${clock(event.at)}</time></li>`;
})}</ol>`;
