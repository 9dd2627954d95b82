// Several objects of one shape: a row of fields for each, one more at the end.
import { html } from "lit";
import { button } from "../parts/button.js";
import { errorOf, fields } from "./fields.js";
import { inside } from "./inside.js";
import { labelOf } from "./labels.js";
import { flat } from "./schema.js";
import { idOf } from "./value.js";

const singular = (key) => labelOf(key).replace(/s$/, "");

export function list(desk, key, schema, value, path, { label = labelOf(key), help = "" } = {}) {
  const rows = Array.isArray(value) ? value : [], shape = flat(schema.items, desk.defs), noun = singular(key), id = idOf(path);
  const set = (now) => { desk.edit(path, now.length ? now : undefined, schema); desk.touch?.(id); };
  const row = (one, at) => {
    const here = [...path, at], own = inside(desk, here, one, (now) => set(rows.with(at, now)));
    return html`<li class="listed"><fieldset class="field"><legend class="sr">${noun} ${at + 1}</legend><div
      class="gridn">${fields(own, shape, one, here)}</div>${errorOf(desk, idOf(here))}</fieldset>${button({ label: `Remove ${noun.toLowerCase()} ${at + 1}`,
        icon: "x", bare: true, cls: "quiet sm", needs: "admin", on: () => set(rows.toSpliced(at, 1)) })}</li>`;
  };
  return html`<fieldset class="field span2 inner"><legend>${label}${help ? html`<span class="opt">${help}</span>` : ""}</legend>${rows.length
    ? html`<ol class="listing">${rows.map(row)}</ol>` : ""}${errorOf(desk, id)}<div class="row">${button({ label: `Add ${noun.toLowerCase()}`,
      icon: "plus", cls: "sm", needs: "admin", on: () => set([...rows, {}]) })}</div></fieldset>`;
}
