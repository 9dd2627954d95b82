// Begins everything: the table of pages, who is signed in, the shell.
import { Problem, signedOut } from "./core/api.js";
import { events } from "./core/events.js";
import { BASE, found, go, isUnsaved, route, start } from "./core/router.js";
import { forget, resume, session } from "./core/session.js";
import { count } from "./core/words.js";
import { open } from "./parts/dialog.js";
import { signedInAgain } from "./parts/again.js";
import "./shell.js";

const page = (name) => () => import(`./pages/${name}.js`);
const FLOWS = ["Flows", `${BASE}/flows`], JOBS = ["Jobs", `${BASE}/jobs`];
const RUNS = ["Runs", `${BASE}/runs`], IMPORTS = ["Imports", `${BASE}/imports`], CONNECTIONS = ["Connections", `${BASE}/connections`];
const job = (id) => [id, `${BASE}/jobs/${encodeURIComponent(id)}`];
const own = (name) => (params) => params[name] ?? "";

route("/", "hl-overview", page("overview"), { nav: "overview", crumbs: () => ["Overview"] });
route(BASE, "hl-overview", page("overview"), { nav: "overview", crumbs: () => ["Overview"] });
route("/login", "hl-login", page("login"), { bare: true, crumbs: () => ["Sign in"] });
route(`${BASE}/flows`, "hl-flows", page("flows"), { nav: "flows", crumbs: () => ["Flows"] });
route(`${BASE}/flows/{name}`, "hl-flow", page("flow"), { nav: "flows", key: own("name"), crumbs: ({ name }) => [FLOWS, name] });
route(`${BASE}/jobs`, "hl-jobs", page("jobs"), { nav: "jobs", crumbs: () => ["Jobs"] });
route(`${BASE}/new-job`, "hl-job-editor", page("job-editor"), { nav: "jobs", crumbs: () => [JOBS, "New job"] });
route(`${BASE}/jobs/{id}`, "hl-job", page("job"), { nav: "jobs", key: own("id"), crumbs: ({ id }) => [JOBS, id] });
route(`${BASE}/jobs/{id}/edit`, "hl-job-editor", page("job-editor"),
  { nav: "jobs", key: own("id"), crumbs: ({ id }) => [JOBS, job(id), "Edit"] });
route(`${BASE}/jobs/{id}/plan`, "hl-plan-page", page("plan"), { nav: "jobs", key: own("id"), crumbs: ({ id }) => [JOBS, job(id), "Plan"] });
route(`${BASE}/runs`, "hl-runs", page("runs"), { nav: "runs", crumbs: () => ["Runs"] });
route(`${BASE}/runs/{id}`, "hl-run", page("run"), { nav: "runs", key: own("id"), crumbs: ({ id }) => [RUNS, `Run ${count(id)}`] });
route(`${BASE}/runs/{id}/tasks/{key}/log`, "hl-task-log", page("task-log"), { nav: "runs", key: ({ id, key }) => `${id} ${key}`,
  crumbs: ({ id, key }) => [RUNS, [`Run ${count(id)}`, `${BASE}/runs/${id}?task=${encodeURIComponent(key)}`], `Output of ${key}`] });
route(`${BASE}/transfers`, "hl-transfers", page("transfers"), { nav: "transfers", crumbs: () => ["Transfers"] });
route(`${BASE}/transfers/{id}`, "hl-transfers", page("transfers"), { nav: "transfers", crumbs: () => ["Transfers"] });
route(`${BASE}/imports`, "hl-imports", page("imports"), { nav: "imports", crumbs: () => ["Imports"] });
route(`${BASE}/imports/review`, "hl-review", page("review"), { nav: "imports", crumbs: () => [IMPORTS, "Review"] });
route(`${BASE}/imports/{id}`, "hl-import", page("import"), { nav: "imports", key: own("id"), crumbs: ({ id }) => [IMPORTS, `Import ${count(id)}`] });
route(`${BASE}/connections`, "hl-connections", page("connections"), { nav: "connections", crumbs: () => ["Connections"] });
route(`${BASE}/new-connection`, "hl-connection-editor", page("connection-editor"),
  { nav: "connections", crumbs: () => [CONNECTIONS, "New connection"] });
route(`${BASE}/connections/{id}`, "hl-connection-editor", page("connection-editor"),
  { nav: "connections", key: own("id"), crumbs: ({ id }) => [CONNECTIONS, id] });
route(`${BASE}/logs`, "hl-logs", page("logs"), { nav: "logs", crumbs: () => ["Logs"] });
route(`${BASE}/settings`, "hl-settings", page("settings"), { nav: "settings", crumbs: () => ["Settings"] });
route(`${BASE}/settings/{tab}`, "hl-settings", page("settings"), { nav: "settings", crumbs: () => ["Settings"] });

const LOGIN = "/login";
const here = () => location.pathname + location.search;

signedOut.then = () => {
  if (!session.user) return;
  if (isUnsaved()) return void signedInAgain();
  forget();
  events.stop();
  go(`${LOGIN}?to=${encodeURIComponent(here())}`, { replace: true });
};

async function begin() {
  const shell = document.createElement("hl-shell");
  let user = null;
  try {
    if (location.pathname !== LOGIN) user = await resume();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    shell.trouble = problem;
  }
  if (!user && !shell.trouble && location.pathname !== LOGIN) history.replaceState(null, "", here() === "/"
    ? LOGIN : `${LOGIN}?to=${encodeURIComponent(here())}`);
  document.body.append(shell);
  events.watchTab();
  await start((at) => shell.show(at));
}

addEventListener("unhandledrejection", ({ reason }) => {
  if (reason?.name !== "AbortError") open("This page met a mistake of its own", () => reason?.message ?? String(reason));
});

begin();
export { found };
