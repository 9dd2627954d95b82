// What a flow is, and what a run of it can be told.
import { html } from "lit";
import { count, counted, span } from "../core/words.js";
import { cardHead } from "../parts/page.js";
import { tags } from "../jobs/shown.js";

const kindOf = ({ type, format, enum: choices, items }) => ((choices ?? items?.enum) ? `one of ${(choices ?? items.enum).join(", ")}`
  : { string: format === "date" ? "a date" : "text", integer: "a whole number", number: "a number", boolean: "yes or no", array: "a list",
    object: "a mapping" }[type] ?? "anything");

const known = (value) => (typeof value === "boolean" ? (value ? "yes" : "no") : Array.isArray(value) ? value.map(known).join(", ") || "nothing"
  : typeof value === "string" ? value : JSON.stringify(value));

export const facts = ({ flow, nodes }) => html`<section class="card" aria-labelledby="h-facts">${cardHead("h-facts", "Details")}<div
  class="body"><dl class="facts">${flow.description ? html`<dt>What</dt><dd>${flow.description}</dd>` : ""}<dt>Tasks</dt><dd>${count(
    flow.tasks)}${flow.types.length
    ? `: ${flow.types.join(", ")}` : ""}</dd>${flow.version ? html`<dt>Version</dt><dd>${flow.version}</dd>` : ""}${nodes.some(({ timeout }) => timeout)
      ? html`<dt>Longest try</dt><dd>${span(Math.max(...nodes.map(({ timeout }) => timeout ?? 0)))}</dd>` : ""}<dt>Written in</dt><dd
        class="mono wraps">${flow.file}</dd></dl>${flow.tags.length ? html`<p class="row wrap tagline">${tags(flow.tags)}</p>` : ""}</div></section>`;

export function parameters({ params }) {
  const all = Object.entries(params.properties ?? {}), order = params["x-order"] ?? [];
  all.sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
  if (!all.length) return "";
  return html`<section class="card" aria-labelledby="h-params">${cardHead("h-params", "Parameters", counted(all.length, "parameter"))}<div
    class="body"><dl class="facts params">${all.map(([name, one]) => html`<dt class="mono">${name}</dt><dd>${one.description ?? kindOf(one)}<span
      class="block tiny muted">${[one.description ? kindOf(one) : "", params.required?.includes(name) ? "required" : one.default === undefined
        ? "optional" : `${known(one.default)} by default`].filter(Boolean).join("; ")}</span></dd>`)}</dl></div></section>`;
}
