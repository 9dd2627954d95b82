// Icons from the sprite in index.html, and a state as icon and word.
import { html } from "lit";

/** Decoration only: what it means is said in words beside it. */
export const icon = (name, spins = false) =>
  html`<svg class="icon ${spins ? "spin" : ""}" aria-hidden="true"><use href="#i-${name}"></use></svg>`;

/** A state in a dense place; `about` comes from states.js. */
export const state = (about, word = about.word) =>
  html`<span class="state ${about.tone ? `is-${about.tone}` : ""}">${icon(about.icon, about.spins)}${word}</span>`;

export const chip = (about, word = about.word) =>
  html`<span class="chip is-${about.tone || "idle"}">${icon(about.icon, about.spins)}${word}</span>`;

const LONG = 28;

/** A place without what one can do without: `sftp://me@host:22/in` is `host/in`, a long path loses its middle. */
export function place(location, most = LONG) {
  const short = String(location ?? "").replace(/^[a-z0-9]+:\/\/(?:[^@/]*@)?/i, "").replace(/:22(?=\/|$)/, "").replace(/(.)\/$/, "$1");
  const isLocal = short.startsWith("/"), [head, ...rest] = short.split("/");
  while (rest.length > 1 && [head, "…", ...rest].join("/").length > most) rest.shift();
  return short.length <= most ? short : [isLocal ? "" : head, "…", ...rest].filter(Boolean).join("/");
}

/** A place where there is little room: its end is what tells it apart, so the beginning goes. */
const end = (location, most) => html`<span class="clip tail" title=${location}><bdi>${place(location, most)}</bdi></span>`;

/** From here to there; `most`: letters of each that there is room for. */
export const route = (from, to, small = false, most = LONG) => (!from && !to ? html`<span class="muted">–</span>`
  : html`<span class="route ${small ? "tiny muted" : ""}">${end(from, most)}${icon("arrow")}${end(to, most)}</span>`);
