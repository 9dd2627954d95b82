// The file of a flow, as it is: line numbers, a few colours, mistakes at their lines. Read only.
import { html } from "lit";
import { button } from "../parts/button.js";
import { cardHead } from "../parts/page.js";
import { toast } from "../parts/toast.js";
import { coloured } from "../form/yaml.js";
import { coloured as json } from "./panel.js";

const MOST = 3000;

async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast("Copied");
}

const yaml = (line) => coloured(line).map(([text, cls]) => (cls ? html`<b class=${cls}>${text}</b>` : text));

export function source({ flow, text, language }) {
  if (flow.is_job) return "";      // its editor has the text
  const wrong = new Map(flow.problems.filter(({ line }) => line).map((one) => [one.line, one]));
  const lines = text.replace(/\n$/, "").split("\n");
  return html`<section class="card source" aria-labelledby="h-source">${cardHead("h-source", "File", html`<span class="mono">${flow.file}</span>`,
    button({ label: "Copy the file", icon: "copy", bare: true, cls: "quiet sm push", on: () => copy(text) }))}
    <div class="code lines" tabindex="0" role="region" aria-label="The file">${lines.slice(0, MOST).map((line, at) => html`<span
      class="ln ${wrong.has(at + 1) ? "bad" : ""}"><i>${at + 1}</i>${language === "json" ? json(line) : yaml(line)}${wrong.has(at + 1)
        ? html` <em>${wrong.get(at + 1).text}</em>` : ""}</span>`)}${lines.length > MOST ? html`<span class="c">…</span>` : ""}</div></section>`;
}
