// What must have arrived for a job by when, and whether it did.
import { html } from "lit";
import { plainly } from "../core/places.js";
import { ofArrival } from "../core/states.js";
import { counted, day, exact, hour } from "../core/words.js";
import { icon, state } from "../parts/icon.js";
import { cardHead } from "../parts/page.js";

const SHOWN = 8;

const deadline = (one) => html`<li class="arrival"><div class="grow"><span><time class="strong num"
  datetime=${one.due} title=${exact(one.due)}>${day(one.due)},
  ${hour(one.due)}</time> <span class="tiny muted">${one.found} of ${counted(one.count, "file")}</span></span><span
    class="tiny muted mono clip" title=${one.files}>${one.files}</span></div>${state(ofArrival(one.state))}
  ${one.diagnosis ? html`<span class="tiny wraps" title=${one.diagnosis}>${plainly(one.diagnosis)}</span>` : ""}</li>`;

/** Nothing for a job that expects nothing. `list` is the answer of /arrivals. */
export const expected = (job, list) => (job.expect.length
  ? html`<section class="card" aria-labelledby="h-expect">${cardHead("h-expect", "Expected arrivals")}
    <div class="body stack">${job.expect.map((one) => html`<p class="human">${icon("clockin")}<span><strong>${one.sentence}</strong>${one.due
      ? html`<span class="tiny muted">next ${day(one.due)}, ${hour(one.due)}</span>` : ""}</span></p>`)}</div>
    ${list?.length ? html`<ol class="agenda" aria-label="Deadlines">${list.slice(0, SHOWN).map(deadline)}</ol>` : ""}</section>` : "");
