// A page for the plan of a job alone.
import { Element, define, html } from "../core/element.js";
import { part } from "../core/api.js";
import { BASE } from "../core/router.js";
import { run } from "../jobs/actions.js";
import { button } from "../parts/button.js";
import { head } from "../parts/page.js";
import "../plan/plan.js";

export class PlanPage extends Element {
  static properties = { route: { attribute: false } };

  render() {
    const { id } = this.route.params;
    return html`${head(`Plan of ${id}`, "What a run would do now, file by file.",
      html`<a class="btn quiet" href="${BASE}/jobs/${part(id)}">Open job</a>
      ${button({ label: "Run now", icon: "play", cls: "primary", needs: "operator", keys: "r", on: () => run(id) })}`)}<hl-plan .jobId=${id}
        .limit=${1000}></hl-plan>`;
  }
}

define("hl-plan-page", PlanPage);
