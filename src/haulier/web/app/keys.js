// The keyboard: Ctrl K, single letters while no field has the focus, and the list of them.
import { html } from "lit";
import { hasKeys } from "./core/prefs.js";
import { BASE, go } from "./core/router.js";
import { open } from "./parts/dialog.js";

const GOES = { o: "/", j: `${BASE}/jobs`, f: `${BASE}/flows`, r: `${BASE}/runs`, t: `${BASE}/transfers`, i: `${BASE}/imports`, c: `${BASE}/connections`,
  l: `${BASE}/logs`, s: `${BASE}/settings` };
const PATIENCE = 1200;
let waits = 0;

const isWriting = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const isOpen = () => document.querySelector("dialog[open], [popover]:popover-open");

/** Hear every key. Pages take theirs from the same event, bubbling, before this does. */
export function listen() {
  addEventListener("keydown", heard);
}

async function heard(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return (await import("./palette.js")).openPalette();
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !hasKeys() || isWriting(event.target)
    || isOpen()) return undefined;
  if (Date.now() < waits) {
    waits = 0;
    if (GOES[event.key]) return event.preventDefault() ?? go(GOES[event.key]);
  }
  if (event.key === "g") waits = Date.now() + PATIENCE;
  else if (event.key === "?") showKeys();
  else if (event.key === "/") find(event);
  else if (event.key === "j" || event.key === "k") intoList(event);
  else pressed(event);
  return undefined;
}

function find(event) {
  const field = document.querySelector('main [aria-keyshortcuts="/"]');
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select?.();
}

/** From anywhere on the page; inside the list, the list hears them first. In a queue, they move right away. */
function intoList(event) {
  const list = document.querySelector("main hl-table, main hl-queue");
  if (!list?.rows.length) return;
  event.preventDefault();
  if (list.step) list.step(event.key === "j" ? 1 : -1);
  else list.focusRow();
}

/** A key that a button of the page claims with aria-keyshortcuts. */
function pressed(event) {
  const found = /^(.|Escape)$/u.test(event.key) && document.querySelector(`main .btn[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
  if (!found) return;
  event.preventDefault();
  found.click();
}

const KEYS = [["Ctrl K", "search pages, flows, jobs, files, actions"], ["/", "search field of the page"],
  ["g then o f j r t i c l s", "overview, flows, jobs, runs, transfers, imports, connections, logs, settings"],
  ["j k", "next and previous row, or payment to review"],
  ["← ↑ ↓ →", "along the lines of a graph, and in the grid of runs"],
  ["Enter", "open the row"], ["Space", "select the row"], ["Esc", "close"],
  ["r", "run, send again, or replay"], ["p", "pause or resume; park a payment"], ["a", "accept the match"], ["e", "edit the job"],
  ["Ctrl S", "save"], ["Ctrl Enter", "save and run"], ["?", "this list"]];

export const showKeys = () => open("Keyboard",
  ({ close }) => html`<div class="body"><dl
    class="facts keys">${KEYS.map(([key, does]) =>
      html`<dt>${key.split(" ").map((one) => (one === "then" ? " then " : html`<kbd>${one}</kbd> `))}</dt><dd>${does}</dd>`)}</dl>
  <p class="tiny muted">Single letters are off while a field has the focus, and can be switched off in the settings.</p></div>
  <footer><button class="btn" type="button" autofocus @click=${() => close(true)}>Close</button></footer>`, { cls: "wide" });
