// The last runs, newest to the right: how long each took, and how it ended. One tab stop; arrows move.
import { Element, define, html } from "../core/element.js";
import { BASE, go } from "../core/router.js";
import { ofRun } from "../core/states.js";
import { between, count, day, exact, hour, lasted, span } from "../core/words.js";
import { icon, state } from "./icon.js";

const GLYPHS = { done: "check", failed: "x", running: "copying", waiting: "waiting", paused: "pause", cancelled: "minus", crashed: "unlink",
  queued: "queued" };
const TALL = 40, APART = 6;

/** The answer of /runs/grid as it is drawn; a run that goes on has taken until now. */
export const oldestFirst = (runs) =>
  [...runs].sort((one, other) => one.id - other.id).map((run) =>
    ({ ...run, seconds: run.seconds ?? (run.started ? between(run.started) : 0) }));

export class RunGrid extends Element {
  static properties = { runs: { attribute: false }, current: { type: Number }, at: { state: true } };

  constructor() {
    super();
    this.runs = [];
  }

  async key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -this.runs.length, End: this.runs.length }[event.key];
    if (!step) return;
    event.preventDefault();
    this.at = Math.max(0, Math.min(this.runs.length - 1, (this.at ?? this.runs.length - 1) + step));
    await this.updateComplete;
    this.querySelectorAll(".cell")[this.at].focus();
  }

  updated(changes) {
    if (changes.has("runs")) this.querySelector(".scroll")?.scrollTo({ left: 1e6 });
  }

  said(run) {
    return `Run ${count(run.id)}, ${ofRun(run).word.toLowerCase()}, ${count(run.done)} done${run.failed
      ? `, ${count(run.failed)} failed` : ""}, ${span(run.seconds ?? 0)}, ${exact(run.started)}`;
  }

  render() {
    const { runs } = this, most = Math.max(...runs.map((run) => run.seconds ?? 0), 0.1),
      stop = Math.min(this.at ?? runs.length - 1, runs.length - 1);
    const seen = new Map(runs.map((run) => [run.state, run]));
    const bar = (run) => { const tall = Math.max(1.5, (TALL * (run.seconds ?? 0)) / most); return html`<svg class="dur" viewBox="0 0 10 40"
      preserveAspectRatio="none" aria-hidden="true"><rect x="1" y=${TALL - tall} width="8" height=${tall} rx="1"></rect></svg>`; };
    const date = (at) => day(runs[at].started).replace(/^\w+ /, "");
    const label = (at) => (at && date(at) === date(at - APART) ? hour(runs[at].started) : date(at));
    return html`<div class="row wrap legend inset">${[...seen.values()].map((run) => state(ofRun(run)))}</div>
      <div class="scroll grid-wrap"><table class="rungrid ${runs.length < 20 ? "few" : ""}"
        aria-label="The last ${runs.length} runs, oldest first"><thead><tr><th scope="row" class="corner"><span>Duration</span><span
          class="muted">up to ${lasted(most)}</span></th>
        ${runs.map((run) => html`<th class=${run.state === "running" ? "now" : ""}>${bar(run)}<span
          class="sr">${span(run.seconds ?? 0)}</span></th>`)}</tr></thead>
      <tbody><tr @keydown=${this.key}><th
        scope="row">Result</th>${runs.map((run, at) =>
          html`<td><a class="cell is-${ofRun(run).tone} ${run.id === this.current ? "now" : ""}" href="${BASE}/runs/${run.id}"
            tabindex=${at === stop ? 0 : -1} aria-label=${this.said(run)} title=${this.said(run)}
        @focus=${() => { this.at = at; }}
          @click=${(event) => { event.preventDefault(); go(`${BASE}/runs/${run.id}`); }}>${icon(GLYPHS[run.state]
            ?? "info")}</a></td>`)}</tr></tbody>
      <tfoot><tr><td></td>${runs.map((run, at) =>
        (at % APART ? "" : html`<td colspan=${Math.min(APART, runs.length - at)}>${label(at)}</td>`))}</tr></tfoot></table></div>`;
  }
}

define("hl-rungrid", RunGrid);
