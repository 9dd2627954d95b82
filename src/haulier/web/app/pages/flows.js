// The flows: what each is, when it runs, how it went, and whether it waits for somebody.
import { Element, define, html, nothing } from "../core/element.js";
import { get } from "../core/api.js";
import { Follow, atLast } from "../core/events.js";
import { BASE, go, keep, typing } from "../core/router.js";
import { counted, exact, hour, timing, until } from "../core/words.js";
import { flowHref, runFlow } from "../flows/actions.js";
import { lastCell, mistake, stateCell } from "../flows/shown.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { empty, head, notice } from "../parts/page.js";
import "../parts/table.js";

const QUIET = 1500, PAUSE = 200, TAGS = 3;
const ORDER = { name: (flow) => flow.name.toLowerCase(), next: (flow) => flow.next ?? "9", last: (flow) => flow.last_run?.finished ?? "" };
const TABS = {
  all: ["All", () => true], running: ["Running", (flow) => flow.running], asks: ["Needs approval", (flow) => flow.waiting_for_approval],
  failed: ["Failed", (flow) => flow.last_run?.state === "failed" && !flow.running], mistakes: ["Mistakes", (flow) => flow.problems.length],
};

export class Flows extends Element {
  static properties = { route: { attribute: false }, all: { state: true }, problems: { state: true } };

  constructor() {
    super();
    this.type = typing((search) => keep({ search, page: "" }), PAUSE);
    const again = atLast(() => this.table?.refresh(), QUIET);
    new Follow(this, { event: again, reload: again, jobs: () => this.table?.again() });
  }

  get table() {
    return this.querySelector("hl-table");
  }

  async ask({ tab, search, sort, limit, offset }, signal) {
    const { items: found, problems } = await get("/flows", {}, signal), falls = sort.startsWith("-") ? -1 : 1;
    const items = found.filter((flow) => !flow.is_job), ofJobs = new Set(found.filter((flow) => flow.is_job).map(({ file }) => file));
    [this.all, this.problems] = [items, problems.filter(({ file }) => !ofJobs.has(file))];      // jobs have a list of their own
    const words = search.toLowerCase().split(/\s+/), order = ORDER[sort.replace("-", "")] ?? ORDER.name;
    const text = (flow) => [flow.name, flow.title, flow.description, ...flow.tags, ...flow.types].join(" ").toLowerCase();
    const rows = items.filter((flow) => TABS[tab][1](flow) && words.every((word) => text(flow).includes(word)))
      .map((flow) => ({ ...flow, id: flow.name }));
    rows.sort((one, other) => (order(one) < order(other) ? -falls : order(one) > order(other) ? falls : 0));
    return { items: rows.slice(offset, offset + limit), total: rows.length, limit, offset };
  }

  columns() {
    return [
      { label: "Flow", cls: "a-main", sort: "name", cell: (flow) => this.name(flow) },
      { label: "State", cls: "a-state w-state", cell: stateCell },
      { label: "Tags", cls: "need-3 w-tags", cell: (flow) => (flow.tags.length ? html`<span class="row">${flow.tags.slice(0, TAGS).map((one) =>
        html`<span class="tag"><span class="clip">${one}</span></span>`)}</span>` : html`<span class="muted">–</span>`) },
      { label: "Schedule", cls: "need-2 w-when", cell: (flow) => (flow.sentence
        ? html`<span class="clip two" title=${flow.sentence}>${timing(flow.sentence).replace(/, [A-Z][^,]*$/, "")}</span>${flow.enabled ? ""
          : html`<span class="path">off</span>`}` : html`<span class="muted">${flow.arrival ? "when files come" : "only by hand"}</span>`) },
      { label: "Next run", cls: "a-sub", sort: "next", cell: (flow) => (flow.next ? html`<time datetime=${flow.next} title=${exact(flow.next)}>${hour(
        flow.next)}</time><span class="path">${until(flow.next)}</span>` : html`<span class="muted">–</span>`) },
      { label: "Last run", cls: "need-2 w-last", sort: "last", cell: lastCell },
      { label: html`<span class="sr">What can be done</span>`, cls: "a-end", cell: (flow) => html`<span class="row nogap acts">${button({
        label: `Run ${flow.name} now`, icon: "play", bare: true, cls: "quiet sm", needs: "operator", off: flow.problems.length
          ? "It has mistakes: mend them first" : "", on: () => runFlow(flow.name).then(() => this.table.refresh()) })}</span>` },
    ];
  }

  name(flow) {
    const [first] = flow.problems, about = [flow.title && flow.title !== flow.name ? flow.title : "", flow.description].filter(Boolean).join(": ");
    return html`<a class="clip name" tabindex="-1" href=${flowHref(flow.name)} title=${flow.name}>${flow.name}</a>
      <span class="path clip">${first ? html`<span class="is-bad" title=${first.text}><span class="mono">${first.file ?? flow.file}${first.line
        ? `:${first.line}` : ""}</span> ${first.text}</span>` : about || counted(flow.tasks, "task")}</span>`;
  }

  /** Mistakes that belong to none of them. */
  trouble() {
    const own = new Set(this.all.flatMap(({ problems }) => problems.map(({ file, line, key }) => `${file} ${line} ${key}`)));
    const loose = (this.problems ?? []).filter(({ file, line, key }) => !own.has(`${file} ${line} ${key}`));
    if (!loose.length) return "";
    return notice("bad", "bad", `${counted(loose.length, "mistake")} in the files of flows`, html`${loose.slice(0, 3).map(mistake)}`);
  }

  none(narrowed) {
    if (narrowed) return empty("filter", "No flow matches", "No flow has this in its name, its words or its tags.",
      button({ label: "Clear filters", cls: "sm", on: () => go(`${BASE}/flows`) }));
    return empty("flows", "No flow yet",
      "A flow is a file in the folder flows of the workspace: tasks, and what needs what. Put one there, and it shows here.");
  }

  render() {
    const { query } = this.route, tab = TABS[query.get("tab")] ? query.get("tab") : "all", search = query.get("search") ?? "";
    const many = (name) => this.all?.filter(TABS[name][1]).length;
    const note = this.all ? `${counted(this.all.length, "flow")}${many("running") ? `, ${many("running")} running` : ""}` : "\u00a0";
    return html`${head("Flows", note)}${this.all ? this.trouble() : ""}
      <section class="card" aria-label="Flows"><h2 class="sr">Flows</h2>
      <div class="tools"><nav class="tabs" aria-label="Which flows">${Object.entries(TABS).map(([name, [label]]) => html`<button type="button"
          aria-current=${name === tab ? "true" : nothing} @click=${() => keep({ tab: name === "all" ? "" : name, page: "" })}>${label}
          <span class="count ${many(name) && ["failed", "mistakes"].includes(name) ? "is-bad" : many(name) && name === "asks"
            ? "is-warn" : ""}">${many(name) ?? "…"}</span></button>`)}</nav>
        <div class="filters"><label class="find grow">${icon("search")}<span class="sr">Search flows</span><input class="input" type="search"
          placeholder="Name, words or tag" aria-keyshortcuts="/" .value=${search} @input=${(event) => this.type(event.target.value)}></label></div></div>
      <hl-table label="Flows" noun="flow" cls="rows2 jobs flows" .columns=${this.columns()} .ask=${(asked, signal) => this.ask(asked, signal)}
        .values=${{ tab, search }} .sort=${query.get("sort") ?? "name"} .offset=${Number(query.get("page") ?? 0)}
        .none=${() => this.none(search || tab !== "all")} @table-open=${({ detail }) => go(flowHref(detail.name))}
        @table-turn=${({ detail }) => keep({ page: detail.offset || "", sort: detail.sort === "name" ? "" : detail.sort })}></hl-table></section>`;
  }
}

define("hl-flows", Flows);
