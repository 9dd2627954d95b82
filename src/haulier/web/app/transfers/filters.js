// What the list of transfers can be narrowed to, and how that is kept in the address.
import { html, nothing } from "lit";
import { count } from "../core/words.js";
import { button } from "../parts/button.js";
import { open } from "../parts/dialog.js";
import { icon } from "../parts/icon.js";
import { filter } from "../parts/page.js";

export const TABS = [
  ["all", "All", "", ""], ["active", "Active", "queued,copying,verifying,settling,paused", ""], ["waiting", "Waiting", "waiting", "warn"],
  ["failed", "Failed", "failed", "bad"], ["done", "Done", "done", ""], ["skipped", "Skipped", "skipped,cancelled", ""],
];
const TIMES = [["24h", "Last 24 hours", 1], ["7d", "Last 7 days", 7], ["30d", "Last 30 days", 30], ["", "All time", 0]];
const SIZES = [["", "Any size"], ["0-1e6", "Up to 1 MB"], ["1e6-", "Over 1 MB"], ["1e8-", "Over 100 MB"], ["1e9-", "Over 1 GB"]];

/** What the hub is asked, from the address. `now` is kept for as long as the filters are the same. */
export function values(query, now) {
  const days = TIMES.find(([name]) => name === (query.get("time") ?? ""))?.[2] ?? 0;
  const [least, most] = (query.get("size") || "-").split("-");
  return {
    state: TABS.find(([name]) => name === (query.get("tab") ?? "all"))?.[2] ?? "", search: query.get("search") ?? "",
      flow: query.get("flow") ?? "", connection: query.get("connection") ?? "",
    since: days ? new Date(now - days * 86_400_000).toISOString() : "", min_size: least ? Number(least) : "", max_size: most
      ? Number(most) : "",
  };
}

/** What in the address narrows the list, beside the tab. */
export const NARROWS = ["search", "flow", "connection", "time", "size"];

export const isNarrowed = (query) => NARROWS.some((name) => query.get(name))
  || (query.get("tab") ?? "all") !== "all";

/** `counts` by tab; null where it is not known yet. */
export const tabs = (query, counts, pick) => {
  const current = query.get("tab") ?? "all";
  return html`<nav class="tabs" aria-label="State">${TABS.map(([name, label, , tone]) =>
    html`<button type="button" aria-current=${name === current ? "true" : nothing}
      @click=${() => pick({ tab: name === "all" ? "" : name })}>${label}
    <span class="count ${counts[name]?.total && tone ? `is-${tone}` : ""}">${counts[name]
      ? count(counts[name].total) + (counts[name].total_is_capped ? "+" : "") : "…"}</span></button>`)}</nav>`;
};

const named = (all, names) => [["", all], ...names.map((one) => [one, one])];

const selects = (query, { jobs, connections }, pick, cls) => html`
  ${filter("Job", named("Every job", jobs), query.get("flow") ?? "", (flow) => pick({ flow }), cls)}
  ${connections.length ? filter("Connection", named("Every connection", connections), query.get("connection") ?? "",
    (connection) => pick({ connection }), cls) : ""}
  ${filter("Time", TIMES, query.get("time") ?? "", (time) => pick({ time }), cls)}
  ${filter("Size", SIZES, query.get("size") ?? "", (size) => pick({ size }), cls)}`;

/** Search, and what narrows the list; on a phone behind one button. `known` has the names of jobs and connections. */
export function filters(query, known, pick, type) {
  const onPhone = () => open("Filter",
    ({ close }) => html`<div class="body">${selects(query, known, (what) => { close(true); pick(what); }, "")}</div>
    <footer><button class="btn" type="button" @click=${() => close(null)}>Close</button></footer>`);
  return html`<div class="filters"><label class="find grow">${icon("search")}<span class="sr">Search files</span>
    <input class="input" type="search" placeholder="Name, path or SHA-256" aria-keyshortcuts="/" .value=${query.get("search") ?? ""}
      @input=${(event) => type(event.target.value)}></label>
    ${selects(query, known, pick, "narrow wide-only")}
    ${button({ label: "Filter", icon: "filter", cls: "phone", on: onPhone })}</div>`;
}
