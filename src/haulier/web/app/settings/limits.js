// How much the hub may use, when; its time zone; how much it says.
import { Element, define, html, live } from "../core/element.js";
import { get, put } from "../core/api.js";
import { Load } from "../core/load.js";
import { may } from "../core/session.js";
import { setZone } from "../core/words.js";
import { Draft } from "../form/draft.js";
import { errorOf, field, framed } from "../form/fields.js";
import { goTo, saveBar } from "../form/savebar.js";
import { DAYS } from "../form/when.js";
import { button } from "../parts/button.js";
import { bones, cardHead } from "../parts/page.js";
import { toast, trying } from "../parts/toast.js";

const NUMBER = { type: "integer" }, RATE = { type: ["string", "integer"], format: "rate", examples: ["10MB/s"] };
const ZONES = Intl.supportedValuesOf?.("timeZone") ?? [];
const FRESH = { days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "17:00", bandwidth: "10MB/s" };

export class Limits extends Element {
  static properties = { saving: { state: true } };

  constructor() {
    super();
    this.draft = new Draft(this, { check: async () => ({ form: this.draft.form, yaml: "", problems: [] }), keep: ["limits"] });
    this.load = new Load(this, (signal) => get("/settings", {}, signal), ({ version, ...form }) => this.draft.open({ form }));
  }

  firstUpdated() {
    this.load.again();
  }

  async save() {
    this.saving = true;
    try {
      const { version, ...form } = await put("/settings", this.draft.form);
      this.draft.open({ form });
      setZone(form.timezone);
      toast("The settings are saved", { text: "They hold from now on; runs that go on keep to them too." });
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      this.draft.refuse(problem.problems);
      if (problem.problems.length) await this.updateComplete.then(() => goTo(this.draft.shown[0]));
      else await trying("The settings were not saved", () => { throw problem; });
    }
    this.saving = false;
  }

  set rows(list) {
    this.draft.edit(["limits", "timetable"], list.length ? list : undefined);
  }

  get rows() {
    return this.draft.form.limits?.timetable ?? [];
  }

  change(at, values) {
    this.rows = this.rows.with(at, { ...this.rows[at], ...values });
  }

  row(one, at) {
    const off = !may("admin"), id = `limits.timetable[${at}]`, days = one.days ?? [];
    const cell = (key, label, hint) => html`<div class="field"><label for="${id}.${key}">${label}</label><input class="input" id="${id}.${key}" name="${id}.${key}" .value=${live(one[key] ?? "")} placeholder=${hint} ?readonly=${off} autocomplete="off" @input=${(event) => this.change(at, { [key]: event.target.value })}>${errorOf(this.draft, `${id}.${key}`)}</div>`;
    const pick = (day) => this.change(at, { days: DAYS.map(([name]) => name).filter((name) => (name === day) !== days.includes(name)) });
    return html`<li class="slot"><fieldset class="field"><legend class="sr">Days of row ${at + 1}</legend><div class="row wrap days">${DAYS.map(([day, label]) => html`<label class="day"><input type="checkbox" class="sr" .checked=${live(days.includes(day))} ?disabled=${off} @change=${() => pick(day)}><span>${label}</span></label>`)}</div></fieldset>
      ${cell("from", "From", "08:00")}${cell("to", "To", "17:00")}${cell("bandwidth", "At most", "10MB/s")}${button({ label: `Remove row ${at + 1}`, icon: "x", bare: true, cls: "quiet sm", needs: "admin", on: () => { this.rows = this.rows.toSpliced(at, 1); } })}${errorOf(this.draft, id)}</li>`;
  }

  render() {
    return this.load.shown({ ready: () => this.page(), bones: () => html`<section class="card">${bones(6)}</section>`, what: "The settings" });
  }

  page() {
    const { draft } = this, { form } = draft, limits = form.limits ?? {}, part = (key, schema, over) => field(draft, key, schema, limits[key], ["limits", key], over);
    const level = html`<span class="select"><select id="log_level" ?disabled=${!may("admin")} @change=${(event) => draft.edit(["log_level"], event.target.value)}>${["DEBUG", "INFO", "WARNING", "ERROR"].map((one) => html`<option ?selected=${one === form.log_level}>${one}</option>`)}</select></span>`;
    const zone = html`<input class="input" id="timezone" name="timezone" list="all-zones" .value=${live(form.timezone ?? "")} ?readonly=${!may("admin")} autocomplete="off" @input=${(event) => draft.edit(["timezone"], event.target.value)}><datalist id="all-zones">${ZONES.map((one) => html`<option value=${one}></option>`)}</datalist>`;
    return html`<div class="cols two-one" @focusout=${(event) => draft.touch(event.target.name || event.target.id)}><div class="stack side-stack"><section class="card" aria-labelledby="h-limits">${cardHead("h-limits", "Limits", "of all jobs together")}<div class="body"><div class="grid2">
        ${part("lanes", NUMBER, { label: "Lanes", help: "So many batches move at a time." })}${part("per_connection", NUMBER, { label: "For each connection", help: "So many of them at one connection or place." })}${part("bandwidth", RATE, { label: "Bandwidth", help: "All lanes together; empty for no limit." })}</div></div></section>
      <section class="card" aria-labelledby="h-table">${cardHead("h-table", "Timetable", "another bandwidth at some hours", html`<span class="push">${button({ label: "Add row", icon: "plus", cls: "sm", needs: "admin", on: () => { this.rows = [...this.rows, FRESH]; } })}</span>`)}
        ${this.rows.length ? html`<ol class="slots">${this.rows.map((one, at) => this.row(one, at))}</ol>` : html`<p class="inset small muted">The same bandwidth all week.</p>`}</section></div>
      <section class="card" aria-labelledby="h-time">${cardHead("h-time", "Time and log")}<div class="body stack">${framed({ id: "timezone", label: "Time zone", desk: draft, control: zone, help: "Of schedules that give none, and of the times on these pages." })}${framed({ id: "log_level", label: "Log level", desk: draft, control: level })}
        <p class="small muted">Haulier ${this.load.value.version}</p></div></section></div>
      ${saveBar(draft, { saving: this.saving, discard: () => draft.open(draft.first), save: () => this.save() })}`;
  }
}

define("hl-limits", Limits);
