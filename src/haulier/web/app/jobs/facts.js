// What a job is: where from, where to, what is done on the way, when it runs next.
import { html } from "lit";
import { part } from "../core/api.js";
import { BASE } from "../core/router.js";
import { clockOf, counted, day, exact, moment, span, timing, until } from "../core/words.js";
import { broken, icon } from "../parts/icon.js";
import { cardHead } from "../parts/page.js";
import { tags } from "./shown.js";

const SETTLES = { keep: "is kept", archive: "is archived", delete: "is deleted" };

function settles({ settle, backup }) {
  if (backup?.enabled) return SETTLES.archive;
  return SETTLES[settle?.action ?? settle ?? "keep"] ?? SETTLES.archive;
}

/** A place; a named connection as a link to it. */
function end(place, written) {
  if (!place.location && !written) return html`<dd class="muted">not told</dd>`;
  return html`<dd><span class="wraps">${broken(place.location)}</span>${typeof written?.connection === "string"
    ? html`<br><a class="tiny" href="${BASE}/connections/${part(written.connection)}">connection ${written.connection}</a>`
      : html`<br><span class="tiny muted">${place.type}</span>`}</dd>`;
}

const nameOf = (value) => (typeof value === "string" ? value : value?.type ?? "");

/** How files become rows, and what becomes of those. */
function intake({ import: own }, { destination: { type, location } }) {
  const columns = Object.keys(own?.schema ?? {}).length;
  return html`<dt>Format</dt><dd>${nameOf(own?.parser)}${columns ? `, ${counted(columns, "column")}` : ""}</dd><dt>${own?.reconcile ? "Matched with"
    : "Rows to"}</dt><dd>${own?.reconcile ? "open items" : type}${location ? html`<br><span class="mono wraps">${location}</span>` : ""}</dd>`;
}

const transfer = (job, form) => html`<dt>To</dt>${end(job.destination, form.destination)}
  <dt>Steps</dt><dd>${job.steps.length ? job.steps.map((one, at) => html`${at ? ", then " : ""}<span class="mono">${one}</span>`)
    : "none"}</dd>
  <dt>Check</dt><dd>${form.check ?? form.verification?.method?.replace("_", " ") ?? "size"}</dd>`;

export const facts = (job, form = {}) => html`<section class="card" aria-labelledby="h-facts">${cardHead("h-facts", "What it does")}<div
  class="body"><dl class="facts">
  <dt>From</dt>${end(job.source, form.source)}${form.source?.file_pattern
    ? html`<dt>Files</dt><dd class="mono">${form.source.file_pattern}</dd>` : ""}
  ${job.kind === "import" ? intake(form, job) : transfer(job, form)}<dt>Source</dt><dd>${settles(form)} after the ${job.kind === "import" ? "import"
    : "check"}</dd>
  <dt>Last success</dt><dd>${job.last_success ? moment(job.last_success) : "never"}</dd>
  <dt>Written in</dt><dd class="mono">${job.file}:${job.line}</dd></dl>${job.tags.length
    ? html`<p class="row wrap tagline">${tags(job.tags)}</p>` : ""}</div></section>`;

const starts = (job) => (job.sentence ? timing(job.sentence) : job.arrival ? "When files come" : "Only by hand");

function about(job) {
  if (!job.sentence && !job.arrival) return "It has no schedule.";
  if (!job.enabled) return "Switched off: nothing starts by itself.";
  if (!job.arrival) return "";
  return `${job.sentence ? "Also when files come: its" : "Its"} source is looked at every ${span(job.arrival)}.`;
}

/** Of a job or a flow. `next` is the answer of its `schedule`. */
export const agenda = (job, next) =>
  html`<section class="card" aria-labelledby="h-when">${cardHead("h-when", "Schedule", "", job.enabled || !(job.sentence || job.arrival)
    ? "" : html`<span class="tag push">off</span>`)}
  <div class="body stack"><p class="human">${icon("calendar")}<span><strong>${starts(job)}</strong><span
    class="tiny muted">${about(job)}</span></span></p>
  ${next?.length && job.enabled ? html`<div
    class="nextruns bare"><h3>Next runs</h3><ol>${next.map((at) =>
      html`<li><span>${day(at)}</span><time class="num" datetime=${at} title=${exact(at)}>${clockOf(next)(at)}</time><span
        class="tiny muted num">${until(at)}</span></li>`)}</ol></div>` : ""}</div></section>`;
