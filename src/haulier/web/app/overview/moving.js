// What moves now. A row keeps its place; one that ended stays until another one needs the room.
import { Element, define, html, repeat } from "../core/element.js";
import { get, post } from "../core/api.js";
import { Follow } from "../core/events.js";
import { BASE } from "../core/router.js";
import { ACTIVE, ofTransfer } from "../core/states.js";
import { clockspan, count, size, speed } from "../core/words.js";
import { button } from "../parts/button.js";
import { route, state } from "../parts/icon.js";
import { cardHead, empty } from "../parts/page.js";
import { trying } from "../parts/toast.js";

const ROOM = 8, ROUTE = 14;

export class Moving extends Element {
  static properties = { active: { attribute: false }, total: { type: Number }, next: { attribute: false }, rows: { state: true } };

  constructor() {
    super();
    this.rows = [];
    new Follow(this, { progress: ({ transfers }) => this.moved(transfers) });
  }

  willUpdate(changes) {
    if (changes.has("active") && this.active) this.settle(this.active);
  }

  /** Those that go on keep their rows; new ones take the rows of those that ended. */
  settle(active) {
    const now = new Map(active.map((one) => [one.id, one]));
    const rows = this.rows.map((row) => (now.has(row.id) ? { ...row, ...now.get(row.id) } : row));
    const fresh = active.filter((one) => !rows.some((row) => row.id === one.id));
    for (let at = 0; at < ROOM && fresh.length; at += 1) if (!rows[at] || !now.has(rows[at].id)) rows[at] = fresh.shift();
    this.rows = rows;
    for (const row of rows.filter((one) => !now.has(one.id) && ACTIVE.includes(one.state))) this.ended(row);
  }

  async ended({ id }) {
    const { transfer } = await get(`/transfers/${id}`).catch(() => ({}));
    this.rows = this.rows.map((row) => (row.id === id ? transfer ?? { ...row, state: "done" } : row));
  }

  moved(transfers) {
    if (!this.rows.some(({ id }) => transfers[id])) return;
    this.rows = this.rows.map((row) => (transfers[row.id] ? { ...row, ...transfers[row.id] } : row));
  }

  async act(row, verb) {
    const changed = await trying(`${row.name} was not ${verb === "pause" ? "paused" : "resumed"}`,
      () => post(`/transfers/${row.id}/${verb}`));
    if (changed) this.rows = this.rows.map((one) => (one.id === row.id ? { ...one, ...changed } : one));
  }

  row(one) {
    const about = ofTransfer(one.state), isActive = ACTIVE.includes(one.state), ended = ["done", "skipped"].includes(one.state);
    const moved = ended ? one.size : one.moved ?? 0, share = one.size ? Math.min(100, Math.floor((100 * moved) / one.size)) : ended
      ? 100 : 0;
    const left = one.speed && isActive ? (one.size - moved) / one.speed : null;
    const paused = one.state === "paused";
    return html`<li class="lane"><div class="what"><a class="clip strong" href="${BASE}/transfers/${one.id}"
      title=${one.path}>${one.name}</a>${route(one.source, one.destination, true, ROUTE)}</div>
      <div class="bar"><span class="row apart tiny">${state(about)}<span class="muted">${share} % of ${size(one.size)}</span></span>
        <progress class="is-${about.tone}" max="100" .value=${share} aria-label=${one.name}></progress></div>
      <span class="num speed">${isActive ? speed(one.speed) : html`<span class="muted">–</span>`}</span><span class="num eta">${left == null
        ? html`<span class="muted">–</span>` : clockspan(left)}</span>
      ${button({ label: `${paused ? "Resume" : "Pause"} ${one.name}`, icon: paused ? "play" : "pause", bare: true, cls: "quiet sm",
        needs: "operator", off: isActive || paused ? "" : "It is over", on: () => this.act(one, paused ? "resume" : "pause") })}</li>`;
  }

  render() {
    const rows = this.rows.length;
    return html`<section class="card" aria-labelledby="h-live">${cardHead("h-live", "Live transfers", this.active
      ? (this.total ? `${count(this.total)} moving now` : rows ? "All of these have ended" : "") : "",
      html`<a class="push small" href="${BASE}/transfers?tab=active">All transfers</a>`)}
      ${!this.active ? bones : rows ? html`<ol class="lanes">${repeat(this.rows, (_, at) => at, (one) => this.row(one))}</ol>`
        : empty("transfers", "Nothing is moving", this.next
          ? `The next run is ${this.next}.` : "Start a job, and its files show here.")}</section>`;
  }
}

const bones = html`<ol class="lanes"
  aria-hidden="true">${[1, 2, 3, 4].map(() => html`<li class="ghost"><div class="what"><span class="bone w60"></span><span
    class="bone w40"></span></div><div class="bar"><span class="bone w40"></span><span class="bone"></span></div><span
      class="bone"></span><span class="bone"></span><span class="btn sm sq quiet"></span></li>`)}</ol>`;

define("hl-moving", Moving);
