// Which names are those of flows: jobs and flows share one name space, and what only has a name leads to its page by it.
import { get, part } from "./api.js";
import { events, seldom } from "./events.js";

const QUIET = 2000, BASE = "/ui";

let names = new Set();
let asked = null;

async function learn() {
  names = new Set((await get("/flows")).items.map(({ name }) => name));
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
  return task !== undefined && names.has(flow) ? `${BASE}/flows/${part(flow)}` : `${BASE}/${names.has(name) ? "flows" : "jobs"}/${part(name)}`;
}
