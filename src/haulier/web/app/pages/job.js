// One job: what it does, how its runs went, what it would do next.
import { Element, define, html, live, nothing } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Follow, seldom } from "../core/events.js";
import { Load } from "../core/load.js";
import { BASE, go } from "../core/router.js";
import { may, whyNot } from "../core/session.js";
import { counted, until } from "../core/words.js";
import { drop, enable, run, runWith } from "../jobs/actions.js";
import { expected } from "../jobs/expected.js";
import { agenda, facts } from "../jobs/facts.js";
import { liveRun } from "../jobs/live.js";
import { made, stateOf } from "../jobs/shown.js";
import { button, link } from "../parts/button.js";
import { chip, icon } from "../parts/icon.js";
import { menu } from "../parts/menu.js";
import { bones, cardHead, empty, head, notice } from "../parts/page.js";
import { act } from "../runs/actions.js";
import { columns, oneRun } from "../runs/columns.js";
import { oldestFirst } from "../parts/rungrid.js";
import "../parts/table.js";
import "../imports/check.js";
import "../plan/plan.js";

const QUIET = 1500, RUNS = 30, NEXT = 5;

export class Job extends Element {
  static properties = { route: { attribute: false } };

  constructor() {
    super();
    this.load = new Load(this, (signal) => get(`/jobs/${part(this.id_)}`, {}, signal),
      ({ job }) => { if (job.sentence) this.next.again(); if (job.expect.length) this.arrivals.again(); });
    this.grid = new Load(this, (signal) => get("/runs/grid", { flow: this.id_, count: RUNS }, signal).then(oldestFirst));
    this.next = new Load(this, (signal) => get(`/jobs/${part(this.id_)}/schedule`, { count: NEXT }, signal));
    this.arrivals = new Load(this, (signal) => get("/arrivals", { flow: this.id_, limit: 20 }, signal));
    const again = seldom(() => this.again(), QUIET);
    new Follow(this, { event: (event) => event.flow === this.id_ && again(), jobs: again, reload: again,
      progress: ({ runs }) => this.moved(runs) });
  }

  get id_() {
    return this.route.params.id;
  }

  firstUpdated() {
    this.again();
  }

  again() {
    if (this.leaves) return;
    for (const one of [this.load, this.grid]) one.again();
    this.querySelector("hl-table")?.refresh();
  }

  moved(runs) {
    const { job } = this.load.value ?? {};
    if (!job?.running || !runs[job.running.id]) return;
    this.load.value = { ...this.load.value,
      job: { ...job, running: { ...job.running, state: "running", progress: runs[job.running.id] } } };
    this.querySelector("hl-table")?.patch({ [job.running.id]: { progress: runs[job.running.id] } });
    this.requestUpdate();
  }

  render() {
    return this.load.shown({ ready: (all) => this.page(all),
      bones: () => html`${head(this.id_)}<section class="card">${bones(8)}</section>`, what: `The job ${this.id_}`,
      title: this.id_ });
  }

  page({ job, form, version }) {
    const broken = job.problems.length ? "It has mistakes: mend them first" : "", isImport = job.kind === "import", all = made(job);
    return html`${head(job.id, html`<span class="row wrap">${chip(stateOf(job))}<span>${job.description || ""}</span></span>`,
      this.actions(job, version, broken))}
      ${broken ? this.mistakes(job) : ""}${job.running
        ? liveRun(job.running, async (verb) => (await act(job.running, verb)) && this.again()) : ""}
      <div class="cols two-one"><div class="stack side-stack">
        <section class="card" aria-labelledby="h-runs">${cardHead("h-runs", "Runs", this.grid.value?.length
          ? `last ${this.grid.value.length}, newest to the right` : "")}
          ${this.grid.value?.length === 0 ? empty("runs", "It has not run yet", job.next
            ? `Its first run is ${until(job.next)}. It can be run now, too.` : "Run it now, or give it a schedule.",
            button({ label: "Run now", icon: "play", cls: "sm", needs: "operator", off: broken, on: () => this.run() }))
            : this.grid.shown({ ready: (runs) => html`<hl-rungrid .runs=${runs}></hl-rungrid>`, bones: () => bones(3), what: "The runs" })}
          ${this.grid.value?.length ? html`<hl-table label="Runs" noun="run" cls="rows2 runs" .columns=${columns({ hasJob: false })}
            .ask=${(asked, signal) => get("/runs", { ...asked, limit: 10 }, signal)} .one=${oneRun}
              .values=${{ flow: job.id }} .sort=${"-created"}
              .few=${true}
            @table-open=${({ detail }) => go(`${BASE}/runs/${detail.id}`)}></hl-table><footer><a
              href="${BASE}/runs?flow=${part(job.id)}">All runs</a><a
                href=${all.href}>All ${all.label.toLowerCase()}</a></footer>` : ""}</section>
        ${expected(job, this.arrivals.value)}${isImport ? html`<hl-check .flow=${job.id}
          .off=${broken}></hl-check>` : html`<hl-plan .jobId=${job.id} lazy .off=${broken}></hl-plan>`}</div>
      <div class="stack side-stack">${facts(job, form)}${agenda(job, this.next.value?.next)}</div></div>`;
  }

  actions(job, version, broken) {
    return html`<label class="switch" title=${whyNot("admin") || nothing}><input type="checkbox" role="switch" .checked=${live(job.enabled)}
      aria-disabled=${may("admin") ? "false" : "true"} @click=${(event) => !may("admin") && event.preventDefault()}
        @change=${() => this.switch(job)}>Enabled</label>
      ${link({ label: "Edit", icon: "edit", href: `${BASE}/jobs/${part(job.id)}/edit`, needs: "admin", keys: "e" })}
      ${button({ label: "Run now", icon: "play", cls: "primary", needs: "operator", keys: "r", off: broken, on: () => this.run() })}
      <button class="btn quiet sq" type="button" popovertarget="job-more" aria-label="More" title="More">${icon("more")}</button>
      ${menu("job-more", `More for ${job.id}`,
        [{ label: "Run with priority …", icon: "play", needs: "operator", on: () => runWith(job.id) },
        { label: `${job.kind === "import" ? "Check" : "Plan"} on its own page`, icon: "eye", href: `${BASE}/jobs/${part(job.id)}/plan` },
        made(job),
        { label: "Log", icon: "logs", href: `${BASE}/logs?search=${part(job.id)}` },
        { label: "Delete", icon: "trash", needs: "admin", on: () => this.drop(job.id, version) }])}`;
  }

  /** Nothing is asked meanwhile: it may be gone. */
  async drop(id, version) {
    this.leaves = true;
    if (await drop(id, version)) await go(`${BASE}/jobs`);
    this.leaves = false;
    this.again();
  }

  async run() {
    await run(this.id_);
    this.again();
  }

  async switch(job) {
    const show = (enabled) => { this.load.value = { ...this.load.value, job: { ...job, enabled } }; this.requestUpdate(); };
    const enabled = !job.enabled;
    show(enabled);
    if (!(await enable(job, enabled))) show(job.enabled);
    this.again();
  }

  mistakes(job) {
    return notice("bad", "bad", `${counted(job.problems.length, "mistake")}: it cannot run`,
      job.problems.map((one) => html`<span class="block">${one.line ? html`<span class="mono">${one.file}:${one.line}</span> ` : ""}<span
        class="mono">${one.key}</span> ${one.text}${one.hint ? `; ${one.hint}` : ""}</span>`),
      link({ label: "Mend it", href: `${BASE}/jobs/${part(job.id)}/edit`, needs: "admin", cls: "sm" }));
  }
}

define("hl-job", Job);
