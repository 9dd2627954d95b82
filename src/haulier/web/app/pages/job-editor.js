// A job as a form and as YAML, side by side and in step; new ones, and those that are there.
import { Element, define, html, live } from "../core/element.js";
import { get, part, post, put } from "../core/api.js";
import { Follow } from "../core/events.js";
import { Load } from "../core/load.js";
import { BASE, go } from "../core/router.js";
import { may } from "../core/session.js";
import { specs } from "../core/specs.js";
import { until } from "../core/words.js";
import { Draft } from "../form/draft.js";
import { holdFor } from "../form/leaving.js";
import { saveBar } from "../form/savebar.js";
import { Saving } from "../form/saving.js";
import { SECTIONS, jobForm } from "../jobs/form.js";
import { SECTIONS as OF_IMPORTS, importForm } from "../jobs/import.js";
import { BLANK, kindOf, kinds, turned } from "../jobs/kind.js";
import { sectionOf } from "../jobs/section.js";
import { run } from "../jobs/actions.js";
import { button } from "../parts/button.js";
import { sure } from "../parts/dialog.js";
import { bones, head, notice, segments } from "../parts/page.js";
import { toast } from "../parts/toast.js";
import "../form/yaml.js";
import "../imports/check.js";
import "../plan/plan.js";

export class JobEditor extends Element {
  static properties = { route: { attribute: false }, view: { state: true }, isStale: { state: true }, isGone: { state: true } };

  constructor() {
    super();
    this.view = localStorage.getItem("haulier.editor") ?? (matchMedia("(max-width: 55rem)").matches ? "form" : "both");
    this.draft = new Draft(this, { check: (body) => post("/jobs/check", this.isThere ? { ...body, id: this.id_ } : body),
      keep: ["source", "destination", "import"] });
    this.sectionOf = (key) => sectionOf(this.kind === "import" ? OF_IMPORTS : SECTIONS)(key);
    this.saving = new Saving(this, this.draft, { what: "The job", name: () => this.id_, send: (body) => this.send(body),
      saved: (answer, andRun) => this.saved(answer, andRun), opened: (answer) => this.opened(answer),
        sectionOf: (key) => this.sectionOf(key) });
    this.load = new Load(this, (signal) => this.ask(signal), (all) => this.begin(all));
    new Follow(this, { jobs: () => this.compare() });
    this.keys = (event) => this.key(event);
  }

  get id_() {
    return this.route?.params.id ?? "";
  }

  get kind() {
    return kindOf(this.draft.form);
  }

  /** Whether it is in a file; somebody may have taken it out meanwhile. */
  get isThere() {
    return Boolean(this.id_) && !this.isGone;
  }

  /** Of a new job; what it was is not lost. */
  turn(kind) {
    if (kind === this.kind) return;
    const { form } = this.draft;
    this.draft.replace(turned(form, kind, this.other));
    this.other = form;
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("keydown", this.keys);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("keydown", this.keys);
  }

  firstUpdated() {
    this.load.again();
    holdFor(this.draft, () => this.id_ || "the new job");
  }

  async ask(signal) {
    const [known, connections, zone, job] = await Promise.all([specs(), get("/connections", {}, signal),
      get("/settings", {}, signal).then(({ timezone }) => timezone, () => "UTC"), this.id_ ? get(`/jobs/${part(this.id_)}`, {}, signal)
        : null]);
    return { known, connections: connections.items, zone, job };
  }

  begin({ known, job }) {
    Object.assign(this.draft, { defs: known.job.$defs, specs: known });
    if (job) this.draft.open(this.opened(job));
    else this.draft.open({ form: { ...BLANK[this.route.query.get("kind")] ?? BLANK.transfer, ...this.from() }, yaml: "" }, { isNew: true });
    this.draft.ask();
  }

  /** A new job can begin with a connection, from its page. */
  from() {
    const name = this.route.query.get("source");
    return name ? { source: { connection: name } } : {};
  }

  /** The files changed on disk: is it this job? */
  async compare() {
    if (!this.id_ || this.saving.busy) return;
    const { version } = this.draft, number = (this.looks = (this.looks ?? 0) + 1);
    const now = await get(`/jobs/${part(this.id_)}`).catch((problem) => problem);
    if (number !== this.looks || version !== this.draft.version || this.saving.busy) return;      // something newer is here, or comes
    this.isGone = now.status === 404;
    if (now.status !== undefined || now.version === this.draft.version) return;
    if (this.draft.isChanged) this.isStale = true;
    else this.draft.open(this.opened(now));
  }

  key(event) {
    if (!(event.ctrlKey || event.metaKey) || !["s", "Enter"].includes(event.key) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    if (may("admin")) this.saving.save(event.key === "Enter");
  }

  send(body) {
    return this.isThere ? put(`/jobs/${part(this.id_)}`, { ...body, version: this.draft.version }) : post("/jobs", body);
  }

  /** What the draft takes of an answer: it is as new as the file then. */
  opened(answer) {
    this.isStale = this.isGone = false;
    return { ...answer, problems: answer.job.problems };
  }

  async saved(saved, andRun) {
    const { job } = saved, isElsewhere = job.id !== this.id_;
    this.draft.open(this.opened(saved));
    toast(`${job.id} saved`, { text: job.next ? `Next run ${until(job.next)}.` : "It runs when it is started." });
    const started = andRun ? await run(job.id) : null;
    if (started) return go(`${BASE}/runs/${started.id}`);
    return isElsewhere ? go(`${BASE}/jobs/${part(job.id)}/edit`, { replace: true }) : undefined;
  }

  async discard() {
    if (!(await sure({ title: "Discard the changes?", text: "The job is as it was when it was last saved.", keep: "Keep editing",
      go: "Discard" }))) return;
    this.draft.open(this.draft.first);
    if (this.id_) this.load.again();
    else this.draft.ask();
  }

  look(view) {
    this.view = view;
    localStorage.setItem("haulier.editor", view);
  }

  render() {
    return this.load.shown({ ready: (all) => this.page(all),
      bones: () => html`${head(this.id_ || "New job")}<section class="card">${bones(12)}</section>`, what: this.id_
        ? `The job ${this.id_}` : "The form", title: this.id_ || "New job" });
  }

  page({ known, connections, zone, job }) {
    const { draft, view } = this, hasForm = view !== "yaml", hasYaml = view !== "form";
    const note = job ? html`<span class="mono">${job.job.file}:${job.job.line}</span>` : "It is written into configs/jobs.yaml.";
    const isOn = draft.form.enabled !== false;
    const toggle = html`<label class="switch"><input type="checkbox" role="switch" .checked=${live(isOn)} ?disabled=${!may("admin")}
      @change=${(event) => draft.edit(["enabled"], event.target.checked, { default: true })}>Enabled</label>`;
    const isImport = this.kind === "import", dirty = draft.isChanged ? "Save first: what is in the file is looked at" : "";
    const first = this.id_ ? "" : kinds(this.kind, (kind) => this.turn(kind));
    const form = (isImport ? importForm : jobForm)(draft, { specs: known, connections, zone, first });
    return html`${head(this.id_ || "New job", note,
      html`${toggle}${segments("View", [["form", "Form"], ["both", "Both"], ["yaml", "YAML"]], view, (one) => this.look(one))}`)}
      ${this.isGone ? notice("warn", "warn", "The job is not in the file any more", "What is here is kept. Save puts it into the file again.")
        : this.isStale ? notice("warn", "warn", "The file was changed meanwhile",
        "Your changes are kept. When you save, both versions are shown side by side.",
          button({ label: "Compare", cls: "sm", on: async () => this.saving.compare(await get(`/jobs/${part(this.id_)}`)) })) : ""}
      ${draft.isBroken && hasForm ? notice("warn", "warn", "The YAML cannot be read just now",
        "The form shows what was before; it follows as soon as the text is right again.") : ""}
      <div class="editor ${hasForm && hasYaml ? "" : "single"}">${hasForm
        ? html`<form class="stack side-stack" novalidate aria-label="Job" @submit=${(event) => event.preventDefault()}
          @focusout=${draft.leave}>${form}</form>` : ""}
        ${hasYaml ? html`<hl-yaml .text=${draft.yaml} .problems=${draft.shown} .isPart=${draft.problems.length > 0}
          .busy=${draft.isChecking}
          @yaml-write=${({ detail }) => draft.write(detail)}></hl-yaml>` : ""}</div>
      ${!this.id_ ? "" : isImport ? html`<hl-check .flow=${this.id_} .off=${dirty}></hl-check>`
        : html`<hl-plan .jobId=${this.id_} lazy .off=${dirty}></hl-plan>`}
      ${saveBar(draft, { saving: this.saving.busy, discard: () => this.discard(), save: () => this.saving.save(), sectionOf: this.sectionOf, saved: this.id_
        ? undefined : "Nothing typed yet",
          extra: button({ label: "Save and run", icon: "play", cls: "hide-s", needs: "admin", keys: "Control+Enter", busy: this.saving.busy,
            on: () => this.saving.save(true) }) })}`;
  }
}

define("hl-job-editor", JobEditor);
