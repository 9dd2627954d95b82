// The files that were taken in, newest first: how many rows came to what, and what waits for a person.
import { Element, define, html, nothing } from "../core/element.js";
import { get } from "../core/api.js";
import { Follow, atLast } from "../core/events.js";
import { BASE, go, keep } from "../core/router.js";
import { count, counted } from "../core/words.js";
import { waiting } from "../core/waiting.js";
import { columns } from "../imports/columns.js";
import { importers } from "../imports/flows.js";
import { importHref } from "../imports/words.js";
import { button, link } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { empty, filter, head } from "../parts/page.js";
import "../parts/table.js";

const QUIET = 1500;
const TABS = [["", "All"], ["reading", "Reading"], ["done", "Done"], ["failed", "Failed"], ["refused", "Refused"], ["duplicate", "Seen before"]];
const HOW = "An import reads the rows of files, checks them, and gives them to another system. It is a job, or a task of a flow.";

const create = (cls = "") => link({ label: "New import", icon: "plus", href: `${BASE}/new-job?kind=import`, needs: "admin", cls });

export class Imports extends Element {
  static properties = { route: { attribute: false }, flows: { state: true } };

  constructor() {
    super();
    Object.assign(this, { flows: [], cursors: new Map([[0, 0]]) });
    const again = atLast(() => this.table?.refresh(), QUIET);
    new Follow(this, { event: ({ kind }) => /^(import|run)\./.test(kind) && again(), reload: again });
    this.changed = () => this.requestUpdate();
    importers().then((flows) => { this.flows = [...new Set([...flows, ...this.flows])].sort(); }, () => {});
  }

  connectedCallback() {
    super.connectedCallback();
    waiting.addEventListener("change", this.changed);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    waiting.removeEventListener("change", this.changed);
  }

  get table() {
    return this.querySelector("hl-table");
  }

  /** Pages are told by the last id of the one before; the address has it, so that a page can be opened again. */
  async ask({ offset, limit, flow, state, run }, signal) {
    const before = this.cursors.get(offset) ?? Number(this.route.query.get("before") ?? 0);
    const page = await get("/imports", { flow, state, run, before: before || "", limit }, signal);
    if (page.next) this.cursors.set(offset + limit, page.next);
    this.flows = [...new Set([...this.flows, ...page.items.map((one) => one.flow)])].sort();
    return page;
  }

  turn({ offset }) {
    const before = this.cursors.get(offset);
    return keep(before === undefined ? { page: "", before: "" } : { page: offset || "", before: before || "" });
  }

  pick(what) {
    this.cursors = new Map([[0, 0]]);
    return keep({ page: "", before: "", ...what });
  }

  none(narrowed) {
    if (narrowed) return empty("filter", "No import matches", "No file of this flow came to this.",
      button({ label: "Clear filters", cls: "sm", on: () => go(`${BASE}/imports`) }));
    return empty("imports", "No file was taken in yet", HOW, create("sm"));
  }

  actions() {
    const review = waiting.value?.review;
    return html`${create()}<a class="btn"
      href="${BASE}/imports/review">${icon("check")}${review ? `Review ${counted(review, "payment")}` : "Review payments"}</a>`;
  }

  render() {
    const { query } = this.route, value = (name) => query.get(name) ?? "", pick = (what) => this.pick(what);
    const asked = { flow: value("flow"), state: value("state"), run: value("run") }, open = waiting.value?.open;
    const flows = [...new Set([...this.flows, ...(asked.flow ? [asked.flow] : [])])];
    return html`${head("Imports", open ? `${counted(open, "rejected row")} to put right` : "Files that were taken in, row by row", this.actions())}
      <section class="card" aria-label="Imports"><h2 class="sr">Imports</h2>
      <div class="tools"><nav class="tabs" aria-label="State">${TABS.map(([state, label]) => html`<button type="button"
          aria-current=${state === asked.state ? "true" : nothing} @click=${() => pick({ state })}>${label}</button>`)}</nav>
        <div class="filters">${filter("Flow", [["", "Every flow"], ...flows.map((one) => [one, one])], asked.flow, (flow) => pick({ flow }),
          "narrow")}${asked.run ? button({ label: `Of run ${count(asked.run)}`, icon: "x", name: `Of run ${asked.run}: show all`,
            on: () => pick({ run: "" }) }) : ""}</div></div>
      <hl-table label="Imports" noun="import" cls="rows2 imports" .columns=${columns()} .ask=${(what, signal) => this.ask(what, signal)}
        .values=${asked} .sort=${""} .offset=${Number(value("page"))} .none=${() => this.none(asked.flow || asked.state || asked.run)}
        @table-open=${({ detail }) => go(importHref(detail.id))} @table-turn=${({ detail }) => this.turn(detail)}></hl-table></section>`;
  }
}

define("hl-imports", Imports);
