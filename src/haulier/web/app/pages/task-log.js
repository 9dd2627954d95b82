// All that a try printed, a part at a time: however long it is, the page stays light.
import { Element, define, html } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Load } from "../core/load.js";
import { BASE, keep } from "../core/router.js";
import { count, size } from "../core/words.js";
import { printed } from "../flows/told.js";
import { button } from "../parts/button.js";
import { bones, empty, head } from "../parts/page.js";

const PART = 131_072;

export class TaskLog extends Element {
  static properties = { route: { attribute: false } };

  constructor() {
    super();
    this.load = new Load(this, (signal) => get(`/runs/${this.run}/tasks/${part(this.key)}/output`, { attempt: this.attempt, after: this.after,
      limit: PART }, signal));
  }

  get run() {
    return this.route.params.id;
  }

  get key() {
    return this.route.params.key;
  }

  get attempt() {
    return this.route.query.get("attempt") ?? "";
  }

  get after() {
    return this.route.query.get("after") ?? -PART;
  }

  willUpdate() {
    const of = `${this.run} ${this.key} ${this.attempt} ${this.after}`;
    if (of === this.of) return;
    this.of = of;
    this.load.again();
  }

  render() {
    const title = `Output of ${this.key}`, to = `${BASE}/runs/${this.run}`;
    return this.load.shown({ ready: (found) => html`${head(title, html`<a href="${to}?task=${part(this.key)}">Run ${count(this.run)}</a>${this.attempt
      ? `, try ${this.attempt}` : ""}`, button({ label: "Read again", icon: "retry", on: () => this.load.again() }))}${this.card(found)}`,
    bones: () => html`${head(title)}<section class="card">${bones(8)}</section>`, what: "The output", title });
  }

  card({ text, after, next, size: whole }) {
    const turn = (label, image, to, off) => button({ label, icon: image, cls: "sm", off, on: () => keep({ after: to }) });
    const isFirst = after <= 0 ? "This is the beginning" : "", isLast = next >= whole ? "This is the end, as far as it is printed" : "";
    if (!whole) return html`<section class="card">${empty("script", "Nothing was printed", "What the program writes shows here.")}</section>`;
    return html`<section class="card" aria-label="Output"><h2 class="sr">Output</h2><div class="tools log-tools"><div class="row wrap apart"><span
      class="small muted">bytes ${count(after)} to ${count(next)} of ${count(whole)} (${size(whole)})</span><span class="row wrap">${turn("First",
        "left", 0, isFirst)}${turn("Earlier", "up", Math.max(0, after - PART), isFirst)}${turn("Later", "down", next, isLast)}${turn("Last",
          "right", -PART, isLast)}</span></div></div>
      <div class="code wrap whole-log" tabindex="0" role="region" aria-label="Text of the output">${printed(text).replace(/\n$/, "")
        .split("\n").map((line) => html`<span>${line || "\u00a0"}</span>`)}</div></section>`;
  }
}

define("hl-task-log", TaskLog);
