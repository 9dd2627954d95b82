// The story of one file, from its events and those of its batches and runs.
import { html } from "lit";
import { clock, count, exact, local } from "../core/words.js";
import { icon } from "../parts/icon.js";
import { noted } from "../runs/noted.js";

const SAID = {
  created: ["Found", "ok"], claimed: ["Copying began", "ok"], copied: ["Copied", "ok"], verified: ["Checked and published", "ok"],
    done: ["Done", "ok"], skipped: ["Skipped", "skipped"],
  waiting: ["Failed, and waits for its next try", "waiting"], failed: ["Failed", "bad"], lost: ["Left unfinished", "unlink"],
    cancelled: ["Cancelled", "cancelled"], paused: ["Paused", "paused"], queued: ["To be sent again", "queued"],
};
const RUNS = {
  queued: ["was wanted", "queued"], started: ["began", "running"], done: ["ended well", "ok"], failed: ["ended with failures", "bad"],
    waiting: ["let go, to try again", "waiting"], paused: ["was paused", "paused"],
  resumed: ["went on", "running"], cancelled: ["was cancelled", "cancelled"], crashed: ["was interrupted", "unlink"],
};
const TONES = { ok: "is-ok", bad: "is-bad", waiting: "is-warn", unlink: "is-warn", running: "is-running" };
const AHEAD = { queued: ["Copy", "Check", "Publish"], copying: ["Check", "Publish"], verifying: ["Publish"],
  settling: ["Settle the source"], waiting: ["Next try"], paused: ["Copy, once it is resumed"], failed: ["Publish"] };

/** What an event adds to its name: not the path again, nor the digest, which has a place of its own. */
function more({ text, kind }, { path, target, name }) {
  if (kind.startsWith("batch.")) return text && text !== "1 file" ? `with others: ${noted(text)}` : "";
  if (kind.startsWith("run.")) return noted(text);
  let rest = local(text);
  for (const known of [path, target, name]) if (known && rest.startsWith(known)) rest = rest.slice(known.length);
  return noted(rest.replace(/^[:\s]+/, "").replace(/, sha256 [0-9a-f]{64}/, "").replace(/\s*\(try 1\)$/, ""));
}

function said({ kind, run }) {
  const [about, what] = kind.split(".");
  if (about === "run") {
    const [word, image] = RUNS[what] ?? [what, "info"];
    return [`Run ${count(run)} ${word}`, image];
  }
  return SAID[what] ?? [what[0].toUpperCase() + what.slice(1), "info"];
}

/** Without what the file's own events say better; tries are numbered where there are several. */
function told(events) {
  const own = new Set(events.filter((one) => one.transfer).map(({ run, kind }) => `${run} ${kind.replace("transfer.", "")}`));
  const kept = events.filter(({ run, kind }) => !own.has(`${run} ${kind.replace("batch.", "")}`));
  const tries = kept.filter(({ kind }) => kind.endsWith(".claimed")).length;
  let number = 0;
  return kept.map((event) => {
    const [title, image] = said(event), isTry = event.kind.endsWith(".claimed");
    if (isTry) number += 1;
    return { event, image, title: isTry && tries > 1 ? `Try ${number} began` : title };
  });
}

export function timeline(transfer, events) {
  const ahead = AHEAD[transfer.state] ?? [], items = told(events);
  return html`<ol class="timeline">${items.map(({ event, image, title }, at) =>
    html`<li><span class=${TONES[image] ?? ""}>${icon(image)}</span>
    <div class=${at === items.length - 1 ? "strong" : ""}>${title}${more(event, transfer)
      ? html`<p class="wrap">${more(event, transfer)}</p>` : ""}</div><time datetime=${event.at}
        title=${exact(event.at)}>${clock(event.at)}</time></li>`)}
    ${ahead.map((what) => html`<li class="todo"><span>${icon("queued")}</span><div>${what}<p>${transfer.state === "failed"
      ? "not reached" : "to come"}</p></div><time></time></li>`)}</ol>`;
}
