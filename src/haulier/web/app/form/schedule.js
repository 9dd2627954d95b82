// When a job runs by itself: by hand only, every so often, or by cron; said as a sentence, with its next runs.
import { Element, define, html } from "../core/element.js";
import { post } from "../core/api.js";
import { may } from "../core/session.js";
import { clockOf, day, exact, sentence, timing, until } from "../core/words.js";
import { icon } from "../parts/icon.js";
import { segments } from "../parts/page.js";
import { choice } from "./controls.js";
import { errorOf, field, framed } from "./fields.js";
import { resolved } from "./schema.js";
import { DAYS, PERIODS, UNITS, parsed, toCron, unparsed } from "./when.js";

const PAUSE = 300, NEXT = 5;
const ZONES = Intl.supportedValuesOf?.("timeZone") ?? [];

export class ScheduleField extends Element {
  static properties = { desk: { attribute: false }, value: { attribute: false }, zone: {}, workspaceZone: {}, stamp: { attribute: false },
    answer: { state: true }, problem: { state: true } };

  willUpdate(changes) {
    if (changes.has("value") || changes.has("zone")) this.later();
  }

  later() {
    clearTimeout(this.timer);
    const asked = JSON.stringify([this.value, this.zone]);
    if (asked === this.asked) return;
    this.asked = asked;
    this.timer = setTimeout(() => this.ask(asked), this.answer ? PAUSE : 0);
  }

  async ask(asked) {
    if (!this.value) return void ([this.answer, this.problem] = [null, null]);
    const own = typeof this.value === "object" ? this.value.timezone : null;
    try {
      const answer = await post("/schedules/check", { schedule: this.value, timezone: own || this.zone || this.workspaceZone
        || undefined });
      if (asked === this.asked) [this.answer, this.problem] = [answer, null];
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      if (asked === this.asked) this.problem = problem;
    }
    return undefined;
  }

  set(next) {
    this.desk.edit(["schedule"], unparsed({ ...parsed(this.value), ...next }));
    this.desk.touch("schedule");
  }

  mode(mode) {
    const now = parsed(this.value);
    this.set({ mode, cron: mode === "cron" ? now.cron || toCron(now) : now.cron });
  }

  render() {
    const now = parsed(this.value), { desk } = this;
    return html`<div class="sched"><div
      class="stack">${segments("Kind of schedule", [["none", "By hand"], ["every", "Interval"], ["cron", "Cron"]], now.mode,
        (mode) => may("admin") && this.mode(mode), "fillup")}
      ${now.mode === "every" ? this.interval(now) : now.mode === "cron" ? this.cron(now) : ""}
      ${now.mode === "none" ? html`<p class="small muted">No clock starts it. Somebody can: here, on the command line, or by a program.</p>`
        : html`${this.said()}${this.rules(now)}`}${errorOf(desk, "timezone")}</div>
      ${now.mode === "none" ? "" : this.next()}</div>`;
  }

  cron(now) {
    return html`<div class="grid2">${this.plain("schedule", "Cron", now.cron, (cron) => this.set({ cron }),
      { mono: true, help: "Minute, hour, day, month, weekday; six fields begin with the second." })}${this.clock()}</div>`;
  }

  interval(now) {
    const off = !may("admin"), pick = (name, label, options, value) =>
      framed({ id: `schedule-${name}`, label, desk: this.desk,
        control: html`<span class="select"><select id="schedule-${name}" ?disabled=${off}
          @change=${(event) => this.set({ [name]: event.target.value })}>${options.map(([word, said]) =>
            html`<option value=${word} ?selected=${word === value}>${said}</option>`)}</select></span>` });
    const time = this.plain("schedule-at", "At", now.at, (at) => this.set({ at }), { hint: "02:00", mode: "numeric" });
    return html`<div class="grid2">${pick("period", "How often", PERIODS, now.period)}
      ${now.period === "interval" ? html`<div class="field"><label for="schedule-many">Every</label><span class="with"><input class="input"
        id="schedule-many" inputmode="numeric" .value=${String(now.many)} ?readonly=${off}
          @input=${(event) => this.set({ many: event.target.value })}><span class="select"><select aria-label="Unit" ?disabled=${off}
            @change=${(event) => this.set({ unit: event.target.value })}>${UNITS.map(([word, said]) =>
              html`<option value=${word} ?selected=${word === now.unit}>${said}</option>`)}</select></span></span></div>` : ""}
      ${now.period === "hourly" ? this.plain("schedule-minute", "At minute", now.minute, (minute) => this.set({ minute }),
        { mode: "numeric" }) : ""}${["daily", "weekly", "monthly"].includes(now.period) ? time : ""}
      ${now.period === "monthly" ? this.plain("schedule-days", "On", now.on.join(", "),
        (text) => this.set({ on: text.split(/[,\s]+/).filter(Boolean) }), { help: "Days of the month, such as 1, 15, or last." }) : ""}
      ${now.period === "interval" ? "" : this.clock()}</div>
      ${now.period === "weekly" ? html`<fieldset class="field"><legend>On</legend><div
        class="row wrap">${DAYS.map(([word, said]) => html`<label class="tick"><input type="checkbox" .checked=${now.on.includes(word)}
          ?disabled=${off} @change=${() =>
            this.set({ on: DAYS.map(([one]) => one).filter((one) =>
              (one === word) !== now.on.includes(one)) })}><span>${said}</span></label>`)}</div></fieldset>` : ""}`;
  }

  plain(id, label, value, set, { hint = "", mono = false, help = "", mode } = {}) {
    const wrong = id === "schedule" && (this.problem || this.desk.problem("schedule"));
    return html`<div class="field"><label for=${id}>${label}</label><input class="input ${mono ? "mono" : ""}" id=${id} name=${id}
      type="text" placeholder=${hint} inputmode=${mode ?? "text"} .value=${value ?? ""} spellcheck="false" autocomplete="off"
        aria-invalid=${wrong ? "true" : "false"} aria-describedby="${id}-h schedule-e" ?readonly=${!may("admin")}
          @input=${(event) => set(event.target.value)}>
      ${help ? html`<p class="help" id="${id}-h">${help}</p>` : ""}</div>`;
  }

  clock() {
    const set = (zone) => this.desk.edit(["timezone"], zone || undefined);
    return html`<div class="field"><label for="timezone">Time zone <span class="opt">optional</span></label><input class="input"
      id="timezone" name="timezone" list="zones" .value=${this.zone ?? ""} placeholder=${this.workspaceZone ?? "UTC"} autocomplete="off"
        spellcheck="false" ?readonly=${!may("admin")} @input=${(event) => set(event.target.value)}>
      <datalist id="zones">${ZONES.map((one) => html`<option value=${one}></option>`)}</datalist></div>`;
  }

  said() {
    if (this.problem) return html`<p class="err" id="schedule-e" role="alert">${icon("bad")}<span>${sentence(this.problem.problems[0]?.text
      ?? this.problem.message)}</span></p>`;
    return html`<p class="human">${icon("calendar")}<span><strong>${this.answer?.sentence
      ? sentence(timing(this.answer.sentence)).replace(/\.$/, "").replace(/^./, (first) => first.toUpperCase()) : "…"}</strong><span
        class="tiny muted">Both clock changes of the year are handled: no run is lost or doubled.</span></span></p>`;
  }

  rules(now) {
    const shape = resolved({ $ref: "#/$defs/ScheduleForm" }, this.desk.defs).properties;
    const select = (key) => { const schema = { ...resolved(shape[key], this.desk.defs) }; return framed({ id: `schedule.${key}`,
      label: { misfire: "If a run was missed", overlap: "If the last one still runs" }[key], desk: this.desk,
        control: choice({ id: `schedule.${key}`, key, schema, value: now[key], set: (word) => this.set({ [key]: word }),
          desk: this.desk }) }); };
    const most = field({ ...this.desk, edit: (path, value) => this.set({ misfire_max: value }) }, "misfire_max", shape.misfire_max,
      now.misfire_max, ["schedule", "misfire_max"]);
    return html`<div class="grid2">${select("misfire")}${select("overlap")}${now.misfire === "all" ? most : ""}</div>`;
  }

  next() {
    const list = this.problem ? [] : (this.answer?.next ?? []).slice(0, NEXT);
    return html`<div class="nextruns"><h3>Next ${NEXT} runs</h3><ol>${list.map((at) =>
      html`<li><span>${day(at)}</span><time class="num" datetime=${at} title=${exact(at)}>${clockOf(list)(at)}</time><span
        class="tiny muted num">${until(at)}</span></li>`)}</ol>${list.length ? "" : html`<p class="small muted">–</p>`}</div>`;
  }
}

define("hl-schedule", ScheduleField);
