// What most pages begin and end with: heading, notices, empty places, bones.
import { html } from "lit";
import { icon } from "./icon.js";

const LONG = 20;

/** A long name breaks where one would break it by hand. */
const breaking = (title) => (typeof title === "string" && title.length > LONG ? title.split(/(?<=[_.\-/])/).map((piece) => html`${piece}<wbr>`) : title);

/** The heading of a page: its name, one line, its buttons. */
export const head = (title, note = "", actions = "") => html`<div class="head"><div class="grow"><h1 tabindex="-1">${breaking(title)}</h1>${note
  ? html`<p>${note}</p>` : ""}</div>
  ${actions ? html`<div class="actions">${actions}</div>` : ""}</div>`;

export const notice = (tone, image, title, text = "", action = "") =>
  html`<div class="notice is-${tone}" role=${tone === "bad" ? "alert" : "note"}>${icon(image)}
  <div><strong>${title}</strong>${text ? html`<p>${text}</p>` : ""}</div>${action}</div>`;

/** Nothing here: what would be, in a sentence, and one thing to do. */
export const empty = (image, title, text, action = "") => html`<div class="empty">${icon(image)}<h3>${title}</h3><p>${text}</p>${action
  ? html`<div class="row">${action}</div>` : ""}</div>`;

/** As tall as what comes. */
export const ghosts = (rows = 8) =>
  html`<ul class="ghosts" aria-hidden="true">${Array.from({ length: rows },
    (_, at) => html`<li><span class="bone w40"></span><span class="bone ${["w80", "w60", "w40"][at % 3]}"></span></li>`)}</ul>`;

export const bones = (lines = 5) =>
  html`<div class="body stack" aria-hidden="true">${Array.from({ length: lines },
    (_, at) => html`<span class="bone ${["", "w80", "w60", "w40"][at % 4]}"></span>`)}</div>`;

/** The heading of a card. */
export const cardHead = (id, title, note = "", more = "") =>
  html`<header><h2 id=${id}>${title}</h2>${note ? html`<p>${note}</p>` : ""}${more}</header>`;

/** A segmented control: `choices` are [value, label]. */
export const segments = (label, choices, value, pick, cls = "") => html`<div class="seg ${cls}" role="group" aria-label=${label}>
  ${choices.map(([one, word]) => html`<button type="button" aria-pressed=${one === value}
    @click=${() => pick(one)}>${word}</button>`)}</div>`;

/** A named value in a select that filters. */
export const filter = (label, choices, value, pick, cls = "") => html`<label class="select ${cls}"><span class="sr">${label}</span>
  <select @change=${(event) => pick(event.target.value)}>${choices.map(([one, word]) =>
    html`<option value=${one} ?selected=${one === value}>${word}</option>`)}</select></label>`;
