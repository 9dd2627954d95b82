// Every file that was ever moved: search, filter, sort, page; one of them in the panel.
import { Element, define, html } from "../core/element.js";
import { addressOf, get } from "../core/api.js";
import { Follow, seldom } from "../core/events.js";
import { BASE, go, keep, typing } from "../core/router.js";
import { count } from "../core/words.js";
import { button, link } from "../parts/button.js";
import { empty, head } from "../parts/page.js";
import { bulkBar } from "../transfers/actions.js";
import { columns, oneTransfer } from "../transfers/columns.js";
import { NARROWS, TABS, filters, isNarrowed, tabs, values } from "../transfers/filters.js";
import "../parts/table.js";
import "../transfers/panel.js";

const QUIET = 2000, PAUSE = 250;

export class Transfers extends Element {
  static properties = { route: { attribute: false }, counts: { state: true }, jobs: { state: true }, connections: { state: true } };

  constructor() {
    super();
    Object.assign(this, { counts: {}, jobs: [], connections: [] });
    this.type = typing((search) => keep({ search, page: "" }), PAUSE);
    const again = seldom(() => this.soft(), QUIET);
    new Follow(this, { event: again, reload: again, progress: ({ transfers }) => this.table?.patch(transfers) });
    get("/jobs").then(({ items }) => { this.jobs = items.filter(({ kind }) => kind === "transfer").map(({ id }) => id); }, () => {});
    get("/connections").then(({ items }) => { this.connections = items.map(({ name }) => name); }, () => {});
  }

  get table() {
    return this.querySelector("hl-table");
  }

  get shown() {
    return this.route.params.id ? Number(this.route.params.id) : undefined;
  }

  willUpdate(changes) {
    const filtersNow = NARROWS.map((name) => this.route.query.get(name)).join("\n");
    if (!changes.has("route") || filtersNow === this.filters) return;
    [this.filters, this.now] = [filtersNow, Date.now()];
    this.count();
  }

  async soft() {
    await this.table?.refresh();
    this.count();
  }

  /** How many there are in each tab; one small question each. */
  async count() {
    const asked = this.filters, base = values(this.route.query, this.now);
    const pages = await Promise.all(TABS.map(([name, , state]) => get("/transfers",
      { ...base, state, limit: 1 }).then(({ total, total_is_capped }) => [name, { total, total_is_capped }]))).catch(() => null);
    if (pages && asked === this.filters) this.counts = Object.fromEntries(pages);
  }

  pick(what) {
    return go(`${BASE}/transfers${this.with({ page: "", ...what })}`, { replace: true });
  }

  /** The query of this address with some values changed. */
  with(what = {}) {
    const query = new URLSearchParams(this.route.query);
    for (const [name, value] of Object.entries(what)) value === "" ? query.delete(name) : query.set(name, value);
    return query.size ? `?${query}` : "";
  }

  async close() {
    const id = this.shown;
    await go(`${BASE}/transfers${this.with()}`, { replace: true });
    const at = this.table.rows.findIndex((row) => row.id === id);
    if (at >= 0) this.table.focusRow(at);
  }

  get sort() {
    return this.route.query.get("sort") ?? "-created";
  }

  note() {
    const all = this.counts[this.route.query.get("tab") || "all"];
    return all ? `${count(all.total)}${all.total_is_capped ? " and more" : ""} ${all.total === 1
      ? "file" : "files"}${isNarrowed(this.route.query) ? " match" : ""}` : "\u00a0";
  }

  none() {
    if (!isNarrowed(this.route.query)) return empty("transfers", "No file was moved yet",
      "Run a job: each file it moves gets a row here, with its proof.", html`<a class="btn sm" href="${BASE}/jobs">Open the jobs</a>`);
    return empty("filter", "No transfer matches", "Nothing has this name or checksum, job, connection, age, size and state.",
      button({ label: "Clear filters", cls: "sm", on: () => go(`${BASE}/transfers`) }));
  }

  render() {
    const { query } = this.route, pick = (what) => this.pick(what);
    document.documentElement.dataset.panel = this.shown ? "open" : "closed";
    return html`${head("Transfers", this.note(),
      link({ label: "Export CSV", icon: "download", save: "transfers.csv",
        href: addressOf("/transfers.csv", values(query, this.now)) }))}
      <div class="split"><section class="card" aria-label="Transfers"><h2 class="sr">Transfers</h2>
      <div class="tools">${tabs(query, this.counts, pick)}${filters(query, this, pick, (text) => this.type(text))}</div>
        <hl-table label="Transfers" noun="transfer" cls="transfers" .columns=${columns({ keep: this.with() })}
          .ask=${(asked, signal) => get("/transfers", asked, signal)}
          .one=${oneTransfer}
          .values=${values(query, this.now)} .sort=${this.sort} .offset=${Number(query.get("page") ?? 0)} .shown=${this.shown}
            .none=${() => this.none()}
          .bulk=${(ids, clear) => bulkBar(ids, clear, () => { clear(); this.table.again(); this.count(); })}
          @table-open=${({ detail }) => go(`${BASE}/transfers/${detail.id}${this.with()}`, { replace: Boolean(this.shown) })}
          @table-turn=${({ detail }) => keep({ page: detail.offset || "", sort: detail.sort === "-created"
            ? "" : detail.sort })}></hl-table></section>
      ${this.shown ? html`<hl-panel .transferId=${this.shown} .close=${() => this.close()}
        @panel-change=${({ detail }) => this.table?.patch({ [detail.id]: detail })}></hl-panel>` : ""}</div>`;
  }
}

define("hl-transfers", Transfers);
