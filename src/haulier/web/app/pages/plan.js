// A page for the plan of a job alone.
import { Element, define, html } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Load } from "../core/load.js";
import { BASE } from "../core/router.js";
import { run } from "../jobs/actions.js";
import { button } from "../parts/button.js";
import { head } from "../parts/page.js";
import "../imports/check.js";
import "../plan/plan.js";

export class PlanPage extends Element {
  static properties = { route: { attribute: false } };

  constructor() {
    super();
    this.load = new Load(this, (signal) => get(`/jobs/${part(this.route.params.id)}`, {}, signal));
  }

  firstUpdated() {
    this.load.again();
  }

  render() {
    const { id } = this.route.params;
    return this.load.shown({ ready: ({ job }) => this.page(job), what: `The job ${id}`, title: `Plan of ${id}` });
  }

  page({ id, kind }) {
    const isImport = kind === "import";
    return html`${head(isImport ? `Check of ${id}` : `Plan of ${id}`, "What a run would do now, file by file.",
      html`<a class="btn quiet" href="${BASE}/jobs/${part(id)}">Open job</a>
      ${button({ label: "Run now", icon: "play", cls: "primary", needs: "operator", keys: "r", on: () => run(id) })}`)}${isImport
        ? html`<hl-check .flow=${id} now></hl-check>` : html`<hl-plan .jobId=${id} .limit=${1000}></hl-plan>`}`;
  }
}

define("hl-plan-page", PlanPage);
