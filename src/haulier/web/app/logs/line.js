// One line of the log, and what there is to know of it when it is opened.
import { html } from "lit";
import { part } from "../core/api.js";
import { BASE } from "../core/router.js";
import { ofLevel } from "../core/states.js";
import { clock, count, exact, local } from "../core/words.js";
import { button } from "../parts/button.js";
import { state } from "../parts/icon.js";
import { toast } from "../parts/toast.js";

const TONES = { warn: "is-warn", bad: "is-bad" };
const thousandths = (at) => (at ? `.${/\.(\d{3})/.exec(at)?.[1] ?? "000"}` : "");

async function copy(line) {
  await navigator.clipboard.writeText(JSON.stringify(line));
  toast("Copied");
}

const more = (line) => html`<div class="more-log"><dl class="facts"><dt>at</dt><dd>${exact(line.at)}<span
  class="muted">${thousandths(line.at)}</span></dd>${line.logger ? html`<dt>from</dt><dd class="mono">${line.logger}</dd>` : ""}
  ${line.flow ? html`<dt>job</dt><dd><a href="${BASE}/jobs/${part(line.flow)}">${line.flow}</a></dd>` : ""}${line.run
    ? html`<dt>run</dt><dd><a href="${BASE}/runs/${line.run}">${count(line.run)}</a></dd>` : ""}<dt>text</dt><dd
      class="mono whole">${line.text}</dd></dl>
  <p class="row">${line.run ? html`<a class="btn sm" href="${BASE}/runs/${line.run}">Open run</a>`
    : ""}${button({ label: "Copy as JSON", icon: "copy", cls: "sm quiet", on: () => copy(line) })}</p></div>`;

/** `toggle` opens and closes it. */
export function logLine(line, isOpen, toggle) {
  const about = ofLevel(line.level);
  return html`<li class="logline ${TONES[about.tone] ?? ""} ${isOpen ? "open" : ""}"><button type="button" aria-expanded=${isOpen}
    @click=${toggle}>
    <time datetime=${line.at ?? ""}>${clock(line.at)}<span class="muted">${thousandths(line.at)}</span></time>${state(about)}<span
      class="src clip" title=${line.logger}>${line.logger.replace(/^haulier\./, "")}</span>
    <span class="msg">${local(line.text.split("\n")[0])}</span>${line.flow ? html`<span class="tag"><span class="clip">${line.flow}</span></span>`
      : html`<span></span>`}</button>${isOpen ? more(line) : ""}</li>`;
}
