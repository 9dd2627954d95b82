// One run: how far it is or how it ended, and each of its files; that of a flow shows its tasks.
import { Element, define, html, nothing } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Follow, seldom } from "../core/events.js";
import { homeOf } from "../core/kinds.js";
import { Load } from "../core/load.js";
import { BASE, go, keep } from "../core/router.js";
import { OVER, TRIGGERS, ofRun } from "../core/states.js";
import { between, count, counted, exact, moment, size, sized, span, speed, until } from "../core/words.js";
import { liveRun } from "../jobs/live.js";
import { button } from "../parts/button.js";
import { broken, chip } from "../parts/icon.js";
import { bones, cardHead, empty, head, notice } from "../parts/page.js";
import { VERBS, act, labelOf, verbsOf } from "../runs/actions.js";
import { took } from "../runs/columns.js";
import { story } from "../runs/story.js";
import { bulkBar } from "../transfers/actions.js";
import { columns, oneTransfer } from "../transfers/columns.js";
import { TABS } from "../transfers/filters.js";
import "../flows/run.js";
import "../parts/table.js";

const QUIET = 1500, EVENTS = 30, FEW = 12;
const NO_FILE = { failed: "The run failed before it had a file to send.", waiting: "The run waits; it had no file to send yet.",
  queued: "The run has not begun yet." };
const SKIPPED = "Files that are skipped because they were delivered before have no row.";

export class Run extends Element {
  static properties = { route: { attribute: false }, whole: { state: true } };

  constructor() {
    super();
    this.load = new Load(this, (signal) => get(`/runs/${part(this.route.params.id)}`, {}, signal));
    this.events = new Load(this, (signal) => this.past(signal));
    const again = seldom(() => this.again(), QUIET);
    new Follow(this, { event: (event) => event.run === Number(this.route.params.id) && again(), reload: again,
      progress: ({ runs, transfers }) => this.moved(runs, transfers) });
  }

  firstUpdated() {
    this.again();
  }

  async past(signal) {
    return get("/events/list", { run: this.route.params.id, limit: EVENTS }, signal);
  }

  again() {
    this.load.again();
    this.events.again();
    this.table?.refresh();
  }

  get table() {
    return this.querySelector("hl-table");
  }

  moved(runs, transfers) {
    this.table?.patch(transfers);
    const now = runs[this.route.params.id];
    if (!now || !this.load.value) return;
    this.load.value = { ...this.load.value, progress: now };
    this.requestUpdate();
  }

  async do(verb) {
    const run = await act(this.load.value, verb);
    if (!run) return;
    if (verb === "retry") go(`${BASE}/runs/${run.id}`);
    else this.again();
  }

  render() {
    return this.load.shown({ ready: (run) => (run.kind === "flow" ? this.tasks(run) : this.page(run)),
      bones: () => html`${head(`Run ${count(this.route.params.id)}`)}<section class="card">${bones(8)}</section>`,
        what: `Run ${this.route.params.id}`, title: `Run ${count(this.route.params.id)}` });
  }

  tasks(run) {
    return html`<hl-flowrun .route=${this.route} .run=${run} .story=${this.story()} .again=${() => this.again()}></hl-flowrun>`;
  }

  story() {
    const some = (items) => (this.whole || items.length <= FEW + 2 ? items : items.slice(0, FEW));
    const rest = (items) => items.length - some(items).length;
    return html`<section class="card" aria-labelledby="h-story">${cardHead("h-story", "What happened")}<div
      class="body stack">${this.events.shown({ ready: ({ items, more }) => (items.length
        ? html`${story(some(items), this.load.value?.kind)}${rest(items) ? html`<p>${button({ label: `Show ${count(rest(items))} more`, cls: "sm",
          on: () => { this.whole = true; } })}</p>` : more ? html`<p class="tiny muted">These are the last ones.</p>` : ""}`
          : html`<p class="small muted">Nothing was noted yet.</p>`), bones: () => bones(4), what: "Its events" })}</div></section>`;
  }

  page(run) {
    const note = html`<span class="row wrap">${chip(ofRun(run))}<span><a
      href=${homeOf(run.flow)}>${run.flow}</a>, ${TRIGGERS[run.trigger] ?? run.trigger}, ${run.started
        ? `started ${moment(run.started)}` : `wanted ${moment(run.created)}`}</span></span>`;
    const verbs = verbsOf(run).map((verb) => button({ label: labelOf(run, verb), icon: VERBS[verb].icon, needs: "operator",
      keys: VERBS[verb].key, cls: verb === "cancel" ? "danger" : verb === "retry" ? "primary" : "", on: () => this.do(verb) }));
    return html`${head(`Run ${count(run.id)}`, note,
      html`<a class="btn quiet" href="${BASE}/logs?search=${part(run.flow)}">Log</a>${verbs}`)}
      ${run.error ? notice(run.state === "failed" ? "bad" : "warn", run.state === "failed" ? "bad" : "warn", run.error) : ""}
      ${OVER.includes(run.state) || run.lost ? "" : liveRun(run, null, true)}${this.numbers(run)}
      <div class="cols two-one run-page"><section class="card" aria-label="Files of this run"><h2 class="sr">Files</h2>
      ${this.files(run)}</section>
      <div class="stack side-stack">${this.facts(run)}${this.story()}</div></div>`;
  }

  numbers(run) {
    const now = run.progress ?? run, done = Math.max(now.done, run.done), seconds = between(run.started, run.finished), moved = now.moved
      ?? run.bytes;
    const kpi = (title, [big, unit = ""], note) =>
      html`<li class="card kpi"><h2>${title}</h2><p class="big">${big}<span>${unit}</span></p><p class="note">${note}</p></li>`;
    return html`<ul class="kpis five" aria-label="Numbers of this run">${kpi("Delivered", [count(done), done === 1 ? "file" : "files"],
      now.files ? `of ${count(now.files)}` : done ? "checked and published" : "none")}
      ${kpi("Failed", [count(now.failed)], now.failed ? "see the reasons below" : "none")}${kpi("Skipped", [count(now.skipped)],
        now.skipped ? "seen before, unchanged" : "none")}
      ${kpi("Data moved", sized(moved), run.resumed ? `${size(run.resumed)} were there already` : moved && seconds > 1
        ? `${speed(moved / seconds)} on average` : moved ? "in all" : "nothing")}${kpi("Took", [took(run)], run.finished
          ? `ended ${moment(run.finished)}` : run.lost ? "it has no end" : "so far")}</ul>`;
  }

  files(run) {
    const tab = this.route.query.get("tab") || "all", states = TABS.find(([name]) => name === tab)?.[2] ?? "";
    const pick = (name) => keep({ tab: name === "all" ? "" : name, page: "" });
    return html`<div class="tools"><nav class="tabs"
      aria-label="State">${TABS.map(([name, label]) =>
        html`<button type="button" aria-current=${name === tab ? "true" : nothing}
          @click=${() => pick(name)}>${label}</button>`)}</nav></div>
      <hl-table label="Files of run ${count(run.id)}" noun="transfer" cls="transfers own"
        .columns=${columns({ hasJob: false }).filter(({ cls }) => cls !== "c-route")}
          .ask=${(asked, signal) => get(`/runs/${run.id}/transfers`, asked, signal)} .one=${oneTransfer}
        .values=${{ state: states }}
        .sort=${this.route.query.get("sort") || "-created"} .offset=${Number(this.route.query.get("page") ?? 0)}
          .none=${() => empty("file", "No file here", tab === "all" ? NO_FILE[run.state] ?? (run.skipped ? SKIPPED : "There was no file to send.")
            : "None of its files is in this state.")}
        .bulk=${(ids, clear) => bulkBar(ids, clear, () => { clear(); this.again(); })}
          @table-open=${({ detail }) => go(`${BASE}/transfers/${detail.id}`)}
        @table-turn=${({ detail }) => keep({ page: detail.offset || "", sort: detail.sort === "-created"
          ? "" : detail.sort })}></hl-table>`;
  }

  facts(run) {
    const waited = run.started && run.created ? between(run.created, run.started) : 0;
    return html`<section class="card" aria-labelledby="h-run">${cardHead("h-run", "Details")}<div class="body"><dl
      class="facts"><dt>Job</dt><dd><a
        href=${homeOf(run.flow)}>${run.flow}</a></dd>${run.parent ? html`<dt>Task of</dt><dd><a href="${BASE}/runs/${run.parent}">run ${count(
          run.parent)}</a></dd>` : ""}<dt>From</dt><dd>${broken(run.source)}</dd>
      <dt>To</dt><dd>${broken(run.target)}</dd>
      <dt>Started</dt><dd>${TRIGGERS[run.trigger] ?? run.trigger}${run.started ? html`<br><span class="muted">${exact(run.started)}</span>`
        : ""}</dd>${run.finished ? html`<dt>Ended</dt><dd><span class="muted">${exact(run.finished)}</span></dd>` : ""}${waited > 1
          ? html`<dt>Waited</dt><dd>${span(waited)} for its turn</dd>` : ""}
      <dt>Priority</dt><dd>${run.priority}</dd>${run.wakes ? html`<dt>Next try</dt><dd>${until(run.wakes)}</dd>` : ""}${run.resumed
        ? html`<dt>Resumed</dt><dd>${counted(run.resumed, "byte")}</dd>` : ""}</dl></div></section>`;
  }
}

define("hl-run", Run);
