// What the next run of a job would do, file by file. Nothing is moved.
import { Element, define, html, repeat } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Load } from "../core/load.js";
import { ofVerdict } from "../core/states.js";
import { count, counted, exact, size } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon, state } from "../parts/icon.js";
import { cardHead, empty, ghosts } from "../parts/page.js";

const WORDS = [["move", "to send", "ok"], ["skip", "skipped", ""], ["wait", "waiting", "warn"], ["fail", "refused", "bad"]];

const LOOKS = 100_000;       // files that the hub looks at for a plan

/** Why; the name is said already. */
const about = ({ reason, path }) => (reason?.startsWith(`${path}: `) ? reason.slice(path.length + 2) : reason) || "new";

export class Plan extends Element {
  static properties = { jobId: {}, limit: { type: Number }, lazy: { type: Boolean }, off: {}, only: { state: true } };

  constructor() {
    super();
    Object.assign(this, { limit: 200, only: "", off: "" });
    this.load = new Load(this, (signal) => get(`/jobs/${part(this.jobId)}/plan`, { limit: this.limit }, signal));
  }

  willUpdate(changes) {
    if (changes.has("jobId") && this.jobId) this.lazy ? this.load.value = undefined : this.load.again({ fresh: true });
  }

  /** Look, or look again. */
  preview() {
    return this.load.again();
  }

  render() {
    const asked = this.load.value || this.load.error || this.load.busy;
    const again = button({ label: asked ? "Preview again" : "Preview", icon: asked ? "retry" : "eye", cls: "sm push", busy: this.load.busy,
      off: this.off, on: () => this.preview() });
    return html`<section class="card" aria-labelledby="h-plan">${cardHead("h-plan", "Plan", "What the next run would do. Nothing is moved.",
      again)}
      ${asked ? this.load.shown({ ready: (plan) => this.list(plan), bones: () => ghosts(5), what: "The plan" })
        : html`<p class="inset muted small">${this.off
          || "Look at the source and see which files would be sent, and why others would not."}</p>`}</section>`;
  }

  list({ items, counts, bytes, is_whole: isWhole }) {
    if (!items.length) return empty("folder", "No file is there", "The source has no file that the job would take.");
    const rows = this.only ? items.filter((one) => one.verdict === this.only) : items;
    const total = Object.values(counts).reduce((sum, one) => sum + one, 0), rest = total - items.length;
    return html`<div class="tools"><div class="row wrap" role="group"
      aria-label="Only">${WORDS.map(([verdict, , tone]) => (counts[verdict]
        ? html`<button class="btn sm pill" type="button" aria-pressed=${this.only === verdict}
          @click=${() => { this.only = this.only === verdict ? "" : verdict; }}>
        <span class="state is-${tone || "idle"}">${icon(ofVerdict(verdict).icon)}${ofVerdict(verdict).word}</span><span
          class="count">${count(counts[verdict])}</span></button>` : ""))}</div></div>
      <div class="scroll" tabindex="0" role="region" aria-label="Files of the plan" aria-busy=${this.load.busy}><table
        class="table rows2 planned"><thead><tr><th scope="col">Decision</th><th scope="col">File</th><th class="num"
          scope="col">Size</th><th scope="col">Becomes</th><th scope="col">Why</th></tr></thead>
      <tbody>${repeat(rows, ({ path }) => path,
        (one) => html`<tr><td class="a-state">${state(ofVerdict(one.verdict))}</td><td class="a-main"><span class="clip mono"
          title="${one.path}, modified ${exact(one.modified)}">${one.path}</span></td><td class="num a-end">${size(one.size)}</td>
        <td class="need-2 w-to"><span class="clip mono ${one.target ? "" : "muted"}" title=${one.target || ""}>${one.target
          || "–"}</span></td><td class="a-sub"><span class="muted">${about(one)}</span></td></tr>`)}</tbody></table></div>
      <footer class="pager"><span>${isWhole || total < LOOKS ? "" : "So far: "}${counted(total,
        "file")}: ${WORDS.filter(([verdict]) => counts[verdict] || verdict === "move").map(([verdict, word]) =>
          `${count(counts[verdict] ?? 0)} ${word}${verdict === "move" && bytes ? ` (${size(bytes)})` : ""}`).join(", ")}${rest > 0
            ? `. ${count(items.length)} are shown, first those to send.` : ""}</span></footer>`;
  }
}

define("hl-plan", Plan);
