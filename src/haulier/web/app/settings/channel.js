// One channel of alerts: its name, its kind, whom it tells of what; made from its schema.
import { Element, define, html, live } from "../core/element.js";
import { part, post, put } from "../core/api.js";
import { may } from "../core/session.js";
import { Draft } from "../form/draft.js";
import { errorOf, field, fields } from "../form/fields.js";
import { holdFor, letGo } from "../form/leaving.js";
import { saveBar } from "../form/savebar.js";
import { Saving } from "../form/saving.js";
import { button } from "../parts/button.js";
import { cardHead } from "../parts/page.js";
import { toast } from "../parts/toast.js";

/** Name, label, help, and whether it is told when nothing is chosen. */
export const EVENTS = [
  ["failed", "Failed", "Files failed for good, or a run did", true], ["crashed", "Crashed", "The process of a run died", true],
  ["warned", "Warned", "Files are missing, and the deadline is near", true], ["late", "Late", "The deadline has passed", true],
  ["recovered", "Recovered", "All is well after one of these", true],
  ["asked", "Asked", "A task of a flow waits for a person", true], ["done", "Done", "Every run that delivered files or did its tasks", false],
];
const NAME = { type: "string", title: "Name" };
const COMMON = ["type", "events", "jobs", "quiet"];
/** Their values are secrets, and their names are not. */
const OVER = { headers: { schema: { writeOnly: false } }, url: { label: "Address" }, to: { label: "To" } };

export class Channel extends Element {
  static properties = { one: { attribute: false }, kinds: { attribute: false }, name: { state: true } };

  constructor() {
    super();
    this.name = "";
    this.draft = new Draft(this, { check: (body) => post("/alerts/check", this.one ? { ...body, name: this.one.name } : body) });
    this.saving = new Saving(this, this.draft, { what: "The channel", name: () => this.one.name, send: (body) => this.send(body),
      saved: ({ name }) => { toast(`${name} saved`, { text: "It holds from now on." }); this.over(); } });
  }

  firstUpdated() {
    if (this.one) this.draft.open(this.one);
    else this.draft.open({ form: { type: "webhook" } }, { isNew: true });
    this.draft.ask();
    this.querySelector("input, select")?.focus();
    holdFor(this.draft, () => this.one?.name ?? "the new channel");
  }

  over() {
    letGo();
    this.dispatchEvent(new CustomEvent("over"));
  }

  send(body) {
    const { one, draft } = this;
    return one ? put(`/alerts/${part(one.name)}`, { ...body, version: draft.version })
      : post("/alerts", { name: this.name.trim(), ...body });
  }

  get events() {
    const { events } = this.draft.form;
    return events === undefined ? EVENTS.filter(([, , , isUsual]) => isUsual).map(([name]) => name) : [events].flat();
  }

  /** What is usual stays unwritten. */
  pick(name) {
    const now = EVENTS.map(([one]) => one).filter((one) => (one === name) !== this.events.includes(one));
    const isUsual = EVENTS.every(([one, , , usual]) => usual === now.includes(one));
    this.draft.edit(["events"], isUsual ? undefined : now.length ? now : []);
  }

  ticks() {
    return html`<fieldset class="field span2"><legend>Tells of</legend><div class="grid2">${EVENTS.map(([name, label, help]) =>
      html`<label class="tick"><input type="checkbox" name="events" .checked=${live(this.events.includes(name))} ?disabled=${!may("admin")}
        @change=${() => this.pick(name)}><span>${label}<span class="help">${help}</span></span></label>`)}</div>${errorOf(this.draft,
          "events")}</fieldset>`;
  }

  render() {
    const { draft, one } = this, { form } = draft, spec = this.kinds[form.type], properties = spec?.schema.properties ?? {};
    const desk = { ...draft, defs: spec?.schema.$defs ?? {} };
    const name = { ...desk, edit: (_, value) => { this.name = value ?? ""; draft.touch("name"); } };
    const own = Object.keys(properties).filter((key) => !COMMON.includes(key));
    const kind = html`<div class="field"><label for="type">Kind</label><span class="select"><select id="type" name="type"
      @change=${(event) => draft.replace({ ...Object.fromEntries(COMMON.filter((key) => key in form).map((key) => [key, form[key]])),
        type: event.target.value })}>${Object.entries(this.kinds).map(([key, { title }]) =>
          html`<option value=${key} ?selected=${key === form.type}>${title}</option>`)}</select></span>${errorOf(draft, "type")}</div>`;
    return html`<form class="stack side-stack" novalidate aria-label="Channel" @submit=${(event) => event.preventDefault()}
      @focusout=${draft.leave}><section class="card" aria-labelledby="h-channel">${cardHead("h-channel", one ? one.name : "New channel",
        "who is told",
        html`<span class="push">${button({ label: "Back", icon: "left", cls: "sm quiet", on: () => this.over() })}</span>`)}<div
          class="body stack"><div class="grid2">${one ? "" : field(name, "name", NAME, this.name, ["name"],
            { required: true, help: "What it is called here, such as ops." })}${kind}${spec
              ? fields(desk, spec.schema, form, [], { only: own, over: OVER }) : ""}</div></div></section>
      <section class="card" aria-labelledby="h-what">${cardHead("h-what", "What", "it tells of, and how often")}<div
        class="body"><div class="grid2">${this.ticks()}${spec ? fields(desk, spec.schema, form, [], { only: ["jobs", "quiet"],
          over: { jobs: { label: "Of the jobs" }, quiet: { label: "Quiet time", hint: "15m" } } }) : ""}</div></div></section>
      ${saveBar(draft, { saving: this.saving.busy, discard: () => this.over(), save: () => this.saving.save(), saved: one
        ? undefined : "Nothing typed yet" })}</form>`;
  }
}

define("hl-channel", Channel);
