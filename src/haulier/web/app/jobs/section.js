// One section of the form of a job: its card, and how many mistakes are in it.
import { html } from "lit";
import { counted } from "../core/words.js";
import { icon } from "../parts/icon.js";

const isIn = (one, key) => key === one || key.startsWith(`${one}.`) || key.startsWith(`${one}[`);

/** The section that holds a key, by `sections`: those further up come first. */
export const sectionOf = (sections) => (key) => Object.entries(sections).find(([, keys]) => keys.some((one) => isIn(one, key)))?.[0] ?? "more";

/** `keys` are those that it holds; of `only` just what is said of the key itself counts. */
export function section(desk, id, title, note, body, { keys = [], only = "" }) {
  const wrong = keys.reduce((sum, key) => sum + desk.within(key), only && desk.problem(only) ? 1 : 0);
  return html`<section class="card sec" id="sec-${id}" aria-labelledby="h-${id}"><header><h2 id="h-${id}">${title}</h2><p>${note}</p>${wrong
    ? html`<span class="push state is-bad">${icon("bad")}${counted(wrong, "problem")}</span>` : ""}</header><div
      class="body">${body}</div></section>`;
}
