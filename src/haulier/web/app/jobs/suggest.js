// What reads the files of a source: found out by the beginning of one of them, and filled in.
import { Element, define, html } from "../core/element.js";
import { post } from "../core/api.js";
import { counted, sentence } from "../core/words.js";
import { written } from "../form/column.js";
import { browse } from "../form/browse.js";
import { targetOf } from "../form/paths.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";

const bare = (path) => (path ?? "").replace(/^(\.?\/)+|\/+$/g, "").replace(/^\.$/, "");

const settingsOf = ({ parser, settings }) => (Object.keys(settings).length ? { type: parser, ...settings } : parser);

export class Suggest extends Element {
  static properties = { desk: { attribute: false }, stamp: { attribute: false }, found: { state: true }, problem: { state: true }, busy: { state: true } };

  get source() {
    return this.desk.form.source ?? {};
  }

  get off() {
    return this.source.connection || this.source.type ? "" : "Choose a source first";
  }

  /** Of the source's folder the newest file that it takes, or this one. */
  async ask(path = bare(this.source.path), pattern = this.source.file_pattern ?? "") {
    Object.assign(this, { busy: true, found: null, problem: null });
    try {
      const found = await post("/imports/suggest", { ...targetOf(this.source), path, pattern });
      if (found.formats.length) this.take(found, found.formats[0]);
      else this.problem = { message: `${found.file}: no format knows it`, problems: [] };
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      this.problem = problem;
    }
    this.busy = false;
  }

  /** Instead of what was there; that can be had back. */
  take(found, format) {
    const { desk } = this, before = desk.form;
    const { schema: _, ...rest } = desk.form.import ?? {};
    desk.replace({ ...desk.form, import: { ...rest, parser: settingsOf(format), ...(format.columns.length ? { schema: written(format.columns, {}) } : {}) } });
    this.found = { ...found, now: format.parser };
    if (before.import?.parser !== undefined) toast("Format and columns are those of the file", { text: found.file, action: { label: "Undo",
      on: () => { desk.replace(before); this.found = null; } } });
  }

  async choose() {
    const picked = await browse({ target: targetOf(this.source), title: "A file to look at", start: this.source.path ?? "", files: true });
    if (picked !== null) await this.ask(picked);
  }

  render() {
    return html`<div class="row wrap try">${button({ label: "Suggest", icon: "bolt", cls: "sm", needs: "admin", busy: this.busy, off: this.off,
      name: "Suggest format and columns", on: () => this.ask() })}${button({ label: "Choose a file", icon: "folder", cls: "sm quiet", needs: "admin",
        off: this.off, on: () => this.choose() })}${this.outcome()}</div>`;
  }

  outcome() {
    const { found, problem } = this;
    if (problem) return html`<p class="result is-bad" role="alert">${icon("bad")}<span><strong>${sentence(problem.problems[0]?.text
      ?? problem.message)}</strong></span></p>`;
    if (!found) return html`<p class="tiny muted">Looks at the newest file of the source, and fills in the format and the columns.</p>`;
    const one = found.formats.find(({ parser }) => parser === found.now), others = found.formats.filter(({ parser }) => parser !== found.now);
    return html`<p class="result is-ok" role="status">${icon("ok")}<span><strong class="wraps">${found.file} is ${one.parser}.</strong> <span
      class="muted">${one.why ? sentence(one.why) : ""} ${one.columns.length ? `${counted(one.columns.length, "column")} seen.` : ""}</span>${others.map(
        (other) => html` <button class="btn link" type="button" @click=${() => this.take(found, other)}>Take it as ${other.parser}</button>`)}</span></p>`;
  }
}

define("hl-suggest", Suggest);
