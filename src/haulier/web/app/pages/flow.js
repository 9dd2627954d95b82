// One flow: its graph with the states of a run, its last runs task by task, when it starts next, and its file.
import { Element, define, html } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Follow, atLast } from "../core/events.js";
import { Load } from "../core/load.js";
import { BASE, keep } from "../core/router.js";
import { OVER, ofRun, ofTask } from "../core/states.js";
import { between, count, counted, lasted, moment } from "../core/words.js";
import { facts, parameters } from "../flows/about.js";
import { flowHref, runFlow } from "../flows/actions.js";
import { backfill } from "../flows/backfill.js";
import { legend } from "../flows/grid.js";
import { NO_TASKS, graphCard, panel } from "../flows/picture.js";
import { mistake, stateOf } from "../flows/shown.js";
import { source } from "../flows/source.js";
import { RunTasks } from "../flows/tasks.js";
import { agenda } from "../jobs/facts.js";
import { button, link } from "../parts/button.js";
import { chip, icon } from "../parts/icon.js";
import { menu } from "../parts/menu.js";
import { bones, cardHead, empty, head, notice, segments } from "../parts/page.js";
import { VERBS, act, verbsOf } from "../runs/actions.js";

const QUIET = 1500, RUNS = 24, NEXT = 5;

export class Flow extends Element {
  static properties = { route: { attribute: false } };

  constructor() {
    super();
    this.load = new Load(this, (signal) => get(`/flows/${part(this.name)}`, {}, signal), ({ flow }) => flow.sentence && this.next.again());
    this.grid = new Load(this, (signal) => get(`/flows/${part(this.name)}/grid`, { count: RUNS }, signal));
    this.next = new Load(this, (signal) => get(`/flows/${part(this.name)}/schedule`, { count: NEXT }, signal));
    this.tasks = new RunTasks(this);
    const again = atLast(() => this.isConnected && this.again(), QUIET);
    new Follow(this, { event: (event) => event.flow === this.name && again(), jobs: again, reload: again });
  }

  get name() {
    return this.route.params.name;
  }

  firstUpdated() {
    this.again();
  }

  again() {
    this.load.again();
    this.grid.again();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.documentElement.dataset.panel = "closed";
  }

  /** The run whose states are shown: the one that is asked for, the one that goes on, or the last. */
  get run() {
    const { runs = [] } = this.grid.value ?? {}, { running, last_run: last } = this.load.value?.flow ?? {}, asked = Number(this.route.query.get("run"));
    const going = runs.findLast(({ state }) => !OVER.includes(state));
    return runs.find(({ id }) => id === asked) ?? going ?? runs.at(-1) ?? running ?? last ?? null;
  }

  get view() {
    return this.route.query.get("view") === "definition" || !this.run ? "definition" : "run";
  }

  get chosen() {
    return this.route.query.get("task") ?? "";
  }

  willUpdate() {
    if (this.load.value && this.grid.value) this.tasks.of(this.run?.id ?? 0);
    this.tasks.isOver = OVER.includes(this.run?.state);
    document.documentElement.dataset.panel = this.chosen ? "open" : "closed";
  }

  href(task, run = this.route.query.get("run") ?? "") {
    const view = this.view === "definition" && this.run && !run ? { view: "definition" } : {};
    const query = new URLSearchParams({ ...view, ...(run ? { run } : {}), ...(task ? { task } : {}) });
    return `${flowHref(this.name)}${query.size ? `?${query}` : ""}`;
  }

  pick(task) {
    keep({ task });
  }

  close() {
    const task = this.chosen;
    keep({ task: "" });
    this.querySelector(`.graph [data-id="${CSS.escape(task.replace(/\[\d+\]$/, ""))}"]`)?.focus({ preventScroll: true });
  }

  render() {
    return this.load.shown({ ready: (shown) => this.page(shown), bones: () => html`${head(this.name)}<section class="card">${bones(8)}</section>`,
      what: `The flow ${this.name}`, title: this.name });
  }

  page(shown) {
    const { flow } = shown, href = (task) => this.href(task), close = () => this.close();
    const isRun = this.view === "run", { chosen } = this;
    return html`${head(flow.title || flow.name, this.note(flow), this.actions(shown))}${flow.problems.length ? notice("bad", "bad",
      `${counted(flow.problems.length, "mistake")}: it cannot run`, flow.problems.map(mistake)) : ""}
      <div class="split"><div class="stack side-stack">${shown.nodes.length ? graphCard({ shown, tasks: isRun ? this.tasks : null, chosen, href,
        pick: (task) => this.pick(task), more: this.selector() }) : ""}${this.runs(chosen)}
        <div class="cols two-one"><div class="stack side-stack">${source(shown)}</div><div class="stack side-stack">${agenda(flow,
          this.next.value?.next)}${parameters(shown)}${facts(shown)}</div></div></div>
      ${panel({ run: isRun ? this.run : null, tasks: isRun ? this.tasks : NO_TASKS, chosen, shown, href, close })}</div>`;
  }

  note(flow) {
    const { run } = this, going = run && !OVER.includes(run.state), isOlder = run && run.id < (this.grid.value?.runs.at(-1)?.id ?? 0);
    const said = !run ? flow.description : html`<a href="${BASE}/runs/${run.id}">Run ${count(run.id)}</a>, started ${moment(run.started
      ?? run.created)}${run.started && !run.lost ? `, ${lasted(between(run.started, run.finished))}${going ? " so far" : ""}` : ""}`;
    const about = this.tasks.items.some((row) => row.asks) ? ofTask("asks") : isOlder ? ofRun(run) : stateOf(flow);
    return html`<span class="row wrap">${chip(about)}${flow.title && flow.title !== flow.name
      ? html`<span class="tag mono">${flow.name}</span>` : ""}<span>${said}</span></span>`;
  }

  selector() {
    const { run } = this;
    return run ? segments("States", [["run", `Run ${count(run.id)}`], ["definition", "Definition"]], this.view, (view) =>
      keep({ view: view === "run" ? "" : view, task: "" }), "push") : "";
  }

  runs(chosen) {
    const cells = ({ runs, tasks, cells: all }) => (runs.length ? html`<hl-taskgrid .grid=${{ runs, tasks, cells: all }} .tasks=${this.tasks}
      .stamp=${this.tasks.stamp} .current=${this.run?.id ?? 0} .chosen=${chosen} .hrefOf=${(run, task) => this.href(task, run)}></hl-taskgrid>`
      : empty("runs", "It has not run yet", "Each run gets a column here, and each task a row."));
    const value = this.grid.value;
    return html`<section class="card" aria-labelledby="h-runs">${cardHead("h-runs", "Runs", value?.runs.length
      ? `last ${count(value.runs.length)}, newest to the right` : "", value?.runs.length ? legend(value) : "")}${this.grid.shown({ ready: cells,
        bones: () => bones(6), what: "The runs" })}</section>`;
  }

  actions(shown) {
    const { flow } = shown, off = flow.problems.length ? "It has mistakes: mend them first" : "";
    const going = this.run && !OVER.includes(this.run.state) ? this.run : null, asks = flow.waiting_for_approval > 0;
    const may = (verb) => verb !== "resume" || !asks || going.state === "paused";
    const verbs = going ? verbsOf(going).filter(may).map((verb) => button({ label: VERBS[verb].label, icon: VERBS[verb].icon, needs: "operator",
      keys: VERBS[verb].key, cls: verb === "cancel" ? "danger" : "", on: async () => (await act({ ...going, kind: "flow" }, verb)) && this.again() })) : "";
    return html`${verbs}${flow.is_job ? link({ label: "Edit", icon: "edit", href: `${BASE}/jobs/${part(flow.name)}/edit`, needs: "admin", keys: "e" })
      : ""}${button({ label: "Run now", icon: "play", cls: "primary", needs: "operator", keys: "r", off,
      on: async () => (await runFlow(flow.name, shown)) && this.started() })}
      <button class="btn quiet sq" type="button" popovertarget="flow-more" aria-label="More" title="More">${icon("more")}</button>
      ${menu("flow-more", `More for ${flow.name}`, [
        { label: "Run with …", icon: "play", needs: "operator", on: async () => (await runFlow(flow.name, shown, { asks: true })) && this.started() },
        { label: "Backfill …", icon: "calendar", needs: "operator", on: async () => (await backfill(flow.name, shown.params)) && this.again(),
          note: flow.sentence ? "" : "no schedule" },
        ...shown.nodes.filter(({ type }) => type === "import").map(({ id }, at, { length }) => ({ label: length > 1 ? `Imports of ${id}` : "Imports",
          icon: "imports", href: `${BASE}/imports?flow=${part(`${flow.name}/${id}`)}` })),
        { label: "All runs", icon: "runs", href: `${BASE}/runs?flow=${part(flow.name)}` },
        { label: "Log", icon: "logs", href: `${BASE}/logs?search=${part(flow.name)}` }])}`;
  }

  /** The new run is what one wants to see. */
  started() {
    keep({ run: "", view: "", task: "" });
    this.again();
  }
}

define("hl-flow", Flow);
