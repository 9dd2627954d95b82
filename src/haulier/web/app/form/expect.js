// What must have arrived by when: one row for each expectation, with what is rarely needed folded below it.
import { html } from "lit";
import { may } from "../core/session.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { errorOf, field, more } from "./fields.js";
import { resolved } from "./schema.js";
import { idOf } from "./value.js";

const FRESH = { by: "06:30" }, RARE = ["holidays", "warn", "since"];

const listOf = (value) => (Array.isArray(value) ? value : value ? [value] : []);

/** Days as one text; typed text is a list where it has commas. */
const days = { said: (value) => (Array.isArray(value) ? value.join(", ") : value),
  read: (text) => (typeof text === "string" && text.includes(",") ? text.split(",").map((one) => one.trim()).filter(Boolean) : text) };

export function expectations(desk, value) {
  const list = listOf(value), shape = resolved({ $ref: "#/$defs/ExpectForm" }, desk.defs).properties;
  const set = (now) => { desk.edit(["expect"], now.length ? now : undefined); desk.touch("expect"); };
  const row = (one, at) => {
    const edit = (path, now, schema) => {
      const { [path.at(-1)]: _, ...rest } = one;
      const isSet = now !== undefined && JSON.stringify(now) !== JSON.stringify(schema?.default);
      set(list.with(at, isSet ? { ...rest, [path.at(-1)]: path.at(-1) === "days" ? days.read(now) : now } : rest));
    };
    const part = (key, over) => field({ ...desk, edit }, key, shape[key], key === "days" ? days.said(one[key]) : one[key],
      ["expect", at, key], { required: key === "by", ...over });
    const id = idOf(["expect", at]);
    return html`<li class="expectation"><fieldset class="field"><legend class="sr">Expectation ${at + 1}</legend><div
      class="grid2">${part("files", { label: "Files like" })}${part("count", { label: "At least", help: "So many files." })}
      ${part("by", { help: "HH:MM, in the job's time zone." })}${part("days", { schema: { anyOf: undefined, type: "string" } })}</div>
      ${more(desk, "Warning, window and holidays", RARE.map((key) => ["expect", at, key]), RARE.map((key) => part(key, { hint: { warn: "30m" }[key],
        ...(key === "warn" ? { schema: { default: undefined } } : {}) })), RARE.some((key) => one[key] !== undefined))}
      ${errorOf(desk, id)}</fieldset>${button({ label: `Remove expectation ${at + 1}`, icon: "x", bare: true, cls: "quiet sm",
        needs: "admin", on: () => set(list.toSpliced(at, 1)) })}</li>`;
  };
  return html`${list.length ? html`<ol class="expectations" aria-label="What is expected">${list.map(row)}</ol>`
    : html`<p class="small muted none-yet">Nothing is expected: nobody is told when files do not come.</p>`}${errorOf(desk, "expect")}
    <div class="row wrap try"><button class="btn sm" type="button" id="expect" name="expect" aria-disabled=${may("admin") ? "false" : "true"}
      @click=${() => may("admin") && set([...list, FRESH])}>${icon("plus")}Expect files</button></div>`;
}
