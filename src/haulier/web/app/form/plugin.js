// The settings of something that is chosen by its kind: a format, a place for rows, a source of open items.
import { html } from "lit";
import { may } from "../core/session.js";
import { errorOf, settings, tiedTo } from "./fields.js";
import { inside } from "./inside.js";
import { idOf } from "./value.js";

/** Shown at once; the others are inside "More settings". */
const FIRST = {
  parsers: ["record", "columns", "records", "layout", "sheet", "delimiter", "header", "encoding", "path", "strict", "currency"],
  sinks: ["url", "method", "table", "mode", "keys", "call", "per", "place", "format", "name", "auth"],
  items: ["url", "method", "table", "query", "call", "file", "place", "columns", "auth"],
};

/** A name alone is one with its defaults. */
export const read = (value) => (typeof value === "string" ? { kind: value, own: {} } : (({ type = "", ...own } = {}) => ({ kind: type, own }))(
  value ?? {}));

/** What csv calls so is something else than what it is for a bank's file. */
const OTHERWISE = "strict";
const shapeOf = ({ title, description, default: _, ...rest }) => JSON.stringify(rest);

/** The settings that another kind has too. */
function shared(own, before, after) {
  const was = before?.schema.properties ?? {}, now = after?.schema.properties ?? {};
  return Object.fromEntries(Object.entries(own).filter(([key]) => key !== OTHERWISE && was[key] && now[key] && shapeOf(was[key]) === shapeOf(now[key])));
}

/** `label`: what is chosen; `extra` stands beside the select. */
export function plugin(desk, group, value, path, { label, help = "", extra = "" }) {
  const kinds = desk.specs[group], { kind, own } = read(value), spec = kinds[kind], id = idOf(path);
  const write = (now) => desk.edit(path, Object.keys(now).length ? { type: kind, ...now } : kind);
  const choose = (name) => {
    const common = shared(own, spec, kinds[name]);
    desk.edit(path, name ? (Object.keys(common).length ? { type: name, ...common } : name) : undefined);
    desk.touch(`${id}.type`);
  };
  const wrong = [id, `${id}.type`].find((one) => desk.problem(one));
  const own_ = inside(desk, path, own, write, { defs: spec?.schema.$defs ?? {} });
  return html`<div class="grid2"><div class="field"><label for=${id} id="${id}-l">${label}</label><span class="select"><select id=${id} name="${id}.type"
      aria-invalid=${wrong ? "true" : "false"} aria-describedby=${wrong ? `${wrong}-e` : tiedTo(desk, id, help)} ?disabled=${!may("admin")}
      @change=${(event) => choose(event.target.value)}>${spec ? "" : html`<option value=${kind} selected>${kind ? `${kind} (not known here)`
        : "Choose one"}</option>`}${Object.entries(kinds).map(([name, { title }]) => html`<option value=${name} ?selected=${name === kind}>${title}</option>`)}
      </select></span>${wrong ? errorOf(desk, wrong) : ""}${help ? html`<p class="help" id="${id}-h">${help}</p>` : ""}</div>${extra}</div>
    ${spec ? html`<div class="plugged">${settings(own_, spec.schema, own, path, { skip: ["type"], first: FIRST[group] })}</div>` : ""}`;
}
