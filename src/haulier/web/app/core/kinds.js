// Which names are those of flows: jobs and flows share one name space, and what only has a name leads to its page by it.
import { get, part } from "./api.js";
import { events, seldom } from "./events.js";

const QUIET = 2000, BASE = "/ui";

let names = new Set(), jobs = new Set();     // the second: flows that are written as jobs, and have their pages
let asked = null;

async function learn() {
  const { items } = await get("/flows");
  [names, jobs] = [items, items.filter((one) => one.is_job)].map((some) => new Set(some.map(({ name }) => name)));
}

/** Ask for the flows, once; resolves when they are known, or cannot be. */
export const kinds = () => (asked ??= learn().catch(() => { asked = null; }));

/** After a change of the workspace they are asked for again. */
events.addEventListener("jobs", seldom(() => asked && learn().catch(() => {}), QUIET));

/** What is called that is a flow; or a task of one, as `nightly/send` is. */
export const isFlow = (name) => names.has(name);

/** The page of a job or a flow; that of its flow for a task that has no page of its own. */
export function homeOf(name) {
  const [flow, task] = String(name).split("/");
  if (jobs.has(flow)) return `${BASE}/jobs/${part(flow)}`;
  return task !== undefined && names.has(flow) ? `${BASE}/flows/${part(flow)}` : `${BASE}/${names.has(name) ? "flows" : "jobs"}/${part(name)}`;
}
