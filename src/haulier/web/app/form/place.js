// A source or a destination: a named connection, or a kind of place with settings of its own; tested and browsed here.
import { Element, define, html } from "../core/element.js";
import { post } from "../core/api.js";
import { may } from "../core/session.js";
import { sentence } from "../core/words.js";
import { button } from "../parts/button.js";
import { browse } from "./browse.js";
import { errorOf, field, more, settings, tiedTo } from "./fields.js";
import { targetOf } from "./paths.js";
import { presetOver } from "./presets.js";
import { resolved } from "./schema.js";
import { outcome } from "./tested.js";
import { idOf, idsOf } from "./value.js";

export class Place extends Element {
  static properties = { desk: { attribute: false }, name: {}, value: { attribute: false }, specs: { attribute: false },
    connections: { attribute: false }, extra: { attribute: false }, stamp: { attribute: false }, result: { state: true },
      busy: { state: true } };

  /** `name:x` for a named connection, `kind:x` for a place of its own, empty for nothing yet. */
  get chosen() {
    const { connection, type } = this.value ?? {};
    if (typeof connection === "string") return `name:${connection}`;
    return type ? `kind:${type}` : "";
  }

  get kind() {
    const { connection, type } = this.value ?? {};
    return typeof connection === "string" ? (this.connections.find((one) => one.name === connection)?.type ?? type) : type;
  }

  get shape() {
    return resolved(this.specs.job.$defs[`store.${this.kind}`], this.specs.job.$defs) ?? {};
  }

  /** Other fields replace the old ones; path and pattern stay. */
  choose(event) {
    const [how, name] = event.target.value.split(/:(.*)/s), { type, connection, bucket, ...rest } = this.value ?? {};
    this.result = null;
    this.desk.edit([this.name], how === "name" ? { connection: name, ...rest } : { type: name, ...rest });
    this.desk.touch(`${this.name}.connection`);
  }

  async test() {
    this.busy = true;
    const target = targetOf(this.value ?? {}), written = this.value?.path;
    if (target.name && written) target.path = written;
    if (target.form && written) target.form = { ...target.form, path: written.startsWith("/") || ["", "."].includes(target.form.path)
      ? written : `${target.form.path}/${written}` };
    try {
      this.result = await post("/connections/test", target);
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      this.result = { ok: false, text: sentence(problem.problems[0]?.text ?? problem.message), hint: problem.problems[0]?.hint };
    }
    this.busy = false;
  }

  async look() {
    const target = targetOf(this.value ?? {}), isWhole = target.form?.path === "/";
    const picked = await browse({ target, title: this.name === "source" ? "Where files come from" : "Where files go",
      start: this.value?.path ?? "" });
    if (picked === null) return;
    this.desk.edit([this.name, "path"], isWhole ? `/${picked}` : picked || ".");
    this.desk.touch(`${this.name}.path`);
  }

  render() {
    const { desk, name, value = {} } = this, path = [name];
    const form = resolved(this.specs.job.$defs.Job.properties[name], this.specs.job.$defs).oneOf[0].properties;
    const help = !this.chosen ? "" : this.chosen.startsWith("name:") ? "Below the connection's own folder, unless it begins with a slash."
      : this.kind === "local" ? "On the machine where the hub runs; a relative one hangs from the workspace."
        : "Below the folder one logs in to, unless it begins with a slash.";
    const isOwn = this.chosen.startsWith("kind:"), hasBucket = value.bucket !== undefined;
    const bucket = field(desk, "bucket", form.bucket, value.bucket, [name, "bucket"],
      { help: isOwn ? "It must exist." : "Where the connection does not say." });
    return html`${isOwn ? html`<div class="grid2">${this.select("span2")}</div>${this.own(hasBucket)}` : ""}
      <div class="grid2">${isOwn ? "" : this.select()}${hasBucket ? bucket : ""}
      ${field({ ...desk, browse: () => this.look() }, "path", form.path, value.path, [...path, "path"],
        { required: true, help, schema: { format: "path" } })}${this.extra ?? ""}</div>
      ${!isOwn && this.kind === "s3" && !hasBucket ? more(desk, "Bucket", [[name, "bucket"]], [bucket]) : ""}
      <div class="row wrap try">${button({ label: "Test connection", icon: "bolt", cls: "sm", needs: "admin", busy: this.busy,
        off: this.chosen ? "" : "Choose a place first", name: `Test connection of the ${name}`,
          on: () => this.test() })}${outcome(this.result, isOwn ? idsOf(this.shape, [name, "connection"]) : {})}</div>`;
  }

  /** The settings of a place that is not a named connection. */
  own(hasBucket) {
    const { desk, name, value } = this, path = [name, "connection"];
    const properties = this.shape.properties ?? {}, rest = Object.keys(properties).filter((key) => !["type", "path"].includes(key));
    if (!rest.length) return "";
    const own = typeof value.connection === "object" && value.connection ? value.connection : {};
    return html`${settings(desk, this.shape, own, path,
      { skip: ["type", "path", ...(hasBucket ? ["bucket"] : [])], over: presetOver(this.specs.stores[this.kind]?.presets, own) })}`;
  }

  select(cls = "") {
    const { desk, name } = this, id = idOf([name, "connection"]), known = this.connections.map((one) => `name:${one.name}`);
    const errors = [id, idOf([name, "type"]), name].find((one) => desk.problem(one)), now = this.chosen, isUnknown = now.startsWith("name:")
      && !known.includes(now);
    return html`<div class="field ${cls}"><label for=${id}>Connection</label><span class="select"><select id=${id} name=${id}
      aria-invalid=${errors ? "true" : "false"} aria-describedby=${errors ? `${errors}-e` : tiedTo(desk, id, "")} ?disabled=${!may("admin")}
        @change=${this.choose}>
      ${now ? "" : html`<option value="" selected>Choose a place</option>`}
      ${known.length || isUnknown ? html`<optgroup
        label="Connections">${this.connections.map((one) =>
          html`<option value="name:${one.name}" ?selected=${now === `name:${one.name}`}>${one.name}</option>`)}${isUnknown
            ? html`<option value=${now} selected>${now.slice(5)} (not there)</option>` : ""}</optgroup>` : ""}
      <optgroup label="Only for this job">${Object.entries(this.specs.stores).map(([kind, { title }]) =>
        html`<option value="kind:${kind}" ?selected=${now === `kind:${kind}`}>${title}</option>`)}</optgroup></select></span>${errors
          ? errorOf(desk, errors) : ""}</div>`;
  }
}

define("hl-place", Place);
