// What comes next, and what should have come.
import { html } from "lit";
import { homeOf } from "../core/kinds.js";
import { plainly } from "../core/places.js";
import { between, counted, day, hour, span, until } from "../core/words.js";
import { icon } from "../parts/icon.js";
import { cardHead, empty } from "../parts/page.js";

const to = homeOf;

/** A schedule's sentence without its zone: the page says that once. */
const short = (sentence) => (sentence ?? "").replace(/, [A-Z][\w/+-]*$/, "");

const FAR = 72_000;

/** What it follows; and its day, where an hour alone would be read as today's. */
const when = ({ at, sentence }) => [-between(at) > FAR ? day(at) : "", short(sentence)].filter(Boolean).join(", ");

const bones = html`<ol class="agenda"
  aria-hidden="true">${[1, 2, 3].map(() =>
    html`<li><div class="grow stack tight"><span class="bone w60"></span><span class="bone w40"></span></div></li>`)}</ol>`;

export const nextRuns = (list) => html`<section class="card" aria-labelledby="h-next">${cardHead("h-next", "Next runs")}
  ${!list ? bones : list.length ? html`<ol
    class="agenda">${list.map((one) => html`<li><time class="strong" datetime=${one.at}>${hour(one.at)}</time><div class="grow"><a
      class="clip" href=${to(one.flow)}>${one.flow}</a><span class="tiny muted clip">${when(one)}</span></div><span
        class="tiny muted nowrap">${until(one.at)}</span></li>`)}</ol>`
    : empty("calendar", "Nothing is scheduled", "A flow or a job with a schedule shows here before it runs.")}</section>`;

const late = (one) => (one.state === "late" ? html`<span class="chip is-warn">${icon("waiting")}${span(between(one.due))} late</span>`
  : html`<span class="chip is-idle">${icon("waiting")}due ${until(one.due)}</span>`);

/** What is late, and what will be. Why something is late is said above, among what needs a person. */
export const lateArrivals = (list) => (list?.length
  ? html`<section class="card" aria-labelledby="h-late">${cardHead("h-late", "Late arrivals", "",
    html`<span class="count is-warn">${list.length}</span>`)}
  <ol class="agenda">${list.map((one) => html`<li class="arrival"><div class="grow"><a class="clip"
    href=${to(one.flow)}>${one.flow}</a><span class="tiny muted clip" title=${one.files}>expected ${hour(one.due)}, ${one.found} of ${counted(
      one.count, "file")}</span></div>${late(one)}
    ${one.state === "warned" ? html`<span class="tiny muted wraps" title=${one.diagnosis}>${plainly(one.diagnosis)}</span>`
      : ""}</li>`)}</ol></section>` : "");
