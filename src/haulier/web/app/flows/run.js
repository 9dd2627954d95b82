// One run of a flow: its graph, when each task had its turn, and one of them beside it.
import { Element, define, html } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Follow, seldom } from "../core/events.js";
import { Load } from "../core/load.js";
import { BASE, keep } from "../core/router.js";
import { OVER, TRIGGERS, ofRun } from "../core/states.js";
import { between, count, counted, exact, moment, span } from "../core/words.js";
import { button } from "../parts/button.js";
import { chip, state } from "../parts/icon.js";
import { cardHead, head, notice } from "../parts/page.js";
import { VERBS, act, verbsOf } from "../runs/actions.js";
import { took } from "../runs/columns.js";
import { again, flowHref } from "./actions.js";
import { paramList } from "./panel.js";
import { graphCard, panel } from "./picture.js";
import { RunTasks } from "./tasks.js";
import { aboutOf } from "./told.js";
import "./list.js";
import "../imports/ofrun.js";

const QUIET = 3000;

export class FlowRun extends Element {
  /** `run` is the hub's answer; `story` the card with what happened; `again()` asks for the run anew. */
  static properties = { route: { attribute: false }, run: { attribute: false }, story: { attribute: false }, again: { attribute: false } };

  constructor() {
    super();
    this.flow = new Load(this, (signal) => get(`/flows/${part(this.run.flow)}`, {}, signal).catch(gone));
    this.tasks = new RunTasks(this);
    new Follow(this, { jobs: seldom(() => this.flow.again(), QUIET) });
  }

  firstUpdated() {
    this.flow.again();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.documentElement.dataset.panel = "closed";
  }

  get chosen() {
    return this.route.query.get("task") ?? "";
  }

  willUpdate(changes) {
    this.tasks.of(this.run.id);
    this.tasks.isOver = OVER.includes(this.run.state);
    if (changes.get("run") && changes.get("run").state !== this.run.state) this.tasks.again();
    document.documentElement.dataset.panel = this.chosen ? "open" : "closed";
  }

  href(task) {
    return `${BASE}/runs/${this.run.id}${task ? `?task=${part(task)}` : ""}`;
  }

  close() {
    const task = this.chosen;
    keep({ task: "" });
    (this.querySelector(`.graph [data-id="${CSS.escape(task)}"]`) ?? this.querySelector(`.tasks [data-id="${CSS.escape(task)}"]`))
      ?.focus({ preventScroll: true });
  }

  async do(verb) {
    if (verb === "retry") await again(this.run);
    else if (await act(this.run, verb)) this.again();
  }

  render() {
    const { run, tasks, chosen } = this, shown = this.flow.value || null, href = (task) => this.href(task), pick = (task) => keep({ task });
    return html`${head(`Run ${count(run.id)}`, this.note(run), this.actions(run))}
      ${run.error ? notice(run.state === "failed" ? "bad" : "warn", run.state === "failed" ? "bad" : "warn", run.error) : ""}${this.asking()}
      ${this.numbers(run)}
      <div class="split"><div class="stack side-stack">${shown?.nodes.length ? graphCard({ shown, tasks, chosen, href, pick }) : ""}
        ${tasks.load.value ? html`<hl-tasks .run=${run} .tasks=${tasks} .nodes=${shown?.nodes} .stamp=${tasks.stamp} .chosen=${chosen}
          .href=${href} @list-pick=${({ detail }) => pick(detail)}></hl-tasks>` : tasks.load.shown({ ready: () => "", what: "The tasks" })}
        <div class="cols two-one"><div class="stack side-stack"><hl-runimports .run=${run.id}></hl-runimports>${this.story}</div><div
          class="stack side-stack">${this.facts(run, shown)}${this.children()}</div></div></div>
      ${panel({ run, tasks, chosen, shown, href, close: () => this.close() })}</div>`;
  }

  note(run) {
    const about = this.asks.length && run.state === "waiting" ? aboutOf(this.asks[0]) : ofRun(run);
    return html`<span class="row wrap">${chip(about)}<span><a href=${flowHref(run.flow)}>${run.flow}</a>, ${TRIGGERS[run.trigger]
      ?? run.trigger}, ${run.started ? `started ${moment(run.started)}` : `wanted ${moment(run.created)}`}</span></span>`;
  }

  /** There is nothing to go on with while a person is asked. */
  verbs(run) {
    return verbsOf(run).filter((verb) => verb !== "resume" || run.state === "paused" || !this.asks.length);
  }

  actions(run) {
    const label = (verb) => (verb !== "retry" ? VERBS[verb].label : run.failed ? "Run again what failed" : "Run again");
    return html`<a class="btn quiet" href="${BASE}/logs?search=${part(run.flow)}">Log</a>${this.verbs(run).map((verb) => button({ label: label(verb),
      icon: VERBS[verb].icon, needs: "operator", keys: VERBS[verb].key, cls: verb === "cancel" ? "danger" : verb === "retry" ? "primary" : "",
      on: () => this.do(verb) }))}`;
  }

  get asks() {
    return this.tasks.items.filter((row) => row.asks);
  }

  /** Who is to say something, first of all. */
  asking() {
    return this.asks.map((row) => notice("warn", "hand", `${row.key} needs approval`, row.message || "", html`<a class="btn sm"
      href=${this.href(row.key)}>Look and answer</a>`));
  }

  numbers(run) {
    const own = this.tasks.items.filter(({ item }) => !item), many = (...states) => own.filter(({ state }) => states.includes(state)).length;
    const kpi = (title, big, unit, note) => html`<li class="card kpi"><h2>${title}</h2><p class="big">${big}<span>${unit}</span></p><p
      class="note">${note}</p></li>`;
    const going = many("running"), waits = many("waiting"), failed = many("failed"), aside = many("skipped", "blocked", "cancelled");
    return html`<ul class="kpis five" aria-label="Numbers of this run">${kpi("Done", count(many("done")), many("done") === 1 ? "task" : "tasks",
      `of ${count(own.length)}`)}${kpi("Going on", count(going), going === 1 ? "task" : "tasks", waits ? `${counted(waits, "other")} waiting`
        : !going ? "none" : run.lost ? "when its process ended" : "right now")}
      ${kpi("Failed", count(failed), "", failed ? "see the reasons below" : "none")}${kpi("Left out", count(aside), "",
          aside ? "skipped or blocked" : "none")}${kpi("Took", took(run), "",
            run.finished ? `ended ${moment(run.finished)}` : run.lost ? "it has no end" : "so far")}</ul>`;
  }

  facts(run, shown) {
    const waited = run.started && run.created ? between(run.created, run.started) : 0, params = paramList(run.params ?? {}, shown?.params);
    const to = (id) => html`<a href="${BASE}/runs/${id}">run ${count(id)}</a>`;
    return html`<section class="card" aria-labelledby="h-run">${cardHead("h-run", "Details")}<div class="body stack">${params
      ? html`<div><h3 class="gap-below">Parameters</h3>${params}</div>` : ""}<dl class="facts"><dt>Flow</dt><dd><a
        href=${flowHref(run.flow)}>${run.flow}</a></dd>${run.parent ? html`<dt>Task of</dt><dd>${to(run.parent)}</dd>` : ""}${run.origin
          ? html`<dt>Goes on from</dt><dd>${to(run.origin)}</dd>` : ""}<dt>Started</dt><dd>${TRIGGERS[run.trigger] ?? run.trigger}${run.started
            ? html`<br><span class="muted">${exact(run.started)}</span>` : ""}</dd>${run.finished ? html`<dt>Ended</dt><dd
              class="muted">${exact(run.finished)}</dd>` : ""}${waited > 1 ? html`<dt>Waited</dt><dd>${span(waited)} for its turn</dd>`
                : ""}<dt>Priority</dt><dd>${run.priority}</dd></dl></div></section>`;
  }

  children() {
    const { children } = this.tasks;
    return children.length ? html`<section class="card" aria-labelledby="h-children">${cardHead("h-children", "Runs inside", counted(children.length,
      "run"))}<ol class="agenda">${children.map((one) => html`<li><div class="grow"><a href="${BASE}/runs/${one.id}">Run ${count(one.id)}</a><span
        class="tiny muted clip">${one.flow}</span></div>${state(ofRun(one))}</li>`)}</ol></section>` : "";
  }
}

/** A flow that is no more has no picture; the run is shown without. */
function gone(problem) {
  if (problem.status === 404) return null;
  throw problem;
}

define("hl-flowrun", FlowRun);
