// The jobs: what each does, when, and how it went.
import { Element, define, html, live, nothing } from "../core/element.js";
import { get, part } from "../core/api.js";
import { Follow, seldom } from "../core/events.js";
import { BASE, go, keep, typing } from "../core/router.js";
import { called } from "../core/places.js";
import { may, whyNot } from "../core/session.js";
import { specs } from "../core/specs.js";
import { counted, exact, hour, until } from "../core/words.js";
import { drop, enable, run, runWith } from "../jobs/actions.js";
import { last, made, progress } from "../jobs/shown.js";
import { button, link } from "../parts/button.js";
import { icon, place, route } from "../parts/icon.js";
import { menu } from "../parts/menu.js";
import { empty, head, notice } from "../parts/page.js";
import "../parts/table.js";

const QUIET = 1500, PAUSE = 200, ROUTE = 14;
const whereTo = ({ kind, destination: { type, location } }) => (kind === "import" ? `${type} ${location}`.trim() : location);
const ORDER = {
  name: (job) => job.id.toLowerCase(), next: (job) => job.next ?? "9", last: (job) => job.last_run?.finished ?? "",
};
const TABS = {
  all: ["All", () => true], running: ["Running", (job) => job.running],
    failed: ["Failed", (job) => job.last_run?.state === "failed" && !job.running],
  mistakes: ["Mistakes", (job) => job.problems.length], off: ["Off", (job) => !job.enabled],
};

/** `source: required, but not there` */
const mistake = ({ key, text }) => [(key ?? "").replace(/^jobs\[\d+\]\.?/, ""), text].filter(Boolean).join(": ");

export class Jobs extends Element {
  static properties = { route: { attribute: false }, all: { state: true }, problems: { state: true } };

  constructor() {
    super();
    this.type = typing((search) => keep({ search, page: "" }), PAUSE);
    const again = seldom(() => this.table?.refresh(), QUIET);
    new Follow(this, { event: again, reload: again, jobs: () => this.table?.again(), progress: ({ runs }) => this.moved(runs) });
  }

  get table() {
    return this.querySelector("hl-table");
  }

  async ask({ tab, search, sort, limit, offset }, signal) {
    const { items, problems } = await get("/jobs", {}, signal);
    [this.all, this.problems] = [items, problems];
    if (may("admin")) specs().catch(() => {});      // the editor is the next page, and its form takes a hub a while the first time
    const words = search.toLowerCase().split(/\s+/), order = ORDER[sort.replace("-", "")] ?? ORDER.name, falls = sort.startsWith("-")
      ? -1 : 1;
    const text = (job) => [job.id, job.description, ...job.tags, ...[job.source, job.destination].flatMap((end) => [end.location,
      called(end.location)])].join(" ").toLowerCase();
    const rows = items.filter((job) => TABS[tab][1](job) && words.every((word) => text(job).includes(word)));
    rows.sort((one, other) => (order(one) < order(other) ? -falls : order(one) > order(other) ? falls : 0));
    return { items: rows.slice(offset, offset + limit), total: rows.length, limit, offset };
  }

  moved(runs) {
    const rows = this.table?.rows ?? [];
    this.table?.patch(Object.fromEntries(rows.filter((job) => job.running
      && runs[job.running.id]).map((job) => [job.id, { running: { ...job.running, state: "running", progress: runs[job.running.id] } }])));
  }

  columns() {
    return [
      { label: "Job", cls: "a-main", sort: "name", cell: (job) => this.name(job) },
      { label: "State", cls: "a-state w-state", cell: progress },
      { label: "From, to", cls: "need-3 w-route",
        cell: (job) => html`${route(job.source.location, whereTo(job), false, ROUTE)}${job.steps.length
          ? html`<span class="path clip">${job.steps.join(", ")}</span>` : ""}` },
      { label: "Schedule", cls: "need-2 w-when",
        cell: (job) => (job.sentence ? html`<span class="clip two" title=${job.sentence}>${job.sentence.replace(/, [^,]*$/, "")}</span>`
          : html`<span class="muted">${job.arrival ? "when files come" : "only by hand"}</span>`) },
      { label: "Next run", cls: "a-sub", sort: "next",
        cell: (job) => (job.next ? html`<time class="hide-s" datetime=${job.next} title=${exact(job.next)}>${hour(job.next)}</time><span
          class="path">${until(job.next)}</span><span class="phone-word nowrap">next ${until(job.next).replace("in ", "")}</span>`
          : html`<span class="muted hide-s">–</span>`) },
      { label: "Last run", cls: "need-2 w-last", sort: "last", cell: last },
      { label: html`<span class="sr">What can be done</span>`, cls: "a-end w-acts", cell: (job) => this.acts(job) },
    ];
  }

  name(job) {
    return html`<a class="clip name" tabindex="-1" href="${BASE}/jobs/${part(job.id)}" title=${job.id}>${job.id}</a>
      <span class="path clip">${job.problems.length ? html`<span class="is-bad">${mistake(job.problems[0])}</span>` : job.description
        || this.ends(job)}</span>`;
  }

  ends(job) {
    return job.source.location ? `${place(called(job.source.location))} to ${place(called(whereTo(job)))}` : "\u00a0";
  }

  acts(job) {
    const id = `job-${part(job.id).replaceAll("%", "_")}`;
    const off = job.problems.length ? "It has mistakes: mend them first" : "";
    return html`<span class="row nogap acts"><label class="switch"
      title=${whyNot("admin") || (job.enabled ? "Its schedule is on" : "Its schedule is off")}><span class="sr">${job.id} is on</span>
      <input type="checkbox" role="switch" .checked=${live(job.enabled)} aria-disabled=${may("admin") ? "false" : "true"}
        @click=${(event) => !may("admin") && event.preventDefault()} @change=${() => this.switch(job)}></label>
      ${button({ label: `Run ${job.id} now`, icon: "play", bare: true, cls: "quiet sm", needs: "operator", off,
        on: () => run(job.id).then(() => this.table.refresh()) })}
      <button class="btn quiet sq sm" type="button" popovertarget=${id} aria-label="More for ${job.id}"
        title="More">${icon("more")}</button></span>
      ${menu(id, `More for ${job.id}`, [
        { label: "Open", icon: "jobs", href: `${BASE}/jobs/${part(job.id)}` },
        { label: job.kind === "import" ? "Check" : "Plan", icon: "eye", href: `${BASE}/jobs/${part(job.id)}/plan` },
        { label: "Run with priority …", icon: "play", needs: "operator", on: () => runWith(job.id) },
        made(job),
        { label: "Edit", icon: "edit", needs: "admin", on: () => go(`${BASE}/jobs/${part(job.id)}/edit`) },
        { label: "Delete", icon: "trash", needs: "admin", on: async () => (await drop(job.id)) && this.table.again() },
      ])}`;
  }

  async switch(job) {
    const enabled = !job.enabled;
    this.table.patch({ [job.id]: { enabled } });
    this.table.patch({ [job.id]: (await enable(job, enabled)) ?? { enabled: job.enabled } });
  }

  /** Mistakes that are not those of one job. */
  get loose() {
    return (this.problems ?? []).filter((one) => !this.all.some((job) => job.problems.some(({ line, key, file }) => line === one.line
      && key === one.key && file === one.file)));
  }

  trouble() {
    const { loose } = this;
    if (!loose.length) return "";
    return notice("bad", "bad", `${counted(loose.length, "mistake")} in the files of the workspace`,
      html`${loose.slice(0, 3).map((one) =>
        html`<span class="block"><span class="mono">${one.file}${one.line ? `:${one.line}` : ""}</span> ${one.key
          ? `${one.key}: ` : ""}${one.text}${one.hint ? `; ${one.hint}` : ""}</span>`)}`);
  }

  none(narrowed) {
    if (narrowed) return empty("filter", "No job matches", "No job has this in its name, its places or its tags.",
      button({ label: "Clear filters", cls: "sm", on: () => go(`${BASE}/jobs`) }));
    if (this.loose.some(({ key }) => !key)) return empty("jobs", "No job can be read", "Once what is said above is mended, the jobs are here again.");
    return empty("jobs", "No job yet", "A job copies files from one place to another and proves it, or takes their rows in.",
      link({ label: "New job", icon: "plus", href: `${BASE}/new-job`, needs: "admin" }));
  }

  render() {
    const { query } = this.route, tab = TABS[query.get("tab")] ? query.get("tab") : "all", search = query.get("search") ?? "";
    const many = (name) => this.all?.filter(TABS[name][1]).length;
    const note = this.all ? `${counted(this.all.length, "job")}${many("running") ? `, ${many("running")} running` : ""}` : "\u00a0";
    return html`${head("Jobs", note,
      link({ label: "New job", icon: "plus", href: `${BASE}/new-job`, needs: "admin", cls: "primary" }))}${this.all ? this.trouble() : ""}
      <section class="card" aria-label="Jobs"><h2 class="sr">Jobs</h2>
      <div class="tools"><nav class="tabs"
        aria-label="Which jobs">${Object.entries(TABS).map(([name, [label]]) =>
          html`<button type="button" aria-current=${name === tab ? "true" : nothing}
            @click=${() => keep({ tab: name === "all" ? "" : name, page: "" })}>${label}
          <span class="count ${many(name) && ["failed", "mistakes"].includes(name) ? "is-bad" : ""}">${many(name)
            ?? "…"}</span></button>`)}</nav>
        <div class="filters"><label class="find grow">${icon("search")}<span class="sr">Search jobs</span><input class="input" type="search"
          placeholder="Name, place or tag" aria-keyshortcuts="/" .value=${search}
            @input=${(event) => this.type(event.target.value)}></label></div></div>
      <hl-table label="Jobs" noun="job" cls="rows2 jobs" .columns=${this.columns()} .ask=${(asked, signal) => this.ask(asked, signal)}
        .values=${{ tab, search }} .sort=${query.get("sort") ?? "name"} .offset=${Number(query.get("page") ?? 0)}
        .none=${() => this.none(search || tab !== "all")} @table-open=${({ detail }) => go(`${BASE}/jobs/${part(detail.id)}`)}
          @table-turn=${({ detail }) => keep({ page: detail.offset || "", sort: detail.sort === "name"
            ? "" : detail.sort })}></hl-table></section>`;
  }
}

define("hl-jobs", Jobs);
