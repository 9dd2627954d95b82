// The rows that could not be taken: corrected in place, dropped, or kept for the next replay.
import { Element, define, html, nothing, repeat } from "../core/element.js";
import { addressOf, get } from "../core/api.js";
import { Load } from "../core/load.js";
import { may, whyNot } from "../core/session.js";
import { ofReject } from "../core/states.js";
import { count, counted, exact } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon, state } from "../parts/icon.js";
import { menu } from "../parts/menu.js";
import { bones, empty, filter } from "../parts/page.js";
import { trying } from "../parts/toast.js";
import { again, dropped, editRow, fixed, placeOf } from "./fixing.js";

const PAGE = 100, MOST = 1000, OPERATOR = "operator";
const STATES = [["", "Every state"], ["open", "Open"], ["fixed", "Fixed"], ["replayed", "Taken"], ["dropped", "Dropped"]];
const TASK = { open: true, fixed: true };

export class Rejects extends Element {
  /** Fires `rejects-change` with the reject that was changed. */
  static properties = { intake: { attribute: false }, state: { state: true }, editing: { state: true } };

  constructor() {
    super();
    Object.assign(this, { state: "", editing: null });
    this.saved = Promise.resolve();     // when nothing that was kept is on its way any more
    this.load = new Load(this, (signal) => this.ask({ limit: Math.min(MOST, Math.max(PAGE, this.items.length)) }, signal));
  }

  willUpdate() {
    const of = `${this.intake.id} ${this.state}`;
    if (of === this.of) return;
    this.of = of;
    this.load.again({ fresh: true });
  }

  get items() {
    return this.load.value?.items ?? [];
  }

  ask(what, signal) {
    return get(`/imports/${this.intake.id}/rejects`, { state: this.state, ...what }, signal);
  }

  /** What is shown changes in place; what is being typed stays. */
  refresh() {
    if (this.load.value) this.load.again();
  }

  async more() {
    const page = await trying("The next rejects could not be loaded", () => this.ask({ after: this.load.value.next, limit: PAGE }));
    if (!page) return;
    this.load.value = { items: [...this.items, ...page.items], next: page.next };
    this.requestUpdate();
  }

  edit(reject, column) {
    if (!may(OPERATOR)) return;
    this.editing = { id: reject.id, column, busy: false };
    this.updateComplete.then(() => this.querySelector(".cellbox .input")?.select());
  }

  async stop() {
    const { id, column } = this.editing;
    this.editing = null;
    await this.focusOn(`[data-cell="${CSS.escape(`${id} ${column}`)}"]`);
  }

  /** Another value may be edited meanwhile. One goes after the other, as each says all that is changed in its row. */
  async keep(event, reject, column) {
    event.preventDefault();
    const cell = this.editing, typed = event.target.elements.value.value;
    if (cell.busy) return;
    cell.busy = true;
    const save = async () => this.took(await fixed(this.items.find(({ id }) => id === reject.id) ?? reject, column, typed));
    this.saved = this.saved.then(save, save).finally(() => { cell.busy = false; });
    this.requestUpdate();
    if (await this.saved && this.editing === cell) await this.stop();
    this.requestUpdate();
  }

  /** The hub's answer about one of them takes its place. */
  took(now) {
    if (!now) return false;
    this.load.value = { ...this.load.value, items: this.items.map((one) => (one.id === now.id ? now : one)) };
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent("rejects-change", { detail: now }));
    return true;
  }

  render() {
    return html`<section class="card" aria-labelledby="h-rejects"><header><h2 id="h-rejects">Rejects</h2>${this.intake.open_rejects
      ? html`<span class="count is-bad">${count(this.intake.open_rejects)}</span>` : ""}${this.head()}</header>${this.load.shown({
        ready: ({ items, next }) => (items.length ? this.table(items, next) : this.none()), bones: () => bones(4), what: "The rejects" })}</section>`;
  }

  head() {
    if (!this.items.length && !this.state) return "";
    return html`<p>${may(OPERATOR) ? "Click a value to correct it. The file itself is never changed." : "The file itself is never changed."}</p><span
      class="push">${filter("State of rejects", STATES, this.state, (state) => { this.state = state; }, "narrow")}</span>`;
  }

  none() {
    const { rows, state: now } = this.intake;
    if (this.state) return empty("filter", `None is ${ofReject(this.state).word.toLowerCase()}`, "The others are in other states.",
      button({ label: "Show all", cls: "sm", on: () => { this.state = ""; } }));
    return html`<p class="inset small row"><span class="is-ok">${icon("ok")}</span>${now === "done" ? `No row was rejected: all ${counted(rows,
      "row")} were looked at, and none was left over.` : "No row was rejected so far."}</p>`;
  }

  table(items, next) {
    return html`<div class="scroll"><table class="table rejects" aria-labelledby="h-rejects"><thead><tr><th class="num r-line" scope="col">Line</th><th
      scope="col" class="r-col">Column</th><th scope="col" class="r-val">Value</th><th scope="col" class="r-why">Reason</th><th scope="col"
        class="r-raw">Raw text</th><th scope="col" class="r-state">State</th></tr></thead>
      ${repeat(items, ({ id }) => id, (one) => html`<tbody>${entriesOf(one).map((entry, at) => this.row(one, entry, !at))}</tbody>`)}</table></div>
      ${next ? html`<footer>${button({ label: `Show ${PAGE} more`, icon: "down", cls: "sm", on: () => this.more() })}</footer>` : ""}`;
  }

  row(one, entry, isFirst) {
    const isOpen = this.editing?.id === one.id && this.editing.column === entry.column;
    return html`<tr class=${isOpen ? "editing" : ""}><td class="num r-line">${isFirst ? count(one.line || one.number) : html`<span
      class="sr">${count(one.line || one.number)}</span>`}</td><td class="r-col ${entry.name ? "mono" : "muted"}"><span class="clip"
        title=${entry.column}>${entry.name || (entry.column === null ? "whole row" : "")}</span></td>
      ${isOpen ? html`<td class="r-val" colspan="3">${this.editor(one, entry)}</td>` : html`<td class="r-val">${this.value(one, entry)}</td><td
        class="r-why">${entry.reasons.join("; ")}</td><td class="r-raw">${isFirst && one.row ? html`<code class="clip"
          title=${one.raw}>${one.raw}</code>` : ""}</td>`}
      <td class="r-state">${isFirst ? this.about(one) : ""}</td></tr>`;
  }

  value(one, entry) {
    const now = entry.now ?? entry.was, isChanged = entry.now !== undefined && entry.now !== entry.was;
    const text = html`<span class="clip ${one.state === "dropped" ? "struck" : ""}"
      title=${now}>${now === "" ? html`<i class="muted">empty</i>` : now}</span>`;
    const was = isChanged ? html`<span class="was tiny muted clip">was <s class="mono">${entry.was === "" ? "empty" : entry.was}</s></span>` : "";
    if (entry.column === "") return "";
    if (!TASK[one.state]) return html`<span class="mono">${text}</span>${was}`;
    return html`<button class="cellbtn mono" type="button" data-cell="${one.id} ${entry.column}" aria-disabled=${may(OPERATOR) ? nothing : "true"}
      title=${whyNot(OPERATOR) || nothing} aria-label="Edit ${entry.name || "the whole row"} in ${placeOf(one)}, now ${now || "empty"}"
      @click=${() => this.edit(one, entry.column)}>${text}${icon("edit")}</button>${was}`;
  }

  editor(one, entry) {
    const label = `New ${entry.name ? `value of ${entry.name}` : "text of the row"} in ${placeOf(one)}`;
    const keys = (event) => event.key === "Escape" && (event.preventDefault(), event.stopPropagation(), this.stop());
    return html`<form class="cellbox ${entry.column === null ? "is-wide" : ""}" @submit=${(event) => this.keep(event, one, entry.column)}
      @keydown=${keys}><input
      class="input mono" name="value" aria-label=${label} .value=${entry.now ?? entry.was} autocomplete="off" autocapitalize="off" spellcheck="false">
      ${button({ label: "Keep", icon: "check", bare: true, cls: "sm", type: "submit", busy: this.editing.busy })}${button({ label: "Cancel", icon: "x",
        bare: true, cls: "sm quiet", on: () => this.stop() })}</form>
      <span class="was tiny muted">was <s class="mono">${entry.was === "" ? "empty" : entry.was}</s>.
      ${entry.reasons.join("; ")}</span>`;
  }

  about(one) {
    const when = one.at ? `${ofReject(one.state).word} by ${one.by}, ${exact(one.at)}` : "";
    const done = (answer) => answer.then((now) => this.took(now));
    return html`<span class="row nogap"><span class="grow" title=${when || nothing}>${state(ofReject(one.state))}</span>${!TASK[one.state] ? "" : html`${one.row
      ? button({ label: `Edit all of ${placeOf(one)}`, icon: "edit", bare: true, cls: "quiet sm", needs: OPERATOR, on: () => done(editRow(one)) })
      : ""}${one.state === "fixed" ? button({ label: `Take back the change of ${placeOf(one)}`, icon: "retry", bare: true, cls: "quiet sm", needs: OPERATOR,
        on: () => done(fixed(one)) }) : html`${one.row ? button({ label: `Take ${placeOf(one)} as it is`, icon: "retry", bare: true, cls: "quiet sm",
          needs: OPERATOR, on: () => done(again(one)) }) : ""}${button({ label: `Drop ${placeOf(one)}`, icon: "trash", bare: true,
            cls: "quiet sm", needs: OPERATOR,
          on: () => done(dropped(one)) })}`}`}</span>`;
  }
}

/**
 * What of a reject has a line of its own: each column with a fault or a new value, or the whole row where it has no columns.
 * `column`: null for the whole row, "" for a fault of no column.
 */
function entriesOf({ row, faults, fixed: now, raw, text }) {
  const reasons = (column) => [...new Set(faults.filter((one) => one.column === column).map(({ reason }) => withoutName(reason, column)))];
  if (!row) return [{ column: null, name: "", was: raw, now: text || undefined, reasons: [...new Set(faults.map(({ reason }) => reason))] }];
  const columns = [...new Set([...faults.map(({ column }) => column), ...Object.keys(now)])];
  const valueOf = (column) => row[column] ?? faults.find((one) => one.column === column)?.value ?? "";
  return columns.map((column) => ({ column, name: column, was: valueOf(column), now: now[column], reasons: reasons(column) }));
}

/** The name of the column stands beside it. */
const withoutName = (reason, column) => (column && reason.startsWith(`${column} `) ? reason.slice(column.length + 1) : reason);

/** The rejects that are open, as files for whoever sent them. */
export const downloads = (intake) => html`<button class="btn" type="button" popovertarget="rejects-files">${icon("download")}Rejects</button>
  ${menu("rejects-files", "Rejects as a file", [["csv", "As CSV"], ["jsonl", "As JSON lines"]].map(([format, label]) =>
    ({ label, icon: "file", href: addressOf(`/imports/${intake.id}/rejects/file`, { format }) })))}`;

define("hl-rejects", Rejects);
