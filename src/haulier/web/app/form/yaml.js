// The same document as text: line numbers, colours, and each mistake at its line. A plain text area is written in.
import { Element, define, html } from "../core/element.js";
import { may } from "../core/session.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";

const LINE = /^(\s*(?:- )*)(?:("[^"]*"|'[^']*'|[^\s#:'"{[-][^:#]*?)(:)(?=\s|$))?(.*)$/;

/** A line as pieces: [text, class]. */
export function coloured(line) {
  if (/^\s*#/.test(line)) return [[line, "c"]];
  const [, lead, key, colon, rest] = LINE.exec(line) ?? [null, "", undefined, undefined, line];
  const [value, note] = /^(.*?)(\s#.*)?$/s.exec(rest).slice(1);
  const isWord = /^\s*(?:["'].*["']|true|false|null|-?\d[\d.]*|\$\{.*\}|sealed:.*|•+)\s*$/.test(value);
  return [[lead, ""], [key ?? "", "k"], [colon ?? "", ""], [value, isWord ? "s" : ""], [note ?? "", "c"]].filter(([text]) => text);
}

export class Yaml extends Element {
  static properties = { text: {}, problems: { attribute: false }, busy: { type: Boolean }, isPart: { attribute: false }, label: {},
    file: {} };

  constructor() {
    super();
    Object.assign(this, { text: "", problems: [], label: "Job as YAML", file: "same file, same order, comments kept" });
  }

  typed(event) {
    this.dispatchEvent(new CustomEvent("yaml-write", { detail: event.target.value }));
  }

  async copy() {
    await navigator.clipboard.writeText(this.text);
    toast("Copied");
  }

  go(line) {
    const area = this.querySelector("textarea"), before = this.text.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(before, before + (this.text.split("\n")[line - 1] ?? "").length);
  }

  render() {
    const wrong = new Map(this.problems.filter((one) => one.line).map((one) => [one.line, one])), lines = this.text.split("\n");
    const shown = this.text.endsWith("\n") ? lines.slice(0, -1) : lines;
    return html`<aside class="card yaml" aria-labelledby="h-yaml"><header><h2
      id="h-yaml">YAML</h2><p>${this.file}</p>${button({ label: "Copy YAML", icon: "copy", bare: true, cls: "quiet sm push",
        on: () => this.copy() })}</header>
      <div class="code lines"><div class="sheet"><pre
        aria-hidden="true">${shown.map((line, at) =>
          html`<span class="ln ${wrong.has(at + 1) ? "bad" : ""}"><i>${at + 1}</i>${coloured(line).map(([text, cls]) =>
            (cls ? html`<b class=${cls}>${text}</b>` : text))}${wrong.has(at + 1) ? html` <em>${wrong.get(at + 1).text}</em>`
              : ""}${"\n"}</span>`)}</pre>
        <textarea aria-label=${this.label} aria-describedby="yaml-said" spellcheck="false" autocapitalize="off" autocomplete="off"
          wrap="off" .value=${this.text} ?readonly=${!may("admin")} @input=${this.typed}></textarea></div></div>
      <footer id="yaml-said" aria-live="polite">${this.said()}</footer></aside>`;
  }

  said() {
    const [first] = this.problems;
    if (!first && this.isPart) return html`<span class="state">${icon("queued")}Not complete yet</span>`;
    if (!first) return html`<span class="state is-ok">${icon("ok")}${this.busy ? "Checking" : "No mistakes"}</span>`;
    return html`<button class="btn link first-said" type="button" @click=${() => first.line && this.go(first.line)}><span
      class="state is-bad">${icon("bad")}<span class="clip">${first.line ? `Line ${first.line}: ` : ""}${first.key
        ? `${first.key} ` : ""}${first.text}</span></span></button>${this.problems.length > 1
          ? html`<span class="nowrap push">and ${this.problems.length - 1} more</span>` : ""}`;
  }
}

define("hl-yaml", Yaml);
