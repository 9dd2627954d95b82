// A form from a JSON Schema: label above, help below, the error between them and tied to the control.
import { html } from "lit";
import { icon } from "../parts/icon.js";
import { choice, date, lines, number, other, pairs, secret, text, tick } from "./controls.js";
import { FIRST, choicesOf, labelOf } from "./labels.js";
import { list } from "./list.js";
import { flat, kindOf, shapes } from "./schema.js";
import { idOf } from "./value.js";

const CONTROLS = { text, date, number, choice, tick, secret, lines, pairs, other };
const WIDE = new Set(["lines", "pairs", "other", "object"]);

/** The error of a field, if it is to be shown. */
export const errorOf = (desk, id) => {
  const found = desk.problem(id);
  return found ? html`<p class="err" id="${id}-e">${icon("bad")}<span>${[found.text, found.hint].filter(Boolean).join("; ")}</span></p>`
    : "";
};

/** Label, control, error, help. `more` stands beside the control. */
export function framed({ id, label, help = "", optional = false, control, desk, cls = "" }) {
  return html`<div class="field ${cls}"><label for=${id} id="${id}-l">${label}${optional ? html` <span class="opt">optional</span>`
    : ""}</label>${control}${errorOf(desk, id)}${help ? html`<p class="help" id="${id}-h">${help}</p>` : ""}</div>`;
}

/** What `aria-describedby` of a control names. */
export const tiedTo = (desk, id, help) => [desk.problem(id) ? `${id}-e` : "", help ? `${id}-h` : ""].filter(Boolean).join(" ");

/**
 * One field. `desk` is {defs, edit(path, value), problem(id), original(path), browse, focus}; `over` may change
 * label, help, hint (what an empty field means) or schema.
 */
export function field(desk, key, raw, value, path, { required = false, ...over } = {}) {
  const schema = { ...flat(raw, desk.defs), ...over.schema }, id = idOf(path);
  let kind = kindOf(schema);
  if (kind === "union") kind = unionKind(schema, value, desk.defs);
  if (kind === "list") return list(desk, key, schema, value, path, { help: tidy(schema.description), ...over });
  if (kind === "object") return group(desk, key, schema, value, path, over);
  const label = over.label ?? labelOf(key), help = over.help ?? tidy(schema.description);
  const one = { id, key, schema, value, path, desk, required, label, help, hint: over.hint, tied: tiedTo(desk, id, help),
    invalid: Boolean(desk.problem(id)), set: (now) => desk.edit(path, now, schema) };
  const control = (CONTROLS[kind] ?? other)(one);
  if (kind === "tick") return html`<div class="field">${control}${errorOf(desk, id)}</div>`;
  const isRadios = kind === "choice" && schema.enum.length <= 4 && schema.enum.every((word) => choicesOf(key)[word]?.[1]);
  if (isRadios) return html`<fieldset class="field ${over.cls ?? ""}"><legend
    id="${id}-l">${label}</legend>${control}${errorOf(desk, id)}</fieldset>`;
  return framed({ id, label, help, optional: !required && schema.default == null, control, desk,
    cls: `${over.cls ?? ""} ${WIDE.has(kind) && over.cls === undefined ? "span2" : ""}` });
}

/** A union is shown as the simplest of its shapes that fits what is written. */
function unionKind(schema, value, defs) {
  const kinds = shapes(schema, defs).map((one) => kindOf(flat(one, defs)));
  if (typeof value === "object" && value !== null) return "other";
  return ["text", "choice", "number"].find((kind) => kinds.includes(kind)) ?? "other";
}

const tidy = (description) => (description ?? "").replace(/\s+/g, " ").replaceAll("`", "");

/** The fields of an object; `only` names them in order, `skip` leaves some out. */
export function fields(desk, schema, value, path, { only, skip = [], over = {} } = {}) {
  const all = schema.properties ?? {}, keys = (only ?? Object.keys(all)).filter((key) => all[key] && !skip.includes(key)
    && all[key].const === undefined);
  return keys.map((key) => field(desk, key, all[key], value?.[key], [...path, key],
    { required: schema.required?.includes(key), ...over[key] }));
}

/** The fields that matter at once, and the rest inside "More settings". */
export function settings(desk, schema, value, path, { skip = [], over = {}, first: early = FIRST } = {}) {
  const keys = Object.keys(schema.properties ?? {}).filter((key) => !skip.includes(key) && schema.properties[key].const === undefined);
  const known = keys.some((key) => early.includes(key));
  const isFirst = (key) => early.includes(key) || schema.required?.includes(key) || (!known && !schema.properties[key].default);
  const first = keys.filter(isFirst).sort((one, other) => early.indexOf(one) - early.indexOf(other));
  const rest = keys.filter((key) => !first.includes(key));
  return html`<div class="grid2">${fields(desk, schema, value, path, { only: first, over })}</div>${more(desk, "More settings",
    rest.map((key) => [...path, key]), fields(desk, schema, value, path, { only: rest, over }),
      rest.some((key) => value?.[key] !== undefined))}`;
}

/** Rare fields, folded; open where something in them is written or wrong. */
export function more(desk, title, paths, inside, isUsed = false) {
  if (!inside?.length) return "";
  const wrong = paths.some((path) => desk.within(idOf(path)));
  return html`<details class="more" ?open=${wrong || isUsed}><summary>${icon("right")}${title}</summary><div
    class="grid2">${inside}</div></details>`;
}

/** An object inside an object: its title, its note, its fields. */
function group(desk, key, schema, value, path, { label }) {
  return html`<fieldset class="field span2 inner"><legend>${label ?? labelOf(key)}${schema.description
    ? html`<span class="opt">${tidy(schema.description)}</span>` : ""}</legend>
    <div class="grid2">${fields(desk, schema, value ?? {}, path)}</div>${errorOf(desk, idOf(path))}</fieldset>`;
}
