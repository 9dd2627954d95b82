// Every run, newest first.
import { Element, define, html, nothing } from "../core/element.js";
import { get } from "../core/api.js";
import { Follow, seldom } from "../core/events.js";
import { BASE, go, keep } from "../core/router.js";
import { TRIGGERS } from "../core/states.js";
import { button } from "../parts/button.js";
import { empty, filter, head } from "../parts/page.js";
import { forAll } from "../runs/actions.js";
import { columns, oneRun } from "../runs/columns.js";
import "../parts/table.js";

const QUIET = 2000;
const TABS = [["", "All"], ["queued,running,waiting,paused", "Going on"], ["failed,crashed", "Failed"], ["done", "Done"],
  ["cancelled", "Cancelled"]];

export class Runs extends Element {
  static properties = { route: { attribute: false }, jobs: { state: true } };

  constructor() {
    super();
    this.jobs = [];
    const again = seldom(() => this.table?.refresh(), QUIET);
    new Follow(this, { event: again, reload: again,
      progress: ({ runs }) => this.table?.patch(Object.fromEntries(Object.entries(runs).map(([id, progress]) => [id, { progress }]))) });
    Promise.all([get("/flows"), get("/jobs")]).then(([flows, jobs]) => {
      this.jobs = [...new Set([...flows.items.map(({ name }) => name), ...jobs.items.map(({ id }) => id)])];
    }, () => {});
  }

  get table() {
    return this.querySelector("hl-table");
  }

  none(narrowed) {
    if (narrowed) return empty("filter", "No run matches", "No run has this name, state and beginning.",
      button({ label: "Clear filters", cls: "sm", on: () => go(`${BASE}/runs`) }));
    return empty("runs", "Nothing ran yet", "Run a flow or a job, or wait for a schedule.",
      html`<a class="btn sm" href="${BASE}/jobs">Open the jobs</a>`);
  }

  render() {
    const { query } = this.route, value = (name) => query.get(name) ?? "";
    const pick = (what) => keep({ page: "", ...what });
    return html`${head("Runs", "Each time a flow or a job did its work, and what came of it",
      ["resume", "pause"].map((verb) => forAll(verb, () => this.table.again())))}
      <section class="card" aria-label="Runs"><h2 class="sr">Runs</h2>
      <div class="tools"><nav class="tabs"
        aria-label="State">${TABS.map(([states, label]) =>
          html`<button type="button" aria-current=${states === value("state") ? "true" : nothing}
            @click=${() => pick({ state: states })}>${label}</button>`)}</nav>
        <div class="filters">${filter("Flow or job", [["", "Every flow and job"], ...this.jobs.map((one) => [one, one])], value("flow"),
          (flow) => pick({ flow }), "narrow")}
          ${filter("Started", [["", "Every start"], ...Object.entries(TRIGGERS)], value("trigger"), (trigger) => pick({ trigger }),
            "narrow")}</div></div>
      <hl-table label="Runs" noun="run" cls="rows2 runs" .columns=${columns()} .ask=${(asked, signal) => get("/runs", asked, signal)}
        .one=${oneRun}
        .values=${{ flow: value("flow"), state: value("state"), trigger: value("trigger") }}
        .sort=${"-created"} .offset=${Number(value("page"))} .none=${() => this.none(value("flow") || value("state") || value("trigger"))}
        @table-open=${({ detail }) => go(`${BASE}/runs/${detail.id}`)}
          @table-turn=${({ detail }) => keep({ page: detail.offset || "" })}></hl-table></section>`;
  }
}

define("hl-runs", Runs);
