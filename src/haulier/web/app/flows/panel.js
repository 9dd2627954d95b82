// One task of one run, beside its picture: its tries, what it prints, what it gave, and what can be done.
import { define, html } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Follow, seldom } from "../core/events.js";
import { Load } from "../core/load.js";
import { BASE } from "../core/router.js";
import { OVER, TASK_OVER, ofRun, ofTask } from "../core/states.js";
import { clock, count, counted, exact, lasted, local, moment, sentence, until } from "../core/words.js";
import { Aside } from "../parts/aside.js";
import { button } from "../parts/button.js";
import { chip, icon, state } from "../parts/icon.js";
import { notice } from "../parts/page.js";
import { again, decide } from "./actions.js";
import { aboutOf, keyOf, secondsOf, told } from "./told.js";
import "./output.js";

const QUIET = 600, ITEMS = 100, LONG = 20_000, VALUE = 2000;
const PRINTS = ["script", "python"];

export class TaskPanel extends Aside {
  /** `run` is the run; `tasks` those of it; `key` the one that is shown; `node` and `schema` what its flow says now of it and of parameters. */
  static properties = { run: { attribute: false }, tasks: { attribute: false }, key: {}, node: { attribute: false }, stamp: { type: Number },
    close: { attribute: false }, href: { attribute: false }, schema: { attribute: false } };

  constructor() {
    super();
    this.load = new Load(this, async (signal) => (this.row?.tries
      ? get(`/runs/${this.run.id}/tasks/${part(this.key)}/attempts`, {}, signal) : { items: [] }));
    const again = seldom(() => this.load.again(), QUIET);
    new Follow(this, { event: (event) => event.run === this.run?.id && keyOf(event) === this.key && again(), reload: again });
  }

  willUpdate() {
    const of = `${this.run?.id} ${this.key}`;
    if (of === this.of || (this.run && !this.tasks.rows.has(this.key))) return;
    if (of.split(" ")[1] !== this.of?.split(" ")[1]) this.wantsFocus = true;
    this.of = of;
    this.load.again({ fresh: true });
  }

  get row() {
    return this.tasks.rows.get(this.key);
  }

  render() {
    const { row, node } = this;
    if (!row) return this.frame(`Task ${this.key}`, html`${this.top(this.key, html`<span class="muted small">${node?.type ?? ""}</span>`)}
      <div class="body" tabindex="0" role="region" aria-label="About this task">${this.tasks.load.busy ? ""
        : this.run ? html`<p class="small muted">Run ${count(this.run.id)} has no such task.</p>` : ""}${about(node)}</div>`);
    const kind = html`${chip(aboutOf(row))}<span class="muted small">${[node?.type, row.label].filter(Boolean).join(", ")}</span>`;
    return this.frame(`Task ${this.key}`, html`${this.top(this.key, kind)}<div class="body" tabindex="0" role="region"
      aria-label="About this task">${this.trouble(row)}${this.question(row)}${this.parts(row)}${this.child(row)}${this.load.shown({
        ready: ({ items }) => this.tries(row, items), what: "Its tries" })}${given(row)}${this.told(row)}</div>${this.foot(row)}`);
  }

  trouble(row) {
    if (!row.error || row.asks) return "";
    const tone = { failed: "bad", waiting: "warn", blocked: "warn" }[row.state] ?? "idle", next = row.due && row.state === "waiting"
      ? ` It is looked at again ${until(row.due)}.` : "";
    const title = { failed: "It failed", waiting: "It waits", blocked: "It did not begin", skipped: "It was skipped",
      cancelled: "It was cancelled" }[row.state] ?? "Said last";
    return notice(tone, ofTask(row.state).icon, title, html`<span class="wraps">${sentence(local(row.error))}${next}</span>`);
  }

  question(row) {
    if (row.decision) {
      const { approved, by, at, text } = row.decision;
      return notice(approved ? "ok" : "bad", approved ? "ok" : "bad", `${approved ? "Approved" : "Rejected"} by ${by}, ${moment(at)}`, text);
    }
    if (!row.asks) return "";
    const say = (approved) => decide(this.run.id, row, approved).then((now) => now && this.tasks.again());
    return html`<div class="ask"><h3>${icon("hand")}Needs approval</h3><p class="wraps">${row.message || "A person is to say whether this run goes on."}</p>
      <p class="row wrap">${button({ label: "Approve", icon: "check", cls: "primary", needs: "operator", on: () => say(true) })}
      ${button({ label: "Reject", icon: "x", cls: "danger", needs: "operator", on: () => say(false) })}</p></div>`;
  }

  /** Of a task that is done for each of a list: all of them, as links. */
  parts(row) {
    const parts = row.item ? [] : this.tasks.partsOf(row.task);
    if (!parts.length) return "";
    return html`<section><h3>${counted(parts.length, "item")}</h3><ul class="items" aria-label="Items">${parts.slice(0, ITEMS).map((one) =>
      html`<li><a class="clip" href=${this.href(one.key)} title=${one.label}>${one.label || one.key}</a>${state(aboutOf(one))}<span
        class="tiny muted num">${lasted(secondsOf(one))}</span></li>`)}</ul>${parts.length > ITEMS
          ? html`<p class="tiny muted">These are the first ${count(ITEMS)}; the list of tasks has all of them.</p>` : ""}</section>`;
  }

  child(row) {
    const run = row.child && (this.tasks.children.find(({ id }) => id === row.child) ?? { id: row.child });
    return run ? html`<section><h3>Its own run</h3><p class="row apart"><a href="${BASE}/runs/${run.id}">Run ${count(run.id)}${run.flow
      ? ` of ${run.flow}` : ""}</a>${run.state ? state(ofRun(run)) : ""}</p></section>` : "";
  }

  tries(row, items) {
    if (!items.length) return "";
    const last = items.at(-1), isWhole = row.item || !this.tasks.partsOf(row.task).length;
    const prints = isWhole && (PRINTS.includes(this.node?.type ?? "script") || items.some(({ tail }) => tail));
    return html`<section><h3>Tries</h3><ol class="timeline">${items.map((one, at) => html`${at ? waited(items[at - 1], one) : ""}
      <li><span class="is-${ofTask(one.state).tone}">${icon(ofTask(one.state).icon, one.state === "running")}</span><div class=${at
        === items.length - 1 ? "strong" : ""}>Try ${one.number}${one.error ? html`<p class="wraps">${sentence(one.error)}</p>` : ""}</div><time
          datetime=${one.started} title=${exact(one.started)}>${lasted(one.seconds ?? secondsOf({ since: one.started,
            state: one.state, finished: one.finished }))}</time></li>`)}</ol></section>
      ${prints ? html`<section class="stack tight"><hl-output .run=${this.run.id} .key=${this.key} .attempt=${last.number} .tail=${last.tail}
        .live=${row.state === "running"}></hl-output></section>` : ""}`;
  }

  told(row) {
    const { node } = this, params = paramList(this.tasks.params, this.schema);
    return html`${params ? html`<section><h3>Parameters</h3>${params}</section>` : ""}
      <section><h3>Details</h3><dl class="facts">${row.origin ? html`<dt>Done in</dt><dd><a href="${BASE}/runs/${row.origin}">run ${count(
        row.origin)}</a></dd>` : ""}<dt>State</dt><dd>${told(row, this.tasks.partsOf(row.task))}</dd>${row.since
          ? html`<dt>Began</dt><dd>${exact(row.since)}</dd>` : ""}${row.finished ? html`<dt>Ended</dt><dd>${exact(row.finished)}</dd>` : ""}${facts(
            node)}</dl></section>`;
  }

  foot(row) {
    const isOver = OVER.includes(this.run.state);
    const off = !isOver ? "Its run is not over yet" : "";
    return html`<footer>${button({ label: "Run again from here", icon: "retry", needs: "operator", off: TASK_OVER.includes(row.state) || isOver
      ? off : "It has not run yet", on: () => again(this.run, [row.task]) })}${row.child
        ? html`<a class="btn quiet push" href="${BASE}/runs/${row.child}">Open run</a>` : ""}</footer>`;
  }
}

const waited = (before, next) => {
  const seconds = (Date.parse(next.started) - Date.parse(before.finished ?? next.started)) / 1000;
  return seconds < 0.05 ? "" : html`<li><span class="is-warn">${icon("waiting")}</span><div>Waited</div><time
    title="until ${clock(next.started)}">${lasted(seconds)}</time></li>`;
};

/** A value as it can be read: text as it is, all else as JSON. */
const written = (value) => shortened(typeof value === "string" ? value : JSON.stringify(value));

const shortened = (text) => (text.length > VALUE ? `${text.slice(0, VALUE)} …` : text);

/** What a run was told, and after it what the flow says for the rest; nothing if that is nothing. */
export function paramList(given, schema) {
  const rest = Object.entries(schema?.properties ?? {}).filter(([name, one]) => !(name in given) && one.default !== undefined);
  const pairs = [...Object.entries(given).map(([name, value]) => [name, value, false]), ...rest.map(([name, one]) => [name, one.default, true])];
  return pairs.length ? html`<dl class="facts">${pairs.map(([name, value, isDefault]) => html`<dt>${name}</dt><dd class="wraps"><span
    class="mono">${written(value)}</span>${isDefault ? html` <span class="tiny muted">default</span>` : ""}</dd>`)}</dl>` : "";
}

function given({ outputs }) {
  if (!outputs || !Object.keys(outputs).length) return "";
  const text = JSON.stringify(outputs, null, 2), isLong = text.length > LONG;
  return html`<section><h3>Outputs</h3><div class="code wrap outputs" tabindex="0" role="region" aria-label="Outputs">${(isLong
    ? text.slice(0, LONG) : text).split("\n").map((line) => html`<span>${coloured(line)}</span>`)}${isLong ? html`<span class="c">…</span>`
      : ""}</div></section>`;
}

export function coloured(line) {
  const [, lead, key, colon, rest] = /^(\s*)("(?:[^"\\]|\\.)*")(\s*:)(.*)$/.exec(line) ?? [null, "", "", "", line];
  const isWord = /^\s*(?:".*"|true|false|null|-?\d[\d.eE+-]*),?\s*$/.test(rest);
  return html`${lead}${key ? html`<b class="k">${key}</b>` : ""}${colon}${isWord ? html`<b class="s">${rest}</b>` : rest}`;
}

const facts = (node) => (node ? html`${node.needs.length ? html`<dt>Needs</dt><dd class="wraps">${node.needs.join(", ")}</dd>` : ""}${node.when
  ? html`<dt>Only if</dt><dd class="mono wraps">${node.when}</dd>` : ""}${node.foreach ? html`<dt>Done</dt><dd>for each of a list</dd>` : ""}${node.tries
    > 1 ? html`<dt>Tries</dt><dd>at most ${count(node.tries)}</dd>` : ""}${node.timeout ? html`<dt>Timeout</dt><dd>${lasted(node.timeout)}</dd>`
      : ""}${node.allow_failure ? html`<dt>If it fails</dt><dd>the run goes on</dd>` : ""}${node.description
        ? html`<dt>What</dt><dd class="wraps">${node.description}</dd>` : ""}` : "");

const about = (node) => (node ? html`<section><h3>Details</h3><dl class="facts"><dt>Type</dt><dd>${node.type}</dd>${facts(node)}</dl></section>` : "");

define("hl-task", TaskPanel);
