// Where rows go: to a place, or, if they are payments, to what they are for.
import { html } from "lit";
import { may } from "../core/session.js";
import { errorOf, field, fields, more } from "../form/fields.js";
import { plugin } from "../form/plugin.js";
import { flat } from "../form/schema.js";
import { idOf } from "../form/value.js";

const PATH = ["import"], WAYS = { sink: ["They are put somewhere", "Into a database, an API, a file, or a function of yours"],
  reconcile: ["They are matched as payments", "With open items, such as invoices; a person decides what is not certain"] };
const OUTLETS = { matched: "Who is told of payments that were matched", unmatched: "Who is told of those that a person has to look at" };
const RULES = { within_tolerance: "Nearly the amount", overpaid: "Paid too much", sums: "Some make the amount", together: "Several payments together",
  party: "Known account", amount: "Amount and name", returned: "Came back", message: "Numbers in the text", partial: "Paid in part" };
const kept = new WeakMap();     // what was typed for the way that is not chosen now, by the desk

function choose(desk, way) {
  const { sink, reconcile, ...rest } = desk.form.import ?? {}, old = kept.get(desk) ?? {};
  kept.set(desk, { ...old, ...(reconcile === undefined ? { sink } : { reconcile }) });
  const now = way === "reconcile" ? { reconcile: old.reconcile ?? {} } : old.sink === undefined ? {} : { sink: old.sink };
  desk.edit(PATH, { ...rest, ...now });
}

const ways = (desk, now) => html`<fieldset class="field ways"><legend>What becomes of rows</legend><div class="radios">${Object.entries(WAYS).map(([way, [label,
  help]]) => html`<label class="tick"><input type="radio" name="import.way" value=${way} .checked=${way === now} ?disabled=${!may("admin")}
    @change=${() => choose(desk, way)}><span>${label}<span class="help">${help}</span></span></label>`)}</div>${errorOf(desk, "import")}</fieldset>`;

function outlet(desk, key, shape, value, path) {
  const mapping = field(desk, "mapping", shape.properties.mapping, value?.mapping, [...path, "mapping"],
    { help: "NAME={column}, one per line; if empty, all that is known is told." });
  return html`<details class="more" ?open=${Boolean(value) || desk.within(idOf(path)) > 0}><summary>${OUTLETS[key]}</summary>${plugin(desk, "sinks",
    value?.sink, [...path, "sink"], { label: "Told to" })}<div class="grid2">${mapping}</div></details>`;
}

function reconcile(desk, shape, value) {
  const path = [...PATH, "reconcile"], { items, matched, unmatched, ...rules } = shape.properties;
  const of = (key) => outlet(desk, key, flat(shape.properties[key], desk.defs), value[key], [...path, key]);
  const over = Object.fromEntries(Object.keys(rules).map((key) => [key, { cls: "", ...(RULES[key] ? { label: RULES[key] } : {}) }]));
  return html`${plugin(desk, "items", value.items, [...path, "items"], { label: "Open items from" })}${more(desk, "How payments are matched",
    Object.keys(rules).map((key) => [...path, key]), fields(desk, { properties: rules }, value, path, { over }),
      Object.keys(rules).some((key) => value[key] !== undefined))}${of("matched")}${of("unmatched")}`;
}

/** `shape`: the settings of an import. */
export function outcome(desk, shape) {
  const form = desk.form.import ?? {}, way = form.reconcile === undefined ? "sink" : "reconcile";
  return html`${ways(desk, way)}<div class="way">${way === "sink" ? plugin(desk, "sinks", form.sink, [...PATH, "sink"], { label: "Rows go to" })
    : reconcile(desk, flat(shape.reconcile, desk.defs), form.reconcile ?? {})}</div>`;
}
