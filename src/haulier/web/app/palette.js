// Ctrl K: pages, flows, jobs, actions and files, found as one types.
import { Element, define, html, repeat } from "./core/element.js";
import { get, part, post } from "./core/api.js";
import { turnDensity, turnTheme } from "./core/prefs.js";
import { BASE, go } from "./core/router.js";
import { may } from "./core/session.js";
import { ofRun, ofTransfer } from "./core/states.js";
import { waiting } from "./core/waiting.js";
import { counted, hour, moment } from "./core/words.js";
import { icon } from "./parts/icon.js";
import { toast, trying } from "./parts/toast.js";
import { flowHref, runFlow } from "./flows/actions.js";
import { VERBS, actOnAll } from "./runs/actions.js";
import { PAGES } from "./nav.js";

const PAUSE = 180;

export class Palette extends Element {
  static properties = { text: { state: true }, jobs: { state: true }, flows: { state: true }, files: { state: true }, chosen: { state: true } };

  constructor() {
    super();
    Object.assign(this, { text: "", jobs: [], flows: [], files: [], chosen: 0 });
  }

  async connectedCallback() {
    super.connectedCallback();
    this.performUpdate();     // open at once: the next key is meant for it
    this.box = this.querySelector("dialog");
    this.box.showModal();
    const items = (path) => get(path).then((answer) => answer.items, () => []);
    const [jobs, flows] = await Promise.all([items("/jobs"), items("/flows")]);
    [this.jobs, this.flows] = [jobs, flows.filter((one) => !one.is_job)];
  }

  typed(event) {
    [this.text, this.chosen] = [event.target.value.trim(), 0];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), PAUSE);
  }

  async search() {
    const text = this.text;
    if (text.length < 2) return (this.files = []);
    const page = await get("/transfers", { search: text, limit: 5 }).catch(() => ({ items: [] }));
    if (text === this.text) this.files = page.items;
    return undefined;
  }

  found() {
    const has = (...words) => words.join(" ").toLowerCase().includes(this.text.toLowerCase());
    const jobs = this.jobs.filter((job) => has(job.id, job.description, ...job.tags)).slice(0, this.text ? 5 : 4);
    const flows = this.flows.filter((flow) => has(flow.name, flow.title, flow.description, ...flow.tags)).slice(0, this.text ? 5 : 4);
    return [
      ["Pages", PAGES.filter(([, label]) => has(label)).map(([name, label, href]) =>
        ({ icon: name, label, go: href }))],
      ["Flows", flows.map((flow) => ({ icon: "flows", label: flow.name, note: said(flow), go: flowHref(flow.name) }))],
      ["Jobs", jobs.map((job) => ({ icon: "jobs", label: job.id, note: said(job), go: `${BASE}/jobs/${part(job.id)}` }))],
      ["Actions", this.actions(has, this.text ? jobs : [], this.text ? flows : [])],
      ["Files", this.files.map((file) =>
        ({ icon: "file", label: file.name, mono: true,
          note: `${ofTransfer(file.state).word.toLowerCase()} ${moment(file.finished ?? file.created)}`,
            go: `${BASE}/transfers/${file.id}?search=${part(this.text)}` }))],
    ].filter(([, items]) => items.length);
  }

  actions(has, jobs, flows) {
    const runs = may("operator") ? [...flows.map(({ name }) => ({ icon: "play", label: `Run ${name} now`, do: () => runFlow(name) })),
      ...jobs.map((job) => ({ icon: "play", label: `Run ${job.id} now`, do: () => run(job.id) }))] : [];
    const all = may("operator") ? ["pause", "resume"].map((verb) =>
      ({ icon: VERBS[verb].icon, label: `${VERBS[verb].label} all runs`, do: () => actOnAll(verb) })) : [];
    const review = waiting.value?.review;
    const rest = [...all, review && { icon: "imports", label: `Review ${counted(review, "payment")}`, go: `${BASE}/imports/review` },
      may("admin") && { icon: "plus", label: "New job", go: `${BASE}/new-job` },
      may("admin") && { icon: "plus", label: "New connection", go: `${BASE}/new-connection` },
      { icon: "theme", label: "Dark or light", do: turnTheme }, { icon: "density", label: "Compact or comfortable rows", do: turnDensity }];
    return [...runs, ...rest.filter((one) => one && this.text && has(one.label))];
  }

  key(event, items) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length) this.chosen = (this.chosen + step + items.length) % items.length;
    else if (event.key === "Enter" && items[this.chosen]) this.take(items[this.chosen]);
    else return;
    event.preventDefault();
    this.updateComplete.then(() => this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }));
  }

  take(item) {
    this.box.close();
    if (item.go) go(item.go);
    else item.do();
  }

  render() {
    const groups = this.found(), items = groups.flatMap(([, found]) => found);
    let at = -1;
    return html`<dialog class="palette" aria-label="Search or jump to" @close=${() => this.remove()}
      @click=${(event) => event.target === this.box && this.box.close()}>
      <label class="find">${icon("search")}<span class="sr">Search or jump to</span><input class="input" type="text" role="combobox"
        aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
        aria-activedescendant=${items.length ? `found-${this.chosen}` : ""} placeholder="Pages, flows, jobs, files, actions" autofocus
          autocomplete="off" spellcheck="false" @input=${this.typed} @keydown=${(event) => this.key(event, items)}></label>
      ${items.length ? html`<ul id="palette-list" role="listbox"
        aria-label="Results">${repeat(groups, ([name]) => name, ([name, found]) => html`<li class="part" role="presentation">${name}</li>
        ${found.map((item) => { at += 1; const mine = at; return html`<li role="option" id="found-${mine}"
          aria-selected=${mine === this.chosen} @click=${() => this.take(item)}>${icon(item.icon)}<span
            class="clip ${item.mono ? "mono" : ""}">${item.label}</span>${item.note
              ? html`<span class="tiny muted nowrap">${item.note}</span>` : ""}</li>`; })}`)}</ul>`
        : html`<p class="none small muted" id="palette-list" role="status">Nothing is called that.</p>`}
      <footer><span><kbd>↑</kbd> <kbd>↓</kbd> move</span><span><kbd>↵</kbd> open</span><span><kbd>Esc</kbd> close</span></footer></dialog>`;
  }
}

function said(job) {
  if (job.running) return ofRun(job.running).word.toLowerCase();
  if (job.next) return `next run ${hour(job.next)}`;
  return job.last_run ? `${ofRun(job.last_run).word.toLowerCase()} ${moment(job.last_run.finished)}` : "";
}

async function run(id) {
  const started = await trying(`${id} was not started`, () => post(`/jobs/${part(id)}/run`));
  if (started) toast(`${id} was started`, { action: { label: "Open run", on: () => go(`${BASE}/runs/${started.id}`) } });
}

define("hl-palette", Palette);

export function openPalette() {
  if (!document.querySelector("hl-palette")) document.body.append(document.createElement("hl-palette"));
}
