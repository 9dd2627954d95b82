// A table that is paged, sorted and filtered by the hub. Rows never move under the reader's eyes.
import { Element, define, html, live, nothing, repeat } from "../core/element.js";
import { Load } from "../core/load.js";
import { isSettled } from "../core/states.js";
import { count, counted } from "../core/words.js";
import { button } from "./button.js";
import { icon } from "./icon.js";
import { empty, ghosts } from "./page.js";

const PAGE = 50, FEW = 10;
const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/**
 * `ask` answers {items, total}, or {items, next} where nobody counts: `next` says that more follow.
 * `one(id)`, if given, answers a row that later ones pushed off its page.
 * `columns`: {label, cell(row), cls, num, sort}; `ask(values, signal)` gets limit, offset, sort and `values`.
 * Fires `table-open` (row), `table-pick` (ids), `table-turn` ({offset, sort}).
 */
export class Table extends Element {
  static properties = {
    label: {}, noun: {}, cls: {}, columns: { attribute: false }, ask: { attribute: false }, one: { attribute: false }, values: { attribute: false }, sort: {},
      offset: { type: Number },
    shown: { attribute: false }, bulk: { attribute: false }, none: { attribute: false }, few: { type: Boolean },
      stamp: { attribute: false }, picked: { state: true }, fresh: { state: true }, at: { state: true },
  };

  constructor() {
    super();
    Object.assign(this, { columns: [], values: {}, sort: "", offset: 0, noun: "row", cls: "", picked: new Set(), fresh: 0, at: 0, questions: 0, drawn: 0 });
    this.load = new Load(this, async (signal) => {
      const number = (this.questions += 1), page = await this.ask(this.request, signal);
      this.drawn = number;
      return page;
    }, () => this.filled());
  }

  get request() {
    return { ...this.values, sort: this.sort, limit: PAGE, offset: this.offset };
  }

  get rows() {
    return this.load.value?.items ?? [];
  }

  willUpdate() {
    const asked = JSON.stringify(this.request), filters = JSON.stringify(this.values);
    if (asked === this.asked) return;
    if (filters !== this.filters) this.picked = new Set();
    [this.asked, this.filters, this.at] = [asked, filters, 0];
    this.load.again();
  }

  /** All rows anew: the row that has the focus may stand elsewhere now. */
  filled() {
    const { id } = this.querySelector("tbody tr:focus-within")?.dataset ?? {}, at = this.rows.findIndex((row) => String(row.id) === id);
    this.at = at < 0 ? Math.max(0, Math.min(this.at, this.rows.length - 1)) : at;
    this.fresh = 0;
  }

  /** Ask again without moving anything: rows that are shown change in place, new ones are counted. */
  async refresh() {
    if (!this.isConnected || !this.load.value || this.load.busy) return;
    const asked = this.asked, number = (this.questions += 1), page = await this.ask(this.request).catch(() => null);
    if (!page || asked !== this.asked || !this.load.value) return;
    const now = new Map([...page.items, ...(await this.lost(page.items))].map((row) => [row.id, row]));
    if (asked !== this.asked || number < this.drawn) return;      // an answer that was overtaken says what was before
    this.drawn = number;
    const rows = this.rows.map((row) => now.get(row.id) ?? row);
    const more = page.total - this.load.value.total || 0, others = page.items.filter((row) => !this.rows.some(({ id }) => id === row.id)).length;
    if (others && !this.rows.length) return void (this.load.value = page, this.requestUpdate());
    this.fresh = others ? Math.max(others, more) : 0;
    this.load.value = { ...this.load.value, items: rows };
    this.requestUpdate();
  }

  /** Rows that are shown and are not in `items`, as they are now, as long as something can still become of them. */
  async lost(items) {
    if (!this.one) return [];
    const gone = this.rows.filter(({ id, state }) => !isSettled(state) && !items.some((row) => row.id === id)).slice(0, FEW);
    return (await Promise.all(gone.map(({ id }) => this.one(id).catch(() => null)))).filter(Boolean);
  }

  /** New values for some rows, by id. */
  patch(values) {
    if (!this.rows.some(({ id }) => values[id])) return;
    this.load.value = { ...this.load.value, items: this.rows.map((row) => (values[row.id] ? { ...row, ...values[row.id] } : row)) };
    this.requestUpdate();
  }

  again() {
    this.load.again();
  }

  turn(values) {
    this.dispatchEvent(new CustomEvent("table-turn", { detail: { offset: 0, sort: this.sort, ...values } }));
  }

  pick(ids) {
    this.picked = new Set(ids);
    this.dispatchEvent(new CustomEvent("table-pick", { detail: [...this.picked] }));
  }

  toggle(id) {
    const picked = new Set(this.picked);
    if (!picked.delete(id)) picked.add(id);
    this.pick(picked);
  }

  openRow(row) {
    this.dispatchEvent(new CustomEvent("table-open", { detail: row }));
  }

  clicked(event, row, at) {
    this.at = at;
    if (!event.target.closest("a, button, label, input")) this.openRow(row);
  }

  key(event) {
    const row = this.rows[this.at];
    if (event.target.closest("[popover]")) return;
    if (event.target.closest("input, button") && event.key !== "j" && event.key !== "k") return;
    if (STEPS[event.key]) this.focusRow(Math.min(this.rows.length - 1, Math.max(0, this.at + STEPS[event.key])));
    else if (event.key === "Home" || event.key === "End") this.focusRow(event.key === "Home" ? 0 : this.rows.length - 1);
    else if (event.key === "Enter" && row) this.openRow(row);
    else if (event.key === " " && row && this.bulk) this.toggle(row.id);
    else return;
    event.preventDefault();
  }

  async focusRow(at = this.at) {
    this.at = at;
    await this.updateComplete;
    this.querySelectorAll("tbody tr")[at]?.focus();
  }

  render() {
    const ready = () => (this.rows.length ? this.table() : this.none?.() ?? empty("filter", `No ${this.noun} here`, "Nothing was found."));
    return html`${this.bulk && this.picked.size ? this.bulk([...this.picked], () => this.pick([])) : ""}
      <div class="news" role="status">${this.fresh
        ? button({ label: `Show ${counted(this.fresh, `new ${this.noun}`)}`, icon: "up", cls: "sm", on: () => this.renew() }) : ""}</div>
      ${this.load.shown({ ready, bones: () => ghosts(12), what: `The ${this.noun}s`, kept: "Your filters are kept." })}
      ${this.load.value && (this.rows.length || this.offset) && !this.few ? this.pager() : ""}`;
  }

  renew() {
    if (this.offset) this.turn({ offset: 0 });
    else this.again();
  }

  table() {
    const all = this.rows.every(({ id }) => this.picked.has(id)), some = this.rows.some(({ id }) => this.picked.has(id));
    const pickAll = () => this.pick(all ? [] : [...this.picked, ...this.rows.map(({ id }) => id)]);
    return html`<div class="scroll" aria-busy=${this.load.busy}><table class="table picks ${this.cls}" role="grid" aria-label=${this.label}
      aria-multiselectable=${this.bulk ? "true" : nothing}>
      <thead><tr>${this.bulk ? html`<th class="pick" scope="col"><label class="tick"><input type="checkbox"
        aria-label="Select all on this page" .checked=${live(all)} .indeterminate=${some && !all} @change=${pickAll}></label></th>` : ""}
        ${this.columns.map((column) => this.heading(column))}</tr></thead>
      <tbody @keydown=${this.key}>${repeat(this.rows, ({ id }) => id, (row, at) => this.row(row, at))}</tbody></table></div>`;
  }

  heading({ label, num, cls = "", sort }) {
    const isMine = sort && this.sort.replace("-", "") === sort, falls = this.sort.startsWith("-");
    const next = isMine && falls ? sort : `-${sort}`;
    return html`<th class="${num ? "num" : ""} ${cls}" scope="col" aria-sort=${isMine ? (falls ? "descending" : "ascending") : nothing}>
      ${sort ? html`<button class="sort" type="button" @click=${() => this.turn({ sort: next })}>${label} ${isMine
        ? icon(falls ? "sort" : "rise") : ""}</button>` : label}</th>`;
  }

  row(row, at) {
    const isOpen = this.shown === row.id;
    const name = row.name ?? row.path ?? row.id;
    return html`<tr class=${isOpen ? "open" : ""} tabindex=${at === this.at ? 0 : -1}
      aria-selected=${this.picked.has(row.id) ? "true" : nothing} aria-current=${isOpen ? "true" : nothing}
      data-id=${row.id} @click=${(event) => this.clicked(event, row, at)} @focus=${() => { this.at = at; }}>
      ${this.bulk ? html`<td class="pick"><label class="tick"><input type="checkbox" tabindex="-1" aria-label="Select ${name}"
        .checked=${live(this.picked.has(row.id))} @change=${() => this.toggle(row.id)}></label></td>` : ""}
      ${this.columns.map(({ cell, num, cls = "" }) => html`<td class="${num ? "num" : ""} ${cls}">${cell(row)}</td>`)}</tr>`;
  }

  pager() {
    const { total, total_is_capped: capped, next } = this.load.value, last = this.offset + this.rows.length;
    const isLast = total === undefined ? !next : last >= total, of = total === undefined ? "" : ` of ${count(total)}${capped ? " and more" : ""}`;
    return html`<footer class="pager"><span>${this.rows.length
      ? `${count(this.offset + 1)}–${count(last)}${of}` : "No more"}</span>
      <span class="joined push">${button({ label: "Previous page", icon: "left", bare: true, cls: "sm", off: this.offset
        ? "" : "This is the first page", on: () => this.turn({ offset: Math.max(0, this.offset - PAGE) }) })}
      ${button({ label: "Next page", icon: "right", bare: true, cls: "sm", off: isLast ? "This is the last page" : "",
        on: () => this.turn({ offset: this.offset + PAGE }) })}</span></footer>`;
  }
}

define("hl-table", Table);
