// The card with the graph, and what stands beside it when a task is chosen: the same on the page of a flow and of a run.
import { html } from "lit";
import { TASK_OVER } from "../core/states.js";
import { count, counted } from "../core/words.js";
import { cardHead } from "../parts/page.js";
import "./graph.js";
import "./panel.js";

/** `3 of 8 tasks done`: the tasks themselves, not the items of their lists. */
export function howFar(tasks) {
  const own = tasks.items.filter(({ item }) => !item), done = own.filter(({ state }) => state === "done").length;
  const over = own.filter(({ state }) => TASK_OVER.includes(state)).length;
  if (!own.length) return "";
  return `${count(done)} of ${counted(own.length, "task")} done${over > done ? `, ${count(over - done)} ended otherwise` : ""}`;
}

/** `tasks`: of which run; null draws it as it is written. `more` stands at the right of the heading. */
export const graphCard = ({ shown, tasks, chosen, href, pick, more = "" }) => html`<section class="card graph-card"
  aria-labelledby="h-graph">${cardHead("h-graph", "Graph", tasks ? howFar(tasks) : counted(shown.nodes.length, "task"), more)}
  <hl-graph .layout=${shown.layout} .nodes=${shown.nodes} .tasks=${tasks} .stamp=${tasks?.stamp ?? 0} .chosen=${chosen} .href=${href}
    @graph-pick=${({ detail }) => pick(detail)}></hl-graph></section>`;

/** The tasks of no run. */
export const NO_TASKS = { rows: new Map(), partsOf: () => [], load: { busy: false }, params: {}, children: [], stamp: 0 };

export const panel = ({ run, tasks, chosen, shown, href, close }) => (chosen ? html`<hl-task .run=${run} .tasks=${tasks} .key=${chosen}
  .node=${shown?.nodes.find(({ id }) => id === chosen.replace(/\[\d+\]$/, ""))} .schema=${shown?.params} .stamp=${tasks.stamp} .href=${href}
  .close=${close}></hl-task>` : "");
