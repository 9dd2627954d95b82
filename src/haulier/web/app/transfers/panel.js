// One file beside the list: what happened, why, its checksums, and what can be done. A sheet on a phone.
import { define, html } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Follow, seldom } from "../core/events.js";
import { homeOf } from "../core/kinds.js";
import { Load } from "../core/load.js";
import { BASE } from "../core/router.js";
import { ACTIVE, ofTransfer } from "../core/states.js";
import { clockspan, count, counted, exact, exactly, sentence, size, speed, until } from "../core/words.js";
import { Aside } from "../parts/aside.js";
import { button, link } from "../parts/button.js";
import { chip, icon } from "../parts/icon.js";
import { bones, notice } from "../parts/page.js";
import { toast } from "../parts/toast.js";
import { VERBS, act } from "./actions.js";
import { timeline } from "./timeline.js";

const QUIET = 1500;

export class Panel extends Aside {
  static properties = { transferId: { attribute: false }, close: { attribute: false } };

  constructor() {
    super();
    this.load = new Load(this, (signal) => get(`/transfers/${this.transferId}`, {}, signal), () => this.changed());
    const again = seldom(() => this.load.again(), QUIET);
    new Follow(this, {
      event: (event) => (event.transfer === this.transferId || (!event.transfer && event.run === this.load.value?.transfer.run)) && again(),
      reload: again, progress: ({ transfers }) => this.moved(transfers[this.transferId]),
    });
  }

  willUpdate(changes) {
    if (changes.has("transferId")) this.load.again({ fresh: true });
  }

  updated(changes) {
    if (changes.has("transferId")) this.opens = true;
    if (this.opens && this.load.value) [this.opens, this.wantsFocus] = [false, true];
    super.updated();
  }

  moved(now) {
    if (!now || !this.load.value) return;
    this.load.value = { ...this.load.value, transfer: { ...this.load.value.transfer, ...now } };
    this.requestUpdate();
  }

  changed() {
    this.dispatchEvent(new CustomEvent("panel-change", { detail: this.load.value.transfer }));
  }

  async do(verb) {
    const done = await act(this.load.value.transfer, verb);
    if (!done) return;
    toast(`${done.name} ${VERBS[verb].done}`, { icon: VERBS[verb].icon, tone: "running" });
    await this.load.again();
  }

  render() {
    const inside = this.load.shown({ ready: (value) => this.inside(value), bones: () => html`${this.top("Loading", "")}${bones(9)}`,
      what: "This transfer" });
    const isGone = !this.load.value && this.load.error;
    return this.frame("Transfer", isGone ? html`${this.top("Nothing here", "")}${inside}` : inside);
  }

  inside({ transfer, events, why, actions }) {
    const about = html`${chip(ofTransfer(transfer.state))}<span class="muted small"><a
      href=${homeOf(transfer.flow)}>${transfer.flow}</a>, <a
        href="${BASE}/runs/${transfer.run}">run ${count(transfer.run)}</a></span>`;
    return html`${this.top(transfer.name, about)}<div class="body" tabindex="0" role="region"
      aria-label="Details">${progress(transfer)}${trouble(transfer)}
      ${reasons(why, transfer)}
      ${events.length ? html`<section><h3>Timeline</h3>${timeline(transfer, events)}</section>` : ""}
      ${checksums(transfer)}${details(transfer)}</div>${this.foot(transfer, actions)}`;
  }

  foot(transfer, actions) {
    const verbs = Object.keys(VERBS).filter((verb) => actions.includes(verb));
    return html`<footer>${verbs.map((verb, at) => button({ label: VERBS[verb].label, icon: VERBS[verb].icon, cls: verb === "cancel"
      ? "danger" : at ? "" : "primary", needs: "operator", keys: VERBS[verb].key, on: () => this.do(verb) }))}
      ${transfer.flow.includes("/") ? "" : link({ label: "Edit job", href: `${BASE}/jobs/${part(transfer.flow)}/edit`, needs: "admin",
        cls: "quiet push", keys: "e" })}</footer>`;
  }
}

const DIGEST = /, source sha256 [0-9a-f]{64}/;

/** What the story says beyond the timeline: what arrived, what comes next. */
function reasons(why, { error }) {
  const lines = why.filter((line, at) => at && !/^\d{4}-\d\d-\d\d /.test(line) && !(error && line.startsWith("The last error")));
  return lines.length ? html`<section><h3>Why</h3><p
    class="small muted wraps">${lines.map((line) => sentence(line.replace(DIGEST, ""))).join(" ")}</p></section>` : "";
}

function progress(one) {
  if (!ACTIVE.includes(one.state) || one.moved == null) return "";
  const share = one.size ? Math.min(100, Math.floor((100 * one.moved) / one.size)) : 0, left = one.speed
    ? clockspan((one.size - one.moved) / one.speed) : "";
  return html`<div class="stack tight"><div
    class="row apart small"><span>${size(one.moved)} of ${size(one.size)}, ${speed(one.speed)}</span><span class="muted">${left
      ? `${left} left` : ""}</span></div>
    <progress max="100" .value=${share} aria-label=${one.name}></progress></div>`;
}

const HEADLINES = { Corrupt: "Arrived with different content", Denied: "Access was refused", NotFound: "The file is not there any more",
  NoSpace: "There is no room at the destination", AlreadyExists: "The destination has a file of that name",
    Unavailable: "The far side does not answer", Throttled: "The far side asks for patience", Busy: "The file is still being written" };

function trouble(one) {
  if (!one.error) return "";
  const next = one.will_retry && one.retry_at ? ` The next try is ${until(one.retry_at)}.` : "";
  const tone = one.state === "failed" ? "bad" : one.state === "waiting" ? "warn" : "idle";
  return notice(tone, tone === "bad" ? "bad" : "waiting", HEADLINES[one.kind] ?? "It failed", `${sentence(one.error)}${next}`);
}

const copy = (text, label) => button({ label, icon: "copy", bare: true, cls: "quiet sm",
  on: async () => { await navigator.clipboard.writeText(text); toast("Copied"); } });

function checksums(one) {
  if (!one.sha256) return "";
  return html`<section><h3>Checksum</h3><dl class="facts"><dt>SHA-256</dt><dd class="row"><code class="clip"
    title=${one.sha256}>${one.sha256}</code>${copy(one.sha256, "Copy SHA-256")}</dd>
    <dt>Result</dt><dd>${one.delivered ? html`<span class="state is-ok">${icon("ok")}What arrived is what was read</span>`
      : one.kind === "Corrupt" ? html`<span class="state is-bad">${icon("bad")}Different</span>`
        : "Read, not delivered"}</dd></dl></section>`;
}

const details = (one) => html`<section><h3>Details</h3><dl class="facts"><dt>From</dt><dd>${one.source} <span
  class="muted">${one.path}</span></dd><dt>To</dt><dd>${one.destination} <span class="muted">${one.target}</span></dd>
  <dt>Size</dt><dd>${exactly(one.size)}</dd>${one.written
    ? html`<dt>Written</dt><dd>${counted(one.written, "byte")}</dd>` : ""}<dt>Modified</dt><dd>${exact(one.modified)}</dd>
  ${one.settled ? html`<dt>Archived as</dt><dd>${one.settled}</dd>`
    : ""}<dt>Tries</dt><dd>${count(one.tries)}</dd><dt>Started</dt><dd>${exact(one.created)}</dd>${one.finished
      ? html`<dt>Ended</dt><dd>${exact(one.finished)}</dd>` : ""}</dl></section>`;

define("hl-panel", Panel);
