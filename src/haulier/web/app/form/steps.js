// The steps of a job: an ordered list. A grip moves one with the pointer or the arrow keys; the new position is said.
import { Element, define, html, repeat } from "../core/element.js";
import { may } from "../core/session.js";
import { counted } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { menu } from "../parts/menu.js";
import { errorOf, fields } from "./fields.js";
import { onHub } from "./paths.js";
import { resolved } from "./schema.js";
import { read, summary, written } from "./step.js";
import { idOf } from "./value.js";

const IMAGES = { bash_script: "script", compress: "zip", compress_bz2: "zip", zstd: "zip", zip: "zip", decompress: "expand", rename: "edit",
  timestamp: "calendar", gpg_encrypt: "lock", gpg_decrypt: "key" };
const PATH = ["processing", "steps"];

export class Steps extends Element {
  static properties = { desk: { attribute: false }, value: { attribute: false }, specs: { attribute: false }, stamp: { attribute: false },
    none: {}, shown: { state: true }, said: { state: true }, held: { state: true } };

  get list() {
    const steps = this.value?.steps;
    return Array.isArray(steps) ? steps : typeof steps === "string" ? [steps] : [];
  }

  set(steps) {
    this.desk.edit(["processing"], steps.length ? { ...this.value, enabled: true, steps } : undefined);
  }

  add(name) {
    const needs = resolved(this.specs.steps[name].schema, {}).required?.filter((key) => key !== "type").length;
    this.set([...this.list, name]);
    this.shown = this.list.length;
    if (needs) this.updateComplete.then(() => this.querySelector(".step-open input")?.focus());
  }

  remove(at) {
    const steps = this.list.toSpliced(at, 1);
    this.shown = undefined;
    this.set(steps);
    this.said = `Removed, ${counted(steps.length, "step")} left`;
    this.focusOn(steps.length ? `[data-at="${Math.min(at, steps.length - 1)}"] .grip` : ".add-step");
  }

  move(from, to) {
    if (to < 0 || to >= this.list.length || from === to) return;
    const steps = [...this.list];
    steps.splice(to, 0, ...steps.splice(from, 1));
    this.set(steps);
    if (this.shown !== undefined) this.shown = this.shown === from ? to : undefined;
    this.said = `${read(steps[to]).name} is now step ${to + 1} of ${steps.length}`;
    this.focusOn(`[data-at="${to}"] .grip`);
  }

  firstUpdated() {
    this.addEventListener("keydown", (event) => {
      const item = event.target.closest?.(".grip") && event.target.closest("[data-at]");
      if (item) this.key(event, Number(item.dataset.at));
    });
  }

  key(event, at) {
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: this.list.length - 1 }[event.key];
    if (to === undefined || !may("admin")) return;
    event.preventDefault();
    this.move(at, to);
  }

  drop(event, at) {
    event.preventDefault();
    if (this.held !== undefined) this.move(this.held, at);
    this.held = undefined;
  }

  render() {
    const ids = idOf(PATH), off = this.list.length && this.value?.enabled === false;
    return html`${this.list.length ? html`<ol class="steps"
      aria-label="Steps">${repeat(this.list, (_, at) => at, (one, at) => this.step(one, at))}</ol>`
        : html`<p class="small muted none-yet">No steps: ${this.none ?? "files arrive as they are"}.</p>`}
      ${errorOf(this.desk, ids)}${errorOf(this.desk, "processing")}
      <div class="row wrap try"><button class="btn sm add-step" type="button" popovertarget="add-step"
        aria-disabled=${may("admin") ? "false" : "true"}>${icon("plus")}Add step</button>
        ${off ? html`<span class="tiny muted">The steps are switched off.</span>${button({ label: "Switch them on", cls: "link",
          needs: "admin", on: () => this.set(this.list) })}` : ""}<span class="sr" role="status">${this.said}</span></div>
      ${menu("add-step", "Add step", Object.entries(this.specs.steps).map(([name, { title }]) =>
        ({ label: title, icon: IMAGES[name] ?? "bolt", needs: "admin", on: () => this.add(name) })))}`;
  }

  step(value, at) {
    const { name } = read(value), title = this.specs.steps[name]?.title ?? name, isOpen = this.shown === at, id = idOf([...PATH, at]),
      wrong = this.desk.within(id);
    return html`<li data-at=${at} class=${this.held === at ? "held" : ""} draggable=${may("admin")} @dragstart=${() => { this.held = at; }}
      @dragend=${() => { this.held = undefined; }} @dragover=${(event) => event.preventDefault()} @drop=${(event) => this.drop(event, at)}>
      <div class="step">${button({ label: `Move ${name}, use arrow keys`, icon: "grip", bare: true, cls: "quiet sm grip",
        needs: "admin" })}<span class="ord num">${at + 1}</span>${icon(IMAGES[name] ?? "bolt")}
      <div class="grow"><span class="strong">${title}</span><span class="mono tiny clip">${summary(value) || name}</span></div>${wrong
        ? html`<span class="state is-bad">${icon("bad")}${counted(wrong, "problem")}</span>` : ""}
      <span class="row nogap"><button class="btn quiet sq sm" type="button" aria-expanded=${isOpen} aria-label="Edit ${name}"
        title="Edit ${name}" @click=${() => { this.shown = isOpen ? undefined : at; }}>${icon(isOpen ? "up" : "edit")}</button>
        ${button({ label: `Remove ${name}`, icon: "x", bare: true, cls: "quiet sm", needs: "admin",
          on: () => this.remove(at) })}</span></div>
      ${wrong && !isOpen ? html`<div class="step-error">${errorOf(this.desk, id)}</div>` : ""}${isOpen
        ? html`<div class="step-open">${errorOf(this.desk, id)}${this.form(value, at)}</div>` : ""}</li>`;
  }

  /** The settings of one step, written back in the shape that they had. */
  form(value, at) {
    const { name, settings, inside } = read(value), spec = this.specs.steps[name];
    if (!spec) return html`<p class="small muted">This hub does not know the step ${name}.</p>`;
    const base = [...PATH, at, ...inside];
    const edit = (path, now, schema) => {
      const { [path.at(-1)]: _, ...fresh } = settings;
      if (now !== undefined && JSON.stringify(now) !== JSON.stringify(schema?.default)) fresh[path.at(-1)] = now;
      this.set(this.list.with(at, written(value, fresh)));
    };
    const desk = { ...this.desk, defs: spec.schema.$defs ?? {}, edit, browse: (one) => onHub(one, { files: true }) };
    const inner = fields(desk, spec.schema, settings, base, { skip: ["type"] });
    return inner.length ? html`<div class="grid2">${inner}</div>` : html`<p class="small muted">It has no settings.</p>`;
  }
}

define("hl-steps", Steps);
