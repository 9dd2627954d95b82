// The tasks of a run as a list: state, tries, how long, and when in the run, as a bar.
import { Element, define, html, nothing } from "../core/element.js";
import { TASK_OVER, ofTask } from "../core/states.js";
import { clock, count, exact, lasted, local } from "../core/words.js";
import { empty } from "../parts/page.js";
import { icon, state } from "../parts/icon.js";
import { aboutOf, imageOf, secondsOf } from "./told.js";
import "../parts/table.js";

const TABS = { all: ["All", () => true], going: ["Going on", ({ state }) => ["running", "waiting"].includes(state)],
  failed: ["Failed", ({ state }) => state === "failed"], done: ["Done", ({ state }) => state === "done"],
  rest: ["Others", ({ state }) => ["queued", "skipped", "blocked", "cancelled"].includes(state)] };
const WIDE = 1000;

export class TaskList extends Element {
  static properties = { run: { attribute: false }, tasks: { attribute: false }, nodes: { attribute: false }, stamp: { type: Number },
    chosen: {}, href: { attribute: false }, tab: { state: true }, offset: { state: true } };

  constructor() {
    super();
    Object.assign(this, { tab: "all", offset: 0 });
  }

  get table() {
    return this.querySelector("hl-table");
  }

  get rows() {
    return this.tasks.items.map((row) => ({ ...row, id: row.key, name: row.key }));
  }

  updated(changes) {
    if (changes.has("stamp") && this.hasUpdated) this.renew();
  }

  /** New values in place; a list that has other rows now is made anew. */
  renew() {
    const shown = this.table?.rows, fit = this.rows.filter(TABS[this.tab][1]);
    if (!this.table?.load.value) return;
    const page = fit.slice(this.offset, this.offset + 50);
    if (shown.length !== page.length || shown.some(({ id }, at) => id !== page[at].id)) return this.table.again();
    this.table.load.value = { ...this.table.load.value, items: page };
    return this.table.requestUpdate();
  }

  async ask({ tab, limit, offset }) {
    const rows = this.rows.filter(TABS[tab][1]);
    return { items: rows.slice(offset, offset + limit), total: rows.length, limit, offset };
  }

  /** From the start of the run to its end, or to now. */
  get frame() {
    const start = Date.parse(this.run.started ?? this.run.created), ends = this.tasks.items.map(({ finished }) => Date.parse(finished) || 0);
    const end = Math.max(this.run.finished ? Date.parse(this.run.finished) : Date.now(), ...ends, start + 100);
    return [start, end];
  }

  columns() {
    const [start, end] = this.frame, types = new Map((this.nodes ?? []).map(({ id, type }) => [id, type]));
    return [
      { label: "Task", cls: "a-main", cell: (row) => name(row, types.get(row.task), this.href(row.key)) },
      { label: "State", cls: "a-state w-state", cell: (row) => state(aboutOf(row)) },
      { label: "Tries", cls: "need-2", num: true, cell: (row) => (row.tries ? count(row.tries) : html`<span class="muted">–</span>`) },
      { label: "Took", cls: "a-sub w-took", num: true, cell: (row) => lasted(secondsOf(row)) },
      { label: html`<span class="row apart axis"><span>${clock(new Date(start).toISOString())}</span><span>${lasted((end - start) / 1000)}</span></span>`,
        cls: "need-0 w-gantt", cell: (row) => bar(row, start, end) },
    ];
  }

  none() {
    return empty("flows", this.tab === "all" ? "No task yet" : "No task is in this state", "Tasks show here as soon as the run comes to them.");
  }

  render() {
    const many = (name) => this.tasks.items.filter(TABS[name][1]).length;
    return html`<section class="card" aria-labelledby="h-tasks"><header><h2 id="h-tasks">Tasks</h2><p>when each had its turn</p></header>
      <div class="tools"><nav class="tabs" aria-label="Which tasks">${Object.entries(TABS).map(([name, [label]]) => html`<button type="button"
        aria-current=${name === this.tab ? "true" : nothing} @click=${() => { this.tab = name; this.offset = 0; }}>${label} <span
          class="count ${name === "failed" && many(name) ? "is-bad" : ""}">${count(many(name))}</span></button>`)}</nav></div>
      <hl-table label="Tasks" noun="task" cls="rows2 tasks" .columns=${this.columns()} .ask=${(asked) => this.ask(asked)}
        .values=${{ tab: this.tab }} .sort=${"order"} .offset=${this.offset} .shown=${this.chosen} .none=${() => this.none()}
        @table-open=${({ detail }) => this.dispatchEvent(new CustomEvent("list-pick", { detail: detail.key }))}
        @table-turn=${({ detail }) => { this.offset = detail.offset; }}></hl-table></section>`;
  }
}

const name = (row, type, href) => html`<a class="name" tabindex="-1" href=${href} title=${row.key}>${icon(imageOf(type))}<span class="clip">${row.item
  ? `${row.task} ${row.item}` : row.task}</span></a><span class="path clip">${row.label || (row.error && ["failed", "blocked", "waiting"].includes(row.state)
    ? html`<span class=${row.state === "failed" ? "is-bad" : ""} title=${row.error}>${local(row.error)}</span>` : type ?? "")}</span>`;

/** Its tries until the last one in a light tone, the last one in full. */
function bar(row, start, end) {
  if (!row.since) return html`<span class="sr">not begun</span>`;
  const at = (time) => Math.max(0, Math.min(WIDE, (WIDE * (time - start)) / (end - start)));
  const over = TASK_OVER.includes(row.state), first = at(Date.parse(row.since)), last = at(Date.parse(row.started ?? row.since));
  const until = at(row.finished ? Date.parse(row.finished) : over ? Date.parse(row.started) : Date.now()), wide = Math.max(4, until - last);
  const said = `${row.key}: began ${clock(row.since)}${row.finished ? `, ended ${clock(row.finished)}` : ""}`;
  return html`<svg class="gantt is-${ofTask(row.state).tone}" viewBox="0 0 ${WIDE} 20" preserveAspectRatio="none" role="img"
    aria-label=${said}><title>${said} (${exact(row.since)})</title><rect class="early" x=${Math.min(first,
      WIDE - 4)} y="8" width=${Math.max(0, last - first)} height="4"></rect><rect x=${Math.min(last, WIDE - wide)} y="4" width=${wide}
        height="12" rx="2"></rect></svg>`;
}

define("hl-tasks", TaskList);
