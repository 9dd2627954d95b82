// How much the hub may use, when; its time zone; how much it says.
import { Element, define, html, live } from "../core/element.js";
import { get, put } from "../core/api.js";
import { Load } from "../core/load.js";
import { pulse } from "../core/pulse.js";
import { may } from "../core/session.js";
import { setZone } from "../core/words.js";
import { Draft } from "../form/draft.js";
import { errorOf, field, framed } from "../form/fields.js";
import { holdFor } from "../form/leaving.js";
import { goTo, saveBar } from "../form/savebar.js";
import { DAYS } from "../form/when.js";
import { button } from "../parts/button.js";
import { sure } from "../parts/dialog.js";
import { bones, cardHead } from "../parts/page.js";
import { toast, trying } from "../parts/toast.js";

const ADDRESS = { type: "string" }, NUMBER = { type: "integer" }, RATE = { type: ["string", "integer"], format: "rate", examples: ["10MB/s"] };
const ZONES = Intl.supportedValuesOf?.("timeZone") ?? [];
const ORDER = DAYS.map(([name]) => name);
const FRESH = { days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "17:00", bandwidth: "10MB/s" };

/** `mon-fri`, `sat` or a list of such: the days one by one; nothing is every day. */
function daysOf(written) {
  if (!written) return ORDER;
  return [written].flat().flatMap((one) => String(one).toLowerCase().split(",")).flatMap((one) => {
    const [from, to = from] = one.trim().split("-").map((day) => ORDER.indexOf(day.slice(0, 3)));
    return from < 0 ? [] : from <= to ? ORDER.slice(from, to + 1) : [...ORDER.slice(from), ...ORDER.slice(0, to + 1)];
  });
}

export class Limits extends Element {
  static properties = { saving: { state: true } };

  constructor() {
    super();
    this.draft = new Draft(this, { check: async () => ({ form: this.draft.form, yaml: "", problems: [] }), keep: ["limits"] });
    this.load = new Load(this, (signal) => get("/settings", {}, signal), ({ version, ...form }) => this.draft.open({ form, version }));
  }

  firstUpdated() {
    this.load.again();
    holdFor(this.draft, () => "the settings");
  }

  async save() {
    this.saving = true;
    try {
      const { version, ...form } = await put("/settings", this.wanted);
      this.draft.open({ form, version });
      setZone(form.timezone);
      toast("The settings are saved", { text: "They hold from now on; runs that go on keep to them too." });
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      if (problem.status === 409 && problem.current) return await this.conflict(problem.current);
      this.draft.refuse(problem.problems);
      if (problem.problems.length) await this.updateComplete.then(() => goTo(this.draft.shown[0]));
      else await trying("The settings were not saved", () => { throw problem; });
    } finally {
      this.saving = false;
    }
    return undefined;
  }

  /** haulier.yaml was changed meanwhile; what was typed here stays until it is decided. */
  async conflict({ version }) {
    const isMine = await sure({ title: "The settings were changed meanwhile",
      text: "Somebody else, or an editor, changed haulier.yaml since you opened this page.", keep: "Go on editing", go: "Save mine over it",
        danger: false });
    if (!isMine) return undefined;
    this.draft.version = version;
    this.saving = false;
    return this.save();
  }

  /** What is left out would stay: so what was emptied is said. */
  get wanted() {
    const { form, version } = this.draft;
    return { ...form, public_url: form.public_url ?? "", limits: { bandwidth: null, timetable: [], ...form.limits }, version };
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
    const off = !may("admin"), id = `limits.timetable[${at}]`, days = daysOf(one.days);
    const cell = (key, label, hint) => html`<div class="field"><label for="${id}.${key}">${label}</label><input class="input"
      id="${id}.${key}" name="${id}.${key}" .value=${live(String(one[key] ?? ""))} placeholder=${hint} ?readonly=${off} autocomplete="off"
        @input=${(event) => this.change(at, { [key]: event.target.value })}>${errorOf(this.draft, `${id}.${key}`)}</div>`;
    const pick = (day) => this.change(at, { days: ORDER.filter((name) => (name === day) !== days.includes(name)) });
    return html`<li class="slot"><fieldset class="field"><legend class="sr">Days of row ${at + 1}</legend><div
      class="row wrap days">${DAYS.map(([day, label]) =>
        html`<label class="day"><input type="checkbox" class="sr" .checked=${live(days.includes(day))} ?disabled=${off}
          @change=${() => pick(day)}><span>${label}</span></label>`)}</div></fieldset>
      ${cell("from", "From", "00:00")}${cell("to", "To", "24:00")}${cell("bandwidth", "At most",
        "10MB/s")}${button({ label: `Remove row ${at + 1}`, icon: "x", bare: true, cls: "quiet sm", needs: "admin",
          on: () => { this.rows = this.rows.toSpliced(at, 1); } })}${errorOf(this.draft, id)}</li>`;
  }

  render() {
    return this.load.shown({ ready: () => this.page(), bones: () => html`<section class="card">${bones(6)}</section>`,
      what: "The settings" });
  }

  page() {
    const { draft } = this, { form } = draft, limits = form.limits ?? {},
      part = (key, schema, over) => field(draft, key, schema, limits[key], ["limits", key], over);
    const level = html`<span class="select"><select id="log_level" ?disabled=${!may("admin")}
      @change=${(event) => draft.edit(["log_level"], event.target.value || null)}>${["", "DEBUG", "INFO", "WARNING",
        "ERROR"].map((one) => html`<option value=${one} ?selected=${one === (form.log_level ?? "")}>${one
          || "As usual"}</option>`)}</select></span>`;
    const zone = html`<input class="input" id="timezone" name="timezone" list="all-zones" .value=${live(form.timezone ?? "")}
      ?readonly=${!may("admin")} autocomplete="off" @input=${(event) => draft.edit(["timezone"], event.target.value)}><datalist
        id="all-zones">${ZONES.map((one) => html`<option value=${one}></option>`)}</datalist>`;
    return html`<div class="cols two-one" @focusout=${draft.leave}><div
      class="stack side-stack"><section class="card"
        aria-labelledby="h-limits">${cardHead("h-limits", "Limits", "of all jobs together")}<div class="body"><div class="grid2">
        ${part("lanes", NUMBER, { required: true, label: "Lanes", help: "So many batches move at a time." })}${part("per_connection",
          NUMBER,
          { required: true, label: "For each connection", help: "So many of them at one connection or place." })}${part("tasks", NUMBER,
            { required: true, label: "Tasks", help: "So many tasks of flows run at a time." })}${part("bandwidth", RATE,
            { label: "Bandwidth", help: "All lanes together; empty for no limit." })}</div></div></section>
      <section class="card" aria-labelledby="h-table">${cardHead("h-table", "Timetable", "another bandwidth at some hours",
        html`<span class="push">${button({ label: "Add row", icon: "plus", cls: "sm", needs: "admin",
          on: () => { this.rows = [...this.rows, FRESH]; } })}</span>`)}
        ${this.rows.length ? html`<ol class="slots">${this.rows.map((one, at) => this.row(one, at))}</ol>`
          : html`<p class="inset small muted">The same bandwidth all week.</p>`}</section></div>
      <section class="card" aria-labelledby="h-time">${cardHead("h-time", "Time and log")}<div
        class="body stack">${framed({ id: "timezone", label: "Time zone", desk: draft, control: zone,
          help: "Of schedules that give none, and of the times on these pages." })}${framed({ id: "log_level", label: "Log level",
            desk: draft, control: level })}
        ${field(draft, "public_url", ADDRESS, form.public_url, ["public_url"],
          { label: "Address", hint: location.origin, help: "Where people reach this hub; links in alerts begin with it." })}
        ${pulse.value ? html`<p class="small muted">Haulier ${pulse.value.hub.version}, ${pulse.value.hub.database}</p>`
          : ""}</div></section></div>
      ${saveBar(draft, { saving: this.saving, discard: () => this.load.again(), save: () => this.save() })}`;
  }
}

define("hl-limits", Limits);
