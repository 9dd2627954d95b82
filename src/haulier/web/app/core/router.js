// Addresses and pages: the history API, one table of routes, and a guard for work that is not saved.
export const BASE = "/ui";

const ROUTES = [];
let changed = () => {};
let guard = null;

/** `page` is the element's name; `load` imports it; `{name}` in the path becomes a parameter. */
export function route(path, page, load, about) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
  const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "([^/]+)")}/?$`);
  ROUTES.push({ path, page, load, names, pattern, key: () => "", ...about });
}

/** Fetch every page beforehand: so that they are here when the hub is not. */
export async function loadAll() {
  for (const one of ROUTES) await one.load().catch(() => {});
}

/** The route that this address means, with its parameters; undefined if there is none. */
export function found(url = new URL(location.href)) {
  for (const one of ROUTES) {
    const match = one.pattern.exec(url.pathname);
    if (!match) continue;
    const params = Object.fromEntries(one.names.map((name, at) => [name, decodeURIComponent(match[at + 1])]));
    return { ...one, params, query: url.searchParams, id: `${one.page}:${one.key(params)}` };
  }
  return undefined;
}

/** Go to an address, unless the page that is open holds the reader back. */
export async function go(to, { replace = false } = {}) {
  const url = new URL(to, location.href);
  if (url.href === location.href && !replace) return changed();
  if (url.pathname !== location.pathname && !(await free())) return undefined;
  history[replace ? "replaceState" : "pushState"](null, "", url);
  return changed();
}

/** The same page with other values in its query; what is empty is left out. */
export function keep(values) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === "" || value == null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return go(url, { replace: true });
}

/** `call` once nothing more was typed for a while; not on another page, if that is open by then. */
export function typing(call, milliseconds) {
  let timer = 0;
  return (text) => {
    const page = found()?.page;
    clearTimeout(timer);
    timer = setTimeout(() => page === found()?.page && call(text.trim()), milliseconds);
  };
}

/** `ask` is called before the page is left; it resolves to true if it may be. */
export function holdBack(ask) {
  guard = ask;
}

async function free() {
  if (guard && !(await guard())) return false;
  guard = null;
  return true;
}

/** Whether the page that is open has something that is not saved. */
export const isUnsaved = () => Boolean(guard?.unsaved?.());

/** Begin: `show` is called with each new route. */
export function start(show) {
  changed = () => show(found());
  let last = location.href;
  addEventListener("popstate", async () => {
    if (new URL(last).pathname !== location.pathname && guard && !(await guard())) return history.pushState(null, "", last);
    if (new URL(last).pathname !== location.pathname) guard = null;
    last = location.href;
    return changed();
  });
  addEventListener("beforeunload", (event) => isUnsaved() && event.preventDefault());
  document.addEventListener("click", followed);
  const shown = changed;
  changed = () => { last = location.href; return shown(); };
  return changed();
}

function followed(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute("download") || !found(new URL(link.href))) return;
  event.preventDefault();
  const target = link.hash && link.pathname === location.pathname && document.getElementById(link.hash.slice(1));
  if (target) {
    target.scrollIntoView();
    return target.focus();
  }
  return go(link.href);
}
