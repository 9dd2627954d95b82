// Files that come start the job: on or off, and how often to look. Written as short as it can be: true, or a mapping.
import { html } from "lit";
import { live } from "lit/directives/live.js";
import { may } from "../core/session.js";
import { errorOf, field } from "./fields.js";
import { resolved } from "./schema.js";

const mapping = (value) => (value && typeof value === "object" ? value : {});

export function coming(desk, value) {
  const isOn = Boolean(value), now = mapping(value), shape = resolved({ $ref: "#/$defs/ArrivalForm" }, desk.defs).properties;
  const set = (word) => { desk.edit(["arrival"], word); desk.touch("arrival"); };
  const edit = (path, one, schema) => {
    const { [path.at(-1)]: _, ...rest } = now;
    if (one !== undefined && one !== schema?.default) rest[path.at(-1)] = one;
    set(Object.keys(rest).length ? rest : true);
  };
  const part = (key, over) => field({ ...desk, edit }, key, shape[key], now[key], ["arrival", key], over);
  return html`<div class="field coming"><label class="tick"><input type="checkbox" id="arrival" name="arrival" .checked=${live(isOn)}
    ?disabled=${!may("admin")} aria-describedby="arrival-h" @change=${({ target }) => set(target.checked ? true : undefined)}><span>When files
      come<span class="help" id="arrival-h">A run starts as soon as the source holds something that it would move, and it is
        complete.</span></span></label>${errorOf(desk, "arrival")}</div>
  ${isOn ? html`<div class="grid2">${part("every", { label: "Look every", hint: "1m", schema: { default: undefined } })}${part("events",
    { label: "At once in local folders" })}</div>` : ""}`;
}
