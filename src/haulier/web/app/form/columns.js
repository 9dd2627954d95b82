// The columns that rows must have, as a table: what matters at once, the rest behind "More". A grip moves one, as it does a step.
import { Element, define, html, repeat } from "../core/element.js";
import { may } from "../core/session.js";
import { counted } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { read, written } from "./column.js";
import { choice, text, tick } from "./controls.js";
import { errorOf, fields, tiedTo } from "./fields.js";
import { inside } from "./inside.js";
import { flat } from "./schema.js";
import { idOf } from "./value.js";

const FIRST = ["name", "source", "type", "required"];
const OVER = { choices: { cls: "" }, known: { cls: "", help: "A longer list of what it may be." }, nulls: { cls: "" }, format: { cls: "",
  label: "Dates are written", help: "Such as YYYY-MM-DD, one per line; ISO 8601 if nothing is said." } };
const HINTS = { source: "as its name" };

export class Columns extends Element {
  static properties = { desk: { attribute: false }, value: { attribute: false }, path: { attribute: false }, stamp: { attribute: false },
    shown: { state: true }, said: { state: true }, held: { state: true } };

  get list() {
    return read(this.value);
  }

  get shape() {
    return flat({ $ref: "#/$defs/ColumnForm" }, this.desk.defs);
  }

  set(columns) {
    this.desk.edit(this.path, written(columns, this.value));
    this.desk.touch(idOf(this.path));
  }

  add() {
    const columns = this.list.map(({ column }) => column), names = new Set(columns.map(({ name }) => name));
    let number = columns.length + 1;
    while (names.has(`column_${number}`)) number += 1;
    this.set([...columns, { name: `column_${number}`, type: "text" }]);
    this.updateComplete.then(() => this.desk.focus(this.idAt(this.list.length - 1, "name")));
  }

  remove(at) {
    const columns = this.list.map(({ column }) => column).toSpliced(at, 1);
    this.shown = undefined;
    this.set(columns);
    this.said = `Removed, ${counted(columns.length, "column")} left`;
    this.updateComplete.then(() => (this.querySelectorAll("[data-remove]")[Math.min(at, columns.length - 1)]
      ?? this.querySelector("[data-add] button"))?.focus());
  }

  /** A list has an order: that of a mapping says nothing, and would be kept as it was. */
  move(from, to) {
    if (from === undefined || to < 0 || to >= this.list.length || from === to || !may("admin")) return;
    const columns = this.list.map(({ column }) => column), [one] = columns.splice(from, 1);
    this.shown = undefined;
    this.desk.edit(this.path, columns.toSpliced(to, 0, one));
    this.desk.touch(idOf(this.path));
    this.said = `${one.name || "The column"} is now column ${to + 1} of ${columns.length + 1}`;
    this.updateComplete.then(() => this.querySelectorAll(".grip")[to]?.focus());
  }

  key(event, at) {
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: this.list.length - 1 }[event.key];
    if (to === undefined || !event.target.closest(".grip")) return;
    event.preventDefault();
    this.move(at, to);
  }

  drop(event, at) {
    event.preventDefault();
    this.move(this.held, at);
    this.held = undefined;
  }

  idAt(at, key) {
    return idOf([...this.path, this.list[at].at, key]);
  }

  render() {
    const rows = this.list, id = idOf(this.path);
    return html`${rows.length ? html`<table class="columns"><caption class="sr">Columns</caption><thead><tr><th scope="col">Name</th><th
        scope="col">In the file</th><th scope="col">Type</th><th scope="col">Required</th><th
        scope="col"><span class="sr">What can be done</span></th></tr></thead>
      ${repeat(rows, (_, at) => at, (one, at) => this.row(one, at))}</table>`
      : html`<p class="small muted none-yet">No columns: all that the file has goes on, as the format gives it.</p>`}${errorOf(this.desk, id)}
      <div class="row wrap try" data-add>${button({ label: "Add column", icon: "plus", cls: "sm", needs: "admin", on: () => this.add() })}<span
        class="sr" role="status">${this.said}</span></div>`;
  }

  row({ at: key, column }, at) {
    const path = [...this.path, key], isOpen = this.shown === at, called = column.name || `column ${at + 1}`, rare = this.rare(column);
    const desk = inside(this.desk, path, column, (now) => this.set(this.list.map((one, other) => (other === at ? now : one.column))));
    const wrong = rare.all.reduce((sum, one) => sum + desk.within(idOf([...path, one])), 0);
    const more = `More for ${called}${rare.used.length ? `, ${rare.used.length} set` : ""}`;
    return html`<tbody class=${this.held === at ? "held" : ""} @keydown=${(event) => this.key(event, at)} @dragend=${() => { this.held = undefined; }}
      @dragover=${(event) => this.held !== undefined && event.preventDefault()} @drop=${(event) => this.drop(event, at)}><tr>${FIRST.map((one) =>
        this.cell(desk, path, one, column, one === "name" ? `column ${at + 1}`
      : called))}<td class="c-acts"><span class="row nogap"><span draggable=${may("admin")} @dragstart=${() => { this.held = at; }}>${button({ label:
        `Move ${called}, use arrow keys`, icon: "grip", bare: true, cls: "quiet sm grip", needs: "admin" })}</span><button
        class="btn quiet sm ${rare.used.length ? "is-used" : ""}" type="button" aria-expanded=${isOpen || wrong > 0} aria-label=${more}
        title=${rare.used.map((one) => `${one} ${JSON.stringify(column[one])}`).join(", ")} @click=${() => { this.shown = isOpen ? undefined
          : at; }}>${icon(isOpen ? "up" : "down")}${rare.used.length ? html`<span class="num">${rare.used.length}</span>` : ""}</button><span
        data-remove tabindex="-1" @focus=${({ target }) => target.firstElementChild.focus()}>${button({ label: `Remove ${called}`, icon: "x", bare: true,
          cls: "quiet sm", needs: "admin", on: () => this.remove(at) })}</span></span></td></tr>${errorOf(this.desk, idOf(path)) || isOpen || wrong
      ? html`<tr class="c-more"><td colspan="5">${errorOf(this.desk, idOf(path))}${isOpen || wrong ? html`<div class="gridn">${fields(desk, this.shape,
        column, path, { only: rare.all, over: OVER })}</div>` : ""}</td></tr>` : ""}</tbody>`;
  }

  rare(column) {
    const all = Object.keys(this.shape.properties).filter((key) => !FIRST.includes(key));
    return { all, used: all.filter((key) => column[key] !== undefined) };
  }

  cell(desk, path, key, column, called) {
    const here = [...path, key], id = idOf(here), schema = flat(this.shape.properties[key], desk.defs), label = `${LABELS[key]} of ${called}`;
    const one = { id, key, schema, value: column[key], path: here, desk, required: key === "name", hint: HINTS[key], label: html`<span
      class="sr">${label}</span>`, tied: tiedTo(desk, id, ""), invalid: Boolean(desk.problem(id)), set: (now) => desk.edit(here, now, schema) };
    const control = { name: text, source: text, type: choice, required: tick }[key](one);
    return html`<td class="c-${key}" data-label=${LABELS[key]}>${key === "required" ? "" : html`<label class="sr"
      for=${id}>${label}</label>`}${control}${errorOf(desk, id)}</td>`;
  }
}

const LABELS = { name: "Name", source: "Name in the file", type: "Type", required: "Required" };

define("hl-columns", Columns);
