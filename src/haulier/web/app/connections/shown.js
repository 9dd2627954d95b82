// How a connection is told: what it is, and what came of testing it.
import { html } from "lit";
import { counted, sentence } from "../core/words.js";
import { icon } from "../parts/icon.js";

const milliseconds = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`);

/** `result` is the answer of a test, `"busy"`, or nothing. */
export function tested(result, problems = []) {
  if (result === "busy") return html`<span class="state is-running">${icon("copying", true)}Testing</span>`;
  if (result) return html`<span class="state is-${result.ok ? "ok" : "bad"}"
    title=${result.details ?? ""}>${icon(result.ok ? "link" : "unlink")}<span class="clip">${result.ok
      ? `Reached in ${milliseconds(result.seconds)}` : sentence(result.text)}</span></span>`;
  if (problems.length) return html`<span class="state is-bad">${icon("warn")}${counted(problems.length, "mistake")}</span>`;
  return html`<span class="state">${icon("queued")}Not tested now</span>`;
}

/** The whole outcome, for where there is room. */
export const outcome = (result) => (!result || result === "busy"
  ? "" : html`<p class="result is-${result.ok ? "ok" : "bad"}" role=${result.ok ? "status" : "alert"}>${icon(result.ok ? "ok" : "bad")}
  <span><strong>${result.ok ? `Reached in ${milliseconds(result.seconds)}.` : sentence(result.text)}</strong> <span
    class="muted">${result.ok ? (result.files == null ? sentence(result.text) : `${counted(result.files, "file")} in its folder.`)
      : sentence(result.details)}</span></span></p>`);
