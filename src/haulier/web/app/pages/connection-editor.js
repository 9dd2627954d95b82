// A connection as a form and as YAML: its kind, its settings, tested and browsed before it is saved.
import { Element, define, html } from "../core/element.js";
import { get, part, post, put, remove } from "../core/api.js";
import { homeOf } from "../core/kinds.js";
import { Load } from "../core/load.js";
import { BASE, go } from "../core/router.js";
import { may } from "../core/session.js";
import { specs } from "../core/specs.js";
import { browse } from "../form/browse.js";
import { onHub } from "../form/paths.js";
import { Draft } from "../form/draft.js";
import { errorOf, field, settings } from "../form/fields.js";
import { holdFor } from "../form/leaving.js";
import { presetOver } from "../form/presets.js";
import { saveBar } from "../form/savebar.js";
import { outcome } from "../form/tested.js";
import { idsOf } from "../form/value.js";
import { Saving } from "../form/saving.js";
import { button } from "../parts/button.js";
import { sure } from "../parts/dialog.js";
import { bones, cardHead, head, notice } from "../parts/page.js";
import { toast, trying } from "../parts/toast.js";
import "../form/yaml.js";

const NAME = { type: "string", title: "Name" };
const opened = (answer) => ({ ...answer, problems: answer.connection.problems });

export class ConnectionEditor extends Element {
  static properties = { route: { attribute: false }, name: { state: true }, result: { state: true } };

  constructor() {
    super();
    this.name = "";
    this.draft = new Draft(this, { check: (body) => post("/connections/check", this.id_ ? { ...body, name: this.id_ } : body) });
    this.saving = new Saving(this, this.draft, { what: "The connection", name: () => this.id_, send: (body) => this.send(body),
      saved: (answer) => this.saved(answer), opened });
    this.load = new Load(this, (signal) => this.ask(signal), (all) => this.begin(all));
    this.keys = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "s" || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      if (may("admin")) this.saving.save();
    };
  }

  get id_() {
    return this.route?.params.id ?? "";
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("keydown", this.keys);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("keydown", this.keys);
  }

  firstUpdated() {
    this.load.again();
    holdFor(this.draft, () => this.id_ || "the new connection");
  }

  async ask(signal) {
    const [known, one] = await Promise.all([specs(), this.id_ ? get(`/connections/${part(this.id_)}`, {}, signal) : null]);
    return { known, one };
  }

  begin({ one }) {
    this.name = this.id_;
    if (one) this.draft.open(opened(one));
    else this.draft.open({ form: { type: "sftp" } }, { isNew: true });
    if (!one) this.draft.ask();
  }

  /** Other settings take the place of the old ones. */
  choose(event) {
    this.result = null;
    this.draft.replace({ type: event.target.value });
  }

  async test() {
    this.result = "busy";
    this.result = await trying("It was not tested", () => post("/connections/test", this.draft.isChanged || !this.id_
      ? { form: this.draft.form, ...(this.id_ ? { name: this.id_ } : {}) } : { name: this.id_ }));
  }

  send(body) {
    const { draft, id_: id } = this;
    return id ? put(`/connections/${part(id)}`, { ...body, version: draft.version })
      : post("/connections", { name: this.name.trim(), ...body });
  }

  saved(answer) {
    const { name, location: place } = answer.connection;
    this.draft.open(opened(answer));
    toast(`${name} saved`, { text: place });
    if (!this.id_) go(`${BASE}/connections/${part(name)}`, { replace: true });
  }

  async drop() {
    if (!(await sure({ title: `Delete ${this.id_}?`, text: "Nothing uses it. The file's last version is kept beside it.", keep: "Keep",
      go: "Delete connection" }))) return;
    const done = await trying(`${this.id_} was not deleted`,
      async () => { await remove(`/connections/${part(this.id_)}`, { version: this.draft.version }); return true; });
    if (!done) return;
    this.draft.open(this.draft.first);
    toast(`${this.id_} was deleted`);
    go(`${BASE}/connections`);
  }

  async discard() {
    if (!(await sure({ title: "Discard the changes?", text: "The connection is as it was when it was last saved.", keep: "Keep editing",
      go: "Discard" }))) return;
    this.draft.open(this.draft.first, { isNew: !this.id_ });
    if (this.id_) this.load.again();
  }

  render() {
    return this.load.shown({ ready: (all) => this.page(all),
      bones: () => html`${head(this.id_ || "New connection")}<section class="card">${bones(10)}</section>`, what: this.id_
        ? `The connection ${this.id_}` : "The form", title: this.id_ || "New connection" });
  }

  page({ known, one }) {
    const { draft } = this, usedBy = one?.connection.used_by ?? [];
    const note = one ? html`${usedBy.length
      ? html`Used by ${usedBy.map((job, at) => html`${at ? ", " : ""}<a href=${homeOf(job)}>${job}</a>`)}`
        : "Nothing uses it yet."}` : "A named place with its settings and credentials, for as many jobs as you like.";
    const actions = one ? html`${button({ label: "Delete", icon: "trash", cls: "quiet", needs: "admin", off: usedBy.length
      ? "It is used" : "", on: () => this.drop() })}${button({ label: "Browse", icon: "folder", needs: "admin",
        on: () => browse({ target: { name: this.id_ }, title: this.id_ }) })}` : "";
    return html`${head(this.id_ || "New connection", note, actions)}${draft.isBroken
      ? notice("warn", "warn", "The YAML cannot be read just now",
        "The form shows what was before; it follows as soon as the text is right again.") : ""}
      <div class="editor"><form class="stack side-stack" novalidate aria-label="Connection" @submit=${(event) => event.preventDefault()}
        @focusout=${draft.leave}>
        <section class="card" aria-labelledby="h-place">${cardHead("h-place", "Place", "Where it is, and how one gets in")}<div
          class="body">${this.form(known)}</div></section></form>
      <hl-yaml label="Connection as YAML" .text=${draft.yaml} .problems=${draft.shown} .isPart=${draft.problems.length > 0}
        .busy=${draft.isChecking}
        @yaml-write=${({ detail }) => draft.write(detail)}></hl-yaml></div>
      ${saveBar(draft, { saving: this.saving.busy, discard: () => this.discard(), save: () => this.saving.save(), saved: this.id_
        ? undefined : "Nothing typed yet" })}`;
  }

  form(known) {
    const { draft } = this, { type } = draft.form, store = known.stores[type];
    const desk = { ...draft, defs: store?.schema.$defs ?? {}, browse: (one) => onHub(one, { files: one.key !== "path" }) };
    const name = { ...desk, edit: (_, value) => { this.name = value ?? ""; draft.touch("name"); } };
    return html`<div class="grid2">${this.id_
      ? "" : field(name, "name", NAME, this.name, ["name"], { required: true, help: "Jobs and commands call it by this name." })}
      <div class="field"><label for="type">Kind</label><span class="select"><select id="type" name="type" ?disabled=${!may("admin")}
        @change=${this.choose}>${Object.entries(known.stores).map(([kind, { title }]) =>
          html`<option value=${kind} ?selected=${kind === type}>${title}</option>`)}</select></span>${errorOf(draft, "type")}</div></div>
      ${store ? settings(desk, store.schema, draft.form, [], { skip: ["type"], over: presetOver(store.presets, draft.form) }) : ""}
      <div class="row wrap try">${button({ label: "Test connection", icon: "bolt", cls: "sm", needs: "admin", busy: this.result === "busy",
        on: () => this.test() })}${outcome(this.result, idsOf(store?.schema))}</div>`;
  }
}

define("hl-connection-editor", ConnectionEditor);
