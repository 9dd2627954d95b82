// The last runs of a flow, task by task: one tab stop, arrows move in both directions. Newest to the right.
import { Element, define, html, nothing } from "../core/element.js";
import { BASE, go } from "../core/router.js";
import { OVER, ofRun, ofTask } from "../core/states.js";
import { between, count, day, exact, hour, lasted } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon, state } from "../parts/icon.js";
import { secondsOf } from "./told.js";

const GLYPHS = { done: "check", failed: "x", running: "copying", waiting: "waiting", skipped: "minus", blocked: "warn", cancelled: "cancelled",
  queued: "queued" };
const RETRIED = { word: "Retried", tone: "warn", icon: "retry" };
const TALL = 40, APART = 6, ROOM = 50;
const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

const lookOf = (cell) => (cell?.state === "done" && cell.tries > 1 ? RETRIED : ofTask(cell?.state));
const secondsOfRun = (run) => run.seconds ?? (run.started ? Math.max(0, between(run.started, run.finished)) : 0);

export class TaskGrid extends Element {
  /** `grid` is the hub's answer; `tasks` are those of the run `current`, which are newer; `hrefOf(run, task)` is where a cell leads. */
  static properties = { grid: { attribute: false }, tasks: { attribute: false }, stamp: { type: Number }, current: { type: Number },
    chosen: {}, hrefOf: { attribute: false }, room: { state: true }, at: { state: true } };

  constructor() {
    super();
    Object.assign(this, { room: ROOM, at: null });
  }

  get shown() {
    return this.grid.tasks.slice(0, this.room);
  }

  cell(task, run) {
    const row = run.id === this.current ? this.tasks?.rows.get(task) : undefined;
    if (row) return { state: row.state, tries: row.tries, seconds: secondsOf(row) };
    return this.grid.cells[task]?.[run.id] ?? (OVER.includes(run.state) ? undefined : { state: "queued", tries: 0, seconds: null });
  }

  /** The stop that the tab key finds: [row, column]; row -1 is the bars. */
  get stop() {
    const last = this.grid.runs.length - 1, [row, column] = this.at ?? [-1, last];
    return [Math.min(row, this.shown.length - 1), Math.min(column, last)];
  }

  async key(event) {
    const step = STEPS[event.key], [row, column] = this.stop, last = this.grid.runs.length - 1;
    const to = step ? [row + step[0], column + step[1]] : { Home: [row, 0], End: [row, last] }[event.key];
    if (!to) return;
    event.preventDefault();
    this.at = [Math.max(-1, Math.min(this.shown.length - 1, to[0])), Math.max(0, Math.min(last, to[1]))];
    await this.updateComplete;
    this.querySelector('[tabindex="0"].stop')?.focus();
  }

  updated(changes) {
    if (!this.hasMoved && this.grid.runs.length) this.querySelector(".scroll")?.scrollTo({ left: 1e6 });
    if (changes.has("grid")) this.hasMoved = true;
  }

  link(event, href, at) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.at = at;
    go(href);
  }

  render() {
    const { runs } = this.grid, most = Math.max(...runs.map(secondsOfRun), 0.1), more = this.grid.tasks.length - this.shown.length;
    const date = (at) => day(runs[at].created).replace(/^\w+ /, "");
    const label = (at) => (at && date(at) === date(at - APART) ? hour(runs[at].created) : date(at));
    return html`<div class="scroll grid-wrap" role="region" aria-label="Runs by task" @keydown=${this.key}><table
        class="rungrid ${runs.length < 20 ? "few" : ""}" aria-label="The last ${runs.length} runs by task, oldest first">
      <thead><tr><th scope="col" class="corner"><span>Duration</span><span class="muted">up to ${lasted(most)}</span></th>
        ${runs.map((run, at) => this.bar(run, at, most))}</tr></thead>
      <tbody>${this.shown.map((task, row) => html`<tr><th scope="row"><span class="clip" title=${task}>${task}</span></th>${runs.map((run, at) =>
        this.square(task, run, row, at))}</tr>`)}</tbody>
      <tfoot><tr><td></td>${runs.map((_, at) => (at % APART ? ""
        : html`<td colspan=${Math.min(APART, runs.length - at)}>${label(at)}</td>`))}</tr></tfoot></table></div>
      ${more > 0 ? html`<p class="older">${button({ label: `Show ${count(Math.min(more, ROOM))} more of ${count(this.grid.tasks.length)} tasks`,
        cls: "sm", on: () => { this.room += ROOM; } })}</p>` : ""}`;
  }

  bar(run, at, most) {
    const seconds = secondsOfRun(run), tall = Math.max(1.5, (TALL * seconds) / most), href = `${BASE}/runs/${run.id}`, [row, column] = this.stop;
    const said = `Run ${count(run.id)}, ${ofRun(run).word.toLowerCase()}, ${lasted(seconds)}, ${exact(run.started ?? run.created)}`;
    const isBad = ["failed", "crashed"].includes(run.state);
    return html`<th scope="col" class="${["running", "waiting"].includes(run.state) ? "now" : ""} ${isBad ? "bad" : ""}"><a class="stop bar"
      href=${href} aria-label=${said} title=${said} tabindex=${row === -1 && column === at ? 0 : -1} @focus=${() => { this.at = [-1, at]; }}
      @click=${(event) => this.link(event, href, [-1, at])}><svg class="dur" viewBox="0 0 10 40" preserveAspectRatio="none"
        aria-hidden="true"><rect x="1" y=${TALL - tall} width="8" height=${tall} rx="1"></rect></svg></a></th>`;
  }

  square(task, run, row, at) {
    const cell = this.cell(task, run);
    if (!cell) return html`<td><span class="cell none" title="${task} was not in run ${count(run.id)}"></span></td>`;
    const about = lookOf(cell), [stopRow, stopAt] = this.stop, href = this.hrefOf(run.id, task);
    const took = cell.seconds == null ? "" : `, ${lasted(cell.seconds)}`, tries = cell.tries > 1 ? `, ${cell.tries} tries` : "";
    const said = `${task}, run ${count(run.id)}: ${ofTask(cell.state).word.toLowerCase()}${tries}${took}`;
    const isChosen = run.id === this.current && task === this.chosen;
    return html`<td class=${run.id === this.current ? "now" : ""}><a class="cell stop is-${about.tone} ${cell.state} ${isChosen ? "sel" : ""}"
      href=${href} aria-label=${said} title=${said} aria-current=${isChosen ? "true" : nothing} tabindex=${stopRow === row && stopAt === at
        ? 0 : -1} @focus=${() => { this.at = [row, at]; }}
      @click=${(event) => this.link(event, href, [row, at])}>${icon(about === RETRIED ? "retry" : GLYPHS[cell.state] ?? "info")}</a></td>`;
  }
}

/** What the squares mean: those that are there. */
export function legend(grid) {
  const seen = new Map();
  for (const cells of Object.values(grid.cells)) for (const cell of Object.values(cells)) seen.set(lookOf(cell).word, lookOf(cell));
  return html`<div class="push row wrap legend">${[...seen.values()].map((one) => state({ ...one, spins: false }))}</div>`;
}

define("hl-taskgrid", TaskGrid);
