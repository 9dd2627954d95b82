// The connections: named places, for jobs and for the command line.
import { Element, define, html } from "../core/element.js";
import { get, part, post, remove } from "../core/api.js";
import { Follow } from "../core/events.js";
import { BASE, go, keep } from "../core/router.js";
import { specs } from "../core/specs.js";
import { counted } from "../core/words.js";
import { tested, users } from "../connections/shown.js";
import { browse } from "../form/browse.js";
import { button, link } from "../parts/button.js";
import { sure } from "../parts/dialog.js";
import { icon, place } from "../parts/icon.js";
import { menu } from "../parts/menu.js";
import { empty, head } from "../parts/page.js";
import { toast, trying } from "../parts/toast.js";
import "../parts/table.js";

const to = (name) => `${BASE}/connections/${part(name)}`;

export class Connections extends Element {
  static properties = { route: { attribute: false }, results: { state: true }, titles: { state: true }, total: { state: true } };

  constructor() {
    super();
    Object.assign(this, { results: {}, titles: {} });
    new Follow(this, { jobs: () => this.table?.refresh(), reload: () => this.table?.refresh() });
    specs().then(({ stores }) => { this.titles = Object.fromEntries(Object.entries(stores).map(([name, { title }]) => [name, title])); },
      () => {});
  }

  get table() {
    return this.querySelector("hl-table");
  }

  async ask({ search, sort, offset, limit }, signal) {
    const { items } = await get("/connections", {}, signal);
    this.total = items.length;
    const found = items.filter((one) => [one.name, one.type, one.location,
      ...one.used_by].join(" ").toLowerCase().includes(search.toLowerCase()));
    const of = (one) => (sort.replace("-", "") === "used" ? String(one.used_by.length).padStart(5, "0") : one.name.toLowerCase()),
      falls = sort.startsWith("-") ? -1 : 1;
    const rows = found.map((one) => ({ ...one, id: one.name })).sort((one, other) => (of(one) < of(other) ? -falls : falls));
    return { items: rows.slice(offset, offset + limit), total: rows.length };
  }

  async test(name) {
    this.results = { ...this.results, [name]: "busy" };
    const result = await trying(`${name} was not tested`, () => post("/connections/test", { name }));
    this.results = { ...this.results, [name]: result };
  }

  async drop({ name, used_by: usedBy }) {
    if (usedBy.length) return toast(`${name} cannot be deleted`, { text: `It is used by ${usedBy.join(", ")}.`, tone: "bad" });
    if (!(await sure({ title: `Delete ${name}?`, text: "Nothing uses it. The file's last version is kept beside it.", keep: "Keep",
      go: "Delete connection" }))) return undefined;
    const path = `/connections/${part(name)}`;
    const done = await trying(`${name} was not deleted`,
      async () => { await remove(path, { version: (await get(path)).version }); return true; });
    if (done) toast(`${name} was deleted`);
    return this.table.again();
  }

  columns() {
    return [
      { label: "Connection", cls: "a-main", sort: "name",
        cell: (one) => html`<a class="clip name" tabindex="-1" href=${to(one.name)}>${one.name}</a><span class="path clip"
          title=${one.location}>${one.problems.length ? html`<span class="is-bad">${one.problems[0].text}</span>`
            : place(one.location)}</span>` },
      { label: "Kind", cls: "a-sub w-kind",
        cell: (one) => html`<span class="clip" title=${this.titles[one.type] ?? one.type}>${this.titles[one.type] ?? one.type}</span>` },
      { label: "State", cls: "a-state w-test", cell: (one) => tested(this.results[one.name], one.problems) },
      { label: "Used by", cls: "need-2 w-used", sort: "used",
        cell: (one) => (one.used_by.length
          ? html`<span class="clip" title=${one.used_by.join(", ")}>${one.used_by.length === 1
            ? one.used_by[0] : users(one.used_by)}</span>` : html`<span class="muted">nothing</span>`) },
      { label: html`<span class="sr">What can be done</span>`, cls: "a-end w-acts", cell: (one) => this.acts(one) },
    ];
  }

  acts(one) {
    const id = `connection-${part(one.name).replaceAll("%", "_")}`;
    return html`<span class="row nogap acts">${button({ label: "Test", icon: "bolt", cls: "sm", name: `Test ${one.name}`, needs: "admin",
      busy: this.results[one.name] === "busy", on: () => this.test(one.name) })}
      <button class="btn quiet sq sm" type="button" popovertarget=${id} aria-label="More for ${one.name}"
        title="More">${icon("more")}</button></span>
      ${menu(id, `More for ${one.name}`,
        [{ label: "Edit", icon: "edit", href: to(one.name) },
        { label: "Browse", icon: "folder", needs: "admin", on: () => browse({ target: { name: one.name }, title: one.name }) },
        { label: "New job from here", icon: "plus", needs: "admin", on: () => go(`${BASE}/new-job?source=${part(one.name)}`) },
        { label: "Delete", icon: "trash", needs: "admin", on: () => this.drop(one) }])}`;
  }

  none(search) {
    if (search) return empty("filter", "No connection matches", "None has this in its name or place.",
      button({ label: "Clear search", cls: "sm", on: () => go(`${BASE}/connections`) }));
    return empty("connections", "No connection yet",
      "A connection is a named place with its settings and credentials, for as many jobs as you like.", this.fresh(""));
  }

  fresh(cls = "primary") {
    return link({ label: "New connection", icon: "plus", href: `${BASE}/new-connection`, needs: "admin", cls });
  }

  render() {
    const { query } = this.route, search = query.get("search") ?? "";
    return html`${head("Connections", this.total === undefined
      ? "\u00a0" : `${counted(this.total, "named place")} for jobs and the command line`, this.fresh())}
      <section class="card" aria-label="Connections"><h2 class="sr">Connections</h2>
      <div class="tools"><div class="filters"><label class="find grow">${icon("search")}<span
        class="sr">Search connections</span><input class="input" type="search" placeholder="Name, place or job" aria-keyshortcuts="/"
          .value=${search} @input=${(event) => keep({ search: event.target.value })}></label></div></div>
      <hl-table label="Connections" noun="connection" cls="rows2 connections" .columns=${this.columns()}
        .ask=${(asked, signal) => this.ask(asked, signal)} .values=${{ search }} .sort=${query.get("sort") ?? "name"}
          .offset=${Number(query.get("page") ?? 0)} .stamp=${this.results}
        .none=${() => this.none(search)} @table-open=${({ detail }) => go(to(detail.name))}
          @table-turn=${({ detail }) => keep({ page: detail.offset || "", sort: detail.sort === "name"
            ? "" : detail.sort })}></hl-table></section>`;
  }
}

define("hl-connections", Connections);
