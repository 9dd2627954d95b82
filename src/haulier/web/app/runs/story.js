// What happened in a run, newest first.
import { html } from "lit";
import { clock, exact, sentence } from "../core/words.js";
import { icon } from "../parts/icon.js";

const SAID = {
  "run.queued": ["Wanted", "queued"], "run.started": ["Began", "running"], "run.done": ["Ended well", "ok"],
    "run.failed": ["Ended with failures", "bad"], "run.cancelled": ["Cancelled", "cancelled"],
  "run.paused": ["Paused", "paused"], "run.waiting": ["Waits for files to be tried again", "waiting"],
    "run.crashed": ["Interrupted: its process ended", "unlink"], "run.resumed": ["Went on", "running"],
      "batch.claimed": ["A batch began", "queued"],
  "batch.done": ["A batch is done", "ok"], "transfer.failed": ["A file failed", "bad"], "transfer.done": ["A file is done", "ok"],
    "transfer.copied": ["A file was copied", "ok"], "transfer.verified": ["A file was checked and published", "ok"],
  "transfer.claimed": ["A file is tried again", "retry"], "transfer.lost": ["A file was left unfinished", "unlink"],
    "transfer.skipped": ["A file was skipped", "skipped"], "transfer.cancelled": ["A file was cancelled", "cancelled"],
  "transfer.paused": ["A file was paused", "paused"], "transfer.queued": ["A file is to be tried again", "queued"],
    "transfer.waiting": ["A file waits for its next try", "waiting"],
};
const TONES = { ok: "is-ok", bad: "is-bad", waiting: "is-warn", unlink: "is-warn", running: "is-running" };

const said = (kind) => SAID[kind] ?? [sentence(kind.replace(".", " ")).replace(/\.$/, ""), "info"];

export const story = (events) => html`<ol class="timeline">${events.map((event) => {
  const [title, image] = said(event.kind);
  return html`<li><span class=${TONES[image] ?? ""}>${icon(image)}</span><div>${title}${event.text ? html`<p class="wrap">${event.text}</p>`
    : ""}</div><time datetime=${event.at} title=${exact(event.at)}>${clock(event.at)}</time></li>`;
})}</ol>`;
