// One control for each kind of value. Each gets {id, key, schema, value, set, desk, tied}; `tied` ties help and error to it.
import { html, nothing } from "lit";
import { ifDefined } from "lit/directives/if-defined.js";
import { live } from "lit/directives/live.js";
import { may } from "../core/session.js";
import { button } from "../parts/button.js";
import { MONO, choicesOf, labelOf, unitOf } from "./labels.js";
import { isMask } from "./value.js";

/** Forms that change the workspace are for admins; others say whom they need. */
const isOff = ({ desk }) => !may(desk?.needs ?? "admin");

const shown = (value, schema) => (value === undefined || value === null ? (schema.default ?? "") : value);

const isText = (text) => (text === "" ? undefined : text);

function numberOf(text) {
  const trimmed = text.trim();
  return trimmed === "" ? undefined : /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : text;
}

const common = ({ id, key, tied, invalid, desk }, mono) =>
  ({ id, name: id, cls: `input ${mono ?? MONO.has(key) ? "mono" : ""}`, tied, invalid, off: isOff({ desk }) });

function input({ id, name, cls, tied, invalid, off }, value, set, { mode, hint, list, required, type = "text" } = {}) {
  return html`<input class=${cls} type=${type} id=${id} name=${name} .value=${live(String(value))} inputmode=${ifDefined(mode)}
    placeholder=${ifDefined(hint)} list=${ifDefined(list)} spellcheck="false" autocomplete="off" autocapitalize="off"
    aria-describedby=${tied || nothing} aria-invalid=${invalid ? "true" : nothing} aria-required=${required ? "true" : nothing}
      ?readonly=${off} @input=${(event) => set(event.target.value)}>`;
}

export function text(one) {
  const { schema, value, set, key, desk, hint } = one;
  const parse = schema.format && schema.format !== "path" ? numberOf : isText;
  const examples = schema.examples?.length ? `such as ${schema.examples.join(", ")}` : undefined;
  const field = input(common(one), value ?? (hint ? "" : schema.default) ?? "", (typed) => set(parse(typed)),
    { hint: hint ?? examples, required: one.required });
  if (schema.format !== "path" || !desk.browse) return field;
  return html`<span class="with">${field}${button({ label: "Browse", icon: "folder", name: `Browse for ${labelOf(key)}`, needs: "admin",
    on: () => desk.browse(one) })}</span>`;
}

/** A day, as the browser asks for one. */
export const date = (one) => input(common(one, false), one.value ?? one.schema.default ?? "", (typed) => one.set(isText(typed)),
  { type: "date", required: one.required });

export function number(one) {
  const { schema, value, set, key } = one, unit = unitOf(key, schema);
  const field = input(common(one, false), shown(value, schema), (typed) => set(numberOf(typed)),
    { mode: schema.type === "integer" ? "numeric" : "decimal", hint: one.hint, required: one.required });
  return unit ? html`<span class="unit">${field}<span aria-hidden="true">${unit}</span></span>` : field;
}

export function tick(one) {
  const { id, value, schema, set, label, help, tied } = one;
  return html`<label class="tick"><input type="checkbox" id=${id} name=${id} .checked=${live(Boolean(value ?? schema.default))}
    aria-describedby=${tied || nothing} ?disabled=${isOff(one)} @change=${(event) => set(event.target.checked)}><span>${label}${help
      ? html`<span class="help" id="${id}-h">${help}</span>` : ""}</span></label>`;
}

export function choice(one) {
  const { id, schema, value, set, key, tied, invalid } = one, told = schema.titles ?? choicesOf(key), now = String(shown(value, schema));
  const options = [...(schema.default === null ? [""] : []), ...schema.enum.map(String)];
  const offers = options.includes(now) || now === "" ? options : [now, ...options];
  const pick = (word) => set(word === "" && schema.default === null ? undefined : word);
  if (offers.length <= 4 && offers.every((word) => told[word]?.[1])) {
    return html`<div class="radios" role="radiogroup"
      aria-labelledby="${id}-l">${offers.map((word) =>
        html`<label class="tick"><input type="radio" name=${id} id="${id}-${word}" .checked=${live(word === now)} ?disabled=${isOff(one)}
          @change=${() => pick(word)}>
      <span>${told[word][0]}<span class="help">${told[word][1]}</span></span></label>`)}</div>`;
  }
  return html`<span class="select"><select id=${id} name=${id} aria-describedby=${tied || nothing}
    aria-invalid=${invalid ? "true" : nothing} ?disabled=${isOff(one)} @change=${(event) => pick(event.target.value)}>
    ${offers.includes(now) ? "" : html`<option value="" selected>–</option>`}${offers.map((word) =>
      html`<option value=${word} ?selected=${word === now}>${told[word]?.[0] ?? (word || "none")}</option>`)}</select></span>`;
}

/** Never a value: `sealed`, or a reference, and a button to type another one. */
export function secret(one) {
  const { value, set, desk, id, key, tied, invalid } = one, old = desk.original(one.path);
  if (isMask(value)) {
    return html`<span class="with"><input class="input" id=${id} name=${id} value="sealed" readonly aria-describedby=${tied || nothing}>
      ${button({ label: "Replace", icon: "key", name: `Replace ${labelOf(key)}`, needs: "admin",
        on: () => { set(undefined); desk.focus(id); } })}</span>`;
  }
  const isReference = /^(\$\{|file:|keyring:)/.test(value ?? "");
  return html`<span class="with"><input class="input ${isReference ? "mono" : ""}" id=${id} name=${id}
    type=${isReference || !value ? "text" : "password"} .value=${live(value ?? "")} autocomplete="off" spellcheck="false"
      autocapitalize="off" placeholder=${old && isMask(old) ? "Type the new one" : ""}
    aria-describedby=${tied || nothing} aria-invalid=${invalid ? "true" : nothing} ?readonly=${isOff(one)}
      @input=${(event) => set(isText(event.target.value))}>${isMask(old) ? button({ label: "Keep the old one", on: () => set(old) })
        : ""}</span>`;
}

/** One per line. */
export function lines(one) {
  const { id, value, schema, set, tied, invalid } = one;
  const list = Array.isArray(value) ? value : value ? [value] : (schema.default ?? []),
    typed = (text) => text.replace(/\n+$/, "").split("\n");
  const write = (items) => set(items.length && (items.length > 1 || items[0] !== "") ? items : schema.default?.length ? [] : undefined);
  return html`<textarea class="area mono" id=${id} name=${id} rows=${Math.min(6, Math.max(2, list.length))} spellcheck="false"
    aria-describedby=${tied || nothing} aria-invalid=${invalid ? "true" : nothing} ?readonly=${isOff(one)}
    .value=${list.join("\n")} @input=${(event) => write(typed(event.target.value))}
      @change=${(event) => write(typed(event.target.value).map((word) => word.trim()).filter(Boolean))}></textarea>`;
}

const shownAs = (word) => (typeof word === "string" ? word : JSON.stringify(word));

/** What is no text stays what it is: a number, a list. Where more than text may stand, a new one can be typed as JSON. */
function typed(text, before, mayBeMore) {
  if (before !== undefined && shownAs(before) === text) return before;
  try {
    return mayBeMore && /^[[{\d-]|^(true|false|null)$/.test(text) && !/^\{\w/.test(text) ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}

/** `NAME=value`, one per line. */
export function pairs(one) {
  const { id, value, set, tied, schema } = one, mayBeMore = schema.additionalProperties?.type !== "string";
  const parse = (text) => Object.fromEntries(text.split("\n").filter((line) => line.trim()).map((line) => {
    const [name, ...rest] = line.split("="), key = name.trim();
    return [key, typed(rest.join("="), value?.[key], mayBeMore)];
  }));
  return html`<textarea class="area mono" id=${id} name=${id} rows="3" spellcheck="false" placeholder="NAME=value"
    aria-describedby=${tied || nothing} ?readonly=${isOff(one)}
    .value=${Object.entries(value ?? {}).map(([name, word]) => `${name}=${shownAs(word)}`).join("\n")}
      @change=${(event) => { const made = parse(event.target.value); set(Object.keys(made).length ? made : undefined); }}></textarea>`;
}

/** A shape without a control of its own: as JSON, which is YAML too. */
export function other(one) {
  const { id, value, set, tied } = one;
  const read = (event) => { try { set(event.target.value.trim()
    ? JSON.parse(event.target.value) : undefined); } catch { set(event.target.value); } };
  return html`<textarea class="area mono" id=${id} name=${id} rows="3" spellcheck="false" aria-describedby=${tied || nothing}
    ?readonly=${isOff(one)} .value=${value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)}
      @change=${read}></textarea>`;
}
