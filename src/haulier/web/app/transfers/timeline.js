// The story of one file, from its events.
import { html } from "lit";
import { clock, exact } from "../core/words.js";
import { icon } from "../parts/icon.js";

const SAID = {
  created: ["Found", "ok"], claimed: ["Copying began", "ok"], copied: ["Copied", "ok"], verified: ["Checked and published", "ok"], settled: ["Source settled", "ok"], done: ["Done", "ok"],
  skipped: ["Skipped", "skipped"], waiting: ["Failed, and waits for its next try", "waiting"], failed: ["Failed", "bad"], lost: ["Interrupted", "unlink"], cancelled: ["Cancelled", "cancelled"],
  paused: ["Paused", "paused"], queued: ["Queued again", "queued"], resumed: ["Resumed", "ok"], retried: ["Sent again by a person", "retry"], started: ["Run started", "running"],
};
const TONES = { ok: "is-ok", bad: "is-bad", waiting: "is-warn", unlink: "is-warn" };
const AHEAD = {
  queued: ["Copy", "Check", "Publish"], copying: ["Check", "Publish"], verifying: ["Publish"], settling: ["Settle the source"],
  waiting: ["Next try"], paused: ["Copy, once it is resumed"], failed: ["Publish"], cancelled: [], done: [], skipped: [],
};

function said({ kind }) {
  const what = kind.split(".").at(-1);
  return SAID[what] ?? [what[0].toUpperCase() + what.slice(1), "info"];
}

/** What an event adds to its name: not the path again. */
function more({ text }, { path, target, name }) {
  let rest = text ?? "";
  for (const known of [path, target, name]) if (known && rest.startsWith(known)) rest = rest.slice(known.length);
  return rest.replace(/^[:\s]+/, "");
}

/** Number the tries, so that the third failure is the third. */
function titled(events) {
  let tries = 0;
  const many = events.filter((one) => one.kind.endsWith("claimed")).length;
  return events.map((event) => {
    const [title, image] = said(event);
    if (event.kind.endsWith("claimed")) tries += 1;
    return { event, image, title: event.kind.endsWith("claimed") && many > 1 ? `Try ${tries}` : title };
  });
}

export function timeline(transfer, events) {
  const ahead = AHEAD[transfer.state] ?? [];
  const items = titled(events);
  return html`<ol class="timeline">${items.map(({ event, image, title }, at) => html`<li><span class=${TONES[image] ?? ""}>${icon(image)}</span>
    <div class=${at === items.length - 1 ? "strong" : ""}>${title}${more(event, transfer) ? html`<p class="wrap">${more(event, transfer)}</p>` : ""}</div><time datetime=${event.at} title=${exact(event.at)}>${clock(event.at)}</time></li>`)}
    ${ahead.map((what) => html`<li class="todo"><span>${icon("queued")}</span><div>${what}<p>${transfer.state === "failed" ? "not reached" : "to come"}</p></div><time></time></li>`)}</ol>`;
}
