// What the next run of an import would do with the files that are there now. Nothing is taken.
import { Element, define, html } from "../core/element.js";
import { get } from "../core/api.js";
import { Load } from "../core/load.js";
import { ofMatch } from "../core/states.js";
import { count, counted, sentence, size } from "../core/words.js";
import { button } from "../parts/button.js";
import { state } from "../parts/icon.js";
import { cardHead, empty, ghosts } from "../parts/page.js";
import { isNought, money } from "./money.js";
import { totals } from "./report.js";

const WOULD = { move: { word: "Would be taken", tone: "ok", icon: "ok" }, wait: { word: "Waits", tone: "warn", icon: "waiting" },
  fail: { word: "Would be refused", tone: "bad", icon: "bad" } };
const UNREAD = { word: "Not read", tone: "idle", icon: "skipped" }, SOME = { word: "Would be taken in part", tone: "warn", icon: "warn" };
const ROWS = [["accepted", "good", "ok", "ok"], ["rejected", "rejected", "bad", "bad"], ["duplicates", "came before", "idle", "skipped"]];
const WHY = "Reads the files that are there now to their end, and tells which rows would be taken and which not. Nothing is changed.";

const stateOf = (file) => (file.verdict !== "move" ? WOULD[file.verdict] : !file.is_read ? UNREAD : file.rejected ? SOME : WOULD.move);

const cells = (reject) => reject.faults.map((fault, at) => html`<tr><td class="muted a-end nowrap">${at ? "" : reject.line ? html`line ${count(reject.line)}`
  : html`row ${count(reject.number)}`}</td><td class="mono">${fault.column || html`<span class="muted">–</span>`}</td><td><code
    class="clip">${fault.value}</code></td><td class="a-sub">${sentence(fault.reason)}</td></tr>`);

const rejects = ({ rejects: some, rejected, name }) => html`<div class="scroll" tabindex="0" role="region" aria-label="Rejects of ${name}, scrolls
  sideways"><table class="table tried" aria-label="Rejects of ${name}"><thead><tr><th scope="col">Where</th><th scope="col">Column</th><th
    scope="col">Value</th><th scope="col">Why not</th></tr></thead><tbody>${some.map(cells)}</tbody></table></div>${rejected > some.length
    ? html`<p class="tiny muted">These are the first ${count(some.length)} of ${count(rejected)}.</p>` : ""}`;

const PARTS = [["matched", "matched"], ["unmatched", "unmatched"], ["duplicates", "that came before"], ["ignored", "ignored"]];

const sum = ([currency, its]) => html`<p class="tally-line num">${money(its.total)} ${currency} = ${PARTS.filter(([key]) => !isNought(its[key])
  || key === "matched").map(([key, word], at) => html`${at ? " + " : ""}${money(its[key])} ${word}`)}</p>`;

function matching({ payments, states, money: sums }) {
  const told = Object.entries(states).map(([name, many]) => state(ofMatch(name), `${count(many)} ${ofMatch(name).word.toLowerCase()}`));
  return html`<p class="tally-line"><span>${counted(payments, "payment")}:</span>${told}</p>${Object.entries(sums).map(sum)}`;
}

const file = (one) => html`<li class="trial"><div class="trial-head"><span class="mono strong wraps">${one.name}</span><span
  class="tiny muted nowrap">${size(one.size)}</span>${state(stateOf(one))}</div>${one.reason ? html`<p class="small wraps ${one.verdict === "fail" ? "is-bad"
    : "muted"}">${sentence(one.reason)}</p>` : ""}${one.rows ? html`<p class="tally-line num"><span>${counted(one.rows, "row")}:</span>${ROWS.filter(([key]) =>
      one[key] || key === "accepted").map(([key, word, tone, image]) => state({ word: `${count(one[key])} ${word}`, tone, icon: image }))}</p>`
    : ""}${one.is_read ? html`${totals(one.report, `Totals of ${one.name}`)}${one.matching ? matching(one.matching) : ""}${one.rejects.length ? rejects(one)
      : ""}` : ""}</li>`;

export class Check extends Element {
  static properties = { flow: {}, off: {}, now: { type: Boolean } };

  constructor() {
    super();
    Object.assign(this, { flow: "", off: "" });
    this.load = new Load(this, (signal) => get("/imports/check", { flow: this.flow }, signal));
  }

  /** `now`: it looks by itself; else when it is asked to. */
  firstUpdated() {
    if (this.now) this.load.again();
  }

  render() {
    const asked = this.load.value || this.load.error || this.load.busy;
    const again = button({ label: asked ? "Check again" : "Check", icon: asked ? "retry" : "eye", cls: "sm push", busy: this.load.busy, off: this.off,
      on: () => this.load.again() });
    return html`<section class="card" aria-labelledby="h-plan" aria-busy=${this.load.busy}>${cardHead("h-plan", "Check",
      "What the next run would do. Nothing is taken.", again)}${asked && this.off
        ? html`<p class="inset muted small">${this.off}. Below is what came of what was saved.</p>` : ""}${asked
          ? this.load.shown({ ready: (found) => this.found(found), bones: () => ghosts(5),
        what: "The check" }) : html`<p class="inset muted small">${this.off || WHY}</p>`}</section>`;
  }

  found({ files, counts, is_whole: isWhole }) {
    const skipped = counts.skip ?? 0, all = Object.values(counts).reduce((sum, one) => sum + one, 0);
    if (!files.length) return empty("folder", "No new file is there", skipped ? `${counted(skipped, "file")} of the source ${skipped === 1 ? "is" : "are"} not
      taken: they came before, or are not asked for.` : "The source has no file that the import would take.");
    return html`<ul class="trials" aria-label="Files">${files.map(file)}</ul><footer class="pager"><span role="status">${counted(all, "file")}:
      ${[["move", "to take"], ["wait", "waiting"], ["fail", "refused"], ["skip", "left out"]].filter(([key]) => counts[key]).map(([key, word]) =>
        `${count(counts[key])} ${word}`).join(", ")}${isWhole ? "." : html`. The first ${count(files.length)} are shown.`}</span></footer>`;
  }
}

define("hl-check", Check);
