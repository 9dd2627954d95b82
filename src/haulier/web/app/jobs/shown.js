// How a job is told in a list: its state, how far it is, what came of it last.
import { html } from "lit";
import { part } from "../core/api.js";
import { BASE } from "../core/router.js";
import { ofRun } from "../core/states.js";
import { brief, clockspan, count, counted, size, speed } from "../core/words.js";
import { icon, state } from "../parts/icon.js";

const MISTAKE = { word: "Mistake", tone: "bad", icon: "warn" }, OFF = { word: "Off", tone: "idle", icon: "paused" },
  NEW = { word: "Not run yet", tone: "idle", icon: "queued" };

/** The one state that matters most: what runs, what cannot, what was. */
export function stateOf(job) {
  if (job.running) return ofRun(job.running);
  if (job.problems.length) return MISTAKE;
  if (job.last_run) return ofRun(job.last_run);
  return job.enabled ? NEW : OFF;
}

/** `12 of 28 files`, or what a run did. */
export function did(run) {
  const now = run.progress;
  if (now && run.state === "running") return now.is_planned
    ? `${count(now.done + now.failed + now.skipped)} of ${counted(now.files + now.skipped, "file")}`
      : `${counted(now.files, "file")} found`;
  const parts = [run.done || !run.failed ? counted(run.done, "file") : "", run.failed ? `${count(run.failed)} failed` : "", run.skipped
    ? `${count(run.skipped)} skipped` : ""];
  return parts.filter(Boolean).join(", ");
}

/** How far a run is, in hundredths; null where that is not known. */
export function share(run) {
  const now = run.progress;
  if (run.state !== "running" || !now?.is_planned) return null;
  if (now.bytes) return Math.min(100, Math.floor((100 * now.moved) / now.bytes));
  return now.files ? Math.floor((100 * now.done) / now.files) : 100;
}

/** The last run, unless it goes on: then the state says it. */
const ended = ({ last_run: run, running }) => (run && run.id !== running?.id ? run : null);

export const last = (job) => (ended(job)
  ? html`<span class="nowrap">${brief(job.last_run.finished ?? job.last_run.started)}</span><span
    class="path clip">${did(job.last_run)}</span>` : html`<span class="muted">${job.running ? "now" : "–"}</span>`);

/** The state of a job, and under it how far it is. Both lines are always there. */
export function progress(job) {
  const run = job.running, part = run ? share(run) : null;
  return html`${state(stateOf(job))}${run
    ? html`<span class="path">${part == null
      ? did(run) : html`<progress class="mini" max="100" .value=${part} aria-label="${job.id}"></progress>`}</span>` : ""}`;
}

/** What goes on in a run right now, in one line. */
export function pace(run) {
  const now = run.progress;
  if (!now) return "";
  return [`${size(now.moved)} of ${size(now.bytes)}${now.is_planned ? "" : " so far"}`, now.speed ? speed(now.speed) : "", now.eta != null
    && now.is_planned ? `${clockspan(now.eta)} left` : ""].filter(Boolean).join(", ");
}

/** Where the files are that it moved, or took in: for a menu. */
export const made = ({ id, kind }) => (kind === "import" ? { label: "Imports", icon: "imports", href: `${BASE}/imports?flow=${part(`${id}/import`)}` }
  : { label: "Transfers", icon: "transfers", href: `${BASE}/transfers?flow=${part(id)}` });

export const tags = (list) => list.map((one) => html`<span class="tag">${icon("tag")}${one}</span>`);
