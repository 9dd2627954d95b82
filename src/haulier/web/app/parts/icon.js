// Icons from the sprite in index.html, and a state as icon and word.
import { html } from "lit";
import { called } from "../core/places.js";

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
  const cut = [isLocal ? "" : head, "…", ...rest].filter(Boolean).join("/");
  return short.length <= most || cut.length >= short.length ? short : cut;
}

/** An address that breaks after its slashes, where it is longer than the line. */
export const broken = (location) => String(location ?? "").split(/(?<=[/@])(?!\/)/).map((piece) => html`${piece}<wbr>`);

/** A place where there is little room: its end is what tells it apart, so the beginning goes. */
const end = (location, most) => html`<span class="clip tail" title=${location}><bdi>${place(called(location), most)}</bdi></span>`;

/** From here to there; `most`: letters of each that there is room for, and a short one leaves the other more. */
export function route(from, to, small = false, most = LONG) {
  if (!from && !to) return html`<span class="muted">–</span>`;
  const isShort = place(called(from)).length + place(called(to)).length <= 2 * most, room = isShort ? LONG : most;
  return html`<span class="route ${small ? "tiny muted" : ""}">${end(from, room)}${icon("arrow")}${end(to, room)}</span>`;
}
