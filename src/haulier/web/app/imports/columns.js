// The columns of a list of imports.
import { html } from "lit";
import { count, exact, moment, pieces, size } from "../core/words.js";
import { state } from "../parts/icon.js";
import { money } from "./money.js";
import { importHref, stateOf, waitsFor } from "./words.js";

const CURRENCIES = 2;

const nought = (number, tone = "") => (number ? html`<span class=${tone}>${count(number)}</span>` : html`<span class="muted">0</span>`);

function file(one) {
  const [folder, name] = pieces(one.name);
  return html`<a class="clip name" tabindex="-1" href=${importHref(one.id)} title=${one.name}>${name}</a><span class="path clip">${one.flow}${folder
    ? ` · ${folder}` : ""}</span>`;
}

const about = (one) => html`${state(stateOf(one))}<span class="path clip" title=${one.error || waitsFor(one)}>${one.error ? html`<span
  class=${one.state === "failed" || one.state === "refused" ? "is-bad" : ""}>${one.error}</span>` : waitsFor(one) || size(one.size)}</span>`;

/** Each currency of its own; of several the first ones. */
function sums(one) {
  const all = Object.entries(one.money), more = all.length - CURRENCIES;
  if (!all.length) return html`<span class="muted">–</span>`;
  return html`${all.slice(0, CURRENCIES).map(([currency, { total }]) => html`<span class="block">${money(total)} <span
    class="muted">${currency}</span></span>`)}${more > 0 ? html`<span class="path">and ${count(more)} more</span>` : ""}`;
}

export const columns = () => [
  { label: "File", cls: "a-main", cell: file },
  { label: "State", cls: "a-state w-imported", cell: about },
  { label: "Rows", num: true, cls: "need-0 a-sub", cell: (one) => html`${count(one.rows)}<span class="phone-word"> rows</span>` },
  { label: "Accepted", num: true, cls: "need-2", cell: (one) => nought(one.accepted) },
  { label: "Rejected", num: true, cls: "need-1", cell: (one) => nought(one.rejected, one.open_rejects ? "is-bad" : "") },
  { label: "Duplicates", num: true, cls: "need-3", cell: (one) => nought(one.duplicates) },
  { label: "Money in", num: true, cls: "need-1", cell: sums },
  { label: "Started", num: true, cls: "a-end", cell: (one) => html`<time datetime=${one.started}
    title=${exact(one.started)}>${moment(one.started)}</time>` },
];
