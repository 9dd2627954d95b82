// What a file says of itself, and whether that is so; what was odd in it; by which rules its payments were matched.
import { html } from "lit";
import { count, exact, exactly, sentence } from "../core/words.js";
import { homeOf } from "../core/kinds.js";
import { BASE } from "../core/router.js";
import { icon, state } from "../parts/icon.js";
import { cardHead } from "../parts/page.js";
import { codeOf, importHref } from "./words.js";
import { money } from "./money.js";

const HOLDS = { word: "Holds", tone: "ok", icon: "ok" }, FAILS = { word: "Differs", tone: "bad", icon: "bad" };
const FEW = 8, NOTICES = 20;
const RULES = { reference: "by its reference", tokens: "by numbers in the message", message: "by numbers in the message", sums: "several items add up",
  overpaid: "by its reference, too much was paid", partial: "by its reference, a part of it", tolerance: "nearly the amount",
  together: "several payments for one item", party: "by who paid", amount: "by the amount alone", returned: "a payment that came back",
  duplicate: "it came before", person: "by a person" };

/** Those that do not hold first; the list of the hub is cut, so that they may be missing in it. */
function ordered({ checks, checks_failed: failed }) {
  return [...failed, ...checks.filter(({ holds }) => holds)];
}

const shownAs = (name, value) => (/amount|balance|sum/.test(name) && /^-?\d+(\.\d+)?$/.test(value) ? money(value) : value);

const row = (one) => html`<tr class=${one.holds ? "" : "fails"}><td class="k-what"><span class="strong">${sentence(one.name).replace(/\.$/, "")}</span>${
  one.where ? html`<span class="path">${one.where}</span>` : ""}</td><td
    class="num k-said"><span class="phone-word">says </span>${shownAs(one.name, one.said)}</td><td
    class="num k-found"><span class="phone-word">found </span>${shownAs(one.name, one.found)}</td><td class="k-state">${state(one.holds ? HOLDS
      : FAILS)}</td><td class="num k-line muted">${one.line ? html`<span class="phone-word">line </span>${count(one.line)}` : ""}</td></tr>`;

const table = (rows, label) => html`<div class="scroll"><table class="table checks" aria-label=${label}><thead><tr><th scope="col">The file says</th><th
  scope="col" class="num">Said</th><th scope="col" class="num">Found</th><th scope="col">Result</th><th scope="col"
    class="num k-line">Line</th></tr></thead><tbody>${rows.map(row)}</tbody></table></div>`;

/** The totals of the file; nothing where its format has none. */
export function checks(report) {
  const all = ordered(report), failed = report.checks_failed.length, rest = all.length - FEW;
  if (!all.length) return "";
  const held = report.checks_held || all.length - failed, first = failed ? all.slice(0, Math.max(FEW, failed)) : all.slice(0, FEW);
  return html`<section class="card" aria-labelledby="h-checks" id="checks" tabindex="-1">${cardHead("h-checks", "Totals of the file",
    failed ? `${count(failed)} of ${count(held + failed)} do not hold` : `all ${count(held)} hold`)}${table(first, "Totals of the file")}${rest > 0
      && all.length > first.length ? html`<details class="more-rows"><summary>${icon("right")}${count(all.length - first.length)} more</summary>${table(
        all.slice(first.length), "More totals of the file")}</details>` : ""}</section>`;
}

/** The totals of a file, without a card around them: those that do not hold, or all. */
export function totals(report, label) {
  const failed = report.checks_failed, held = report.checks_held;
  if (failed.length) return table(failed.slice(0, FEW), label);
  return held ? html`<p class="tally-line">${state(HOLDS, held === 1 ? "Its total holds" : `All ${count(held)} totals of the file hold`)}</p>` : "";
}

/** Whether it has totals or notices to be shown. */
export const said = ({ checks: all, checks_failed: failed, notices: odd }) => all.length + failed.length + odd.length > 0;

export function notices({ notices: all }) {
  if (!all.length) return "";
  return html`<section class="card" aria-labelledby="h-notices">${cardHead("h-notices", "Notices", `${count(all.length)}, which stopped nothing`)}<ul
    class="notices">${all.slice(0, NOTICES).map((one) => html`<li>${icon("info")}<div class="grow"><span class="wraps">${sentence(one.text)}</span><span
      class="block tiny muted">${one.code}</span></div>${one.line ? html`<span class="tiny muted nowrap">line ${count(one.line)}</span>` : ""}</li>`)}</ul>${
        all.length > NOTICES ? html`<p class="inset tiny muted">These are the first ${count(NOTICES)}.</p>` : ""}</section>`;
}

const counts = (all, wordOf) => Object.entries(all).sort(([, one], [, other]) => other - one).map(([name, many]) => html`<dt>${wordOf(name)}</dt><dd
  class="num">${count(many)}</dd>`);

/** How its payments were matched when the file was read: what persons decided since is in their trails. */
export function rules({ rules: by, reasons }) {
  if (!Object.keys(by).length && !Object.keys(reasons).length) return "";
  const matched = Object.entries(by).filter(([name]) => name);
  return html`<section class="card" aria-labelledby="h-rules">${cardHead("h-rules", "How it was matched", "when the file was read")}<div
    class="body"><dl class="facts tally">${counts(Object.fromEntries(matched), (name) => `Matched ${RULES[name] ?? `by ${name}`}`)}${counts(reasons,
      (name) => `Asked: ${codeOf(name).toLowerCase().replace(/\.$/, "") || name.replaceAll("_", " ")}`)}</dl></div></section>`;
}

const scalar = (value) => ["string", "number", "boolean"].includes(typeof value) && value !== "";
const named = (name) => (name[0].toUpperCase() + name.slice(1)).replaceAll("_", " ");
const told = (value) => (typeof value === "boolean" ? (value ? "yes" : "no")
  : String(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?$/, "$1 $2"));

export const facts = (one) => html`<section class="card" aria-labelledby="h-about">${cardHead("h-about", "Details")}<div class="body"><dl
  class="facts"><dt>Import</dt><dd><a href=${homeOf(one.flow_name)}>${one.flow}</a></dd>${one.run ? html`<dt>Run</dt><dd><a
    href="${BASE}/runs/${one.run}">run ${count(one.run)}</a></dd>` : ""}<dt>File</dt><dd class="mono">${one.name}</dd><dt>From</dt><dd>${one.place}</dd><dt>Read
    as</dt><dd>${one.parser}</dd><dt>Size</dt><dd>${exactly(one.size)}</dd><dt>SHA-256</dt><dd><code class="clip"
    title=${one.digest}>${one.digest}</code></dd>${one.origin ? html`<dt>Came before</dt><dd><a href=${importHref(one.origin)}>as import ${count(
      one.origin)}</a></dd>` : ""}${one.tries > 1 ? html`<dt>Tries</dt><dd>${count(one.tries)}</dd>` : ""}<dt>Started</dt><dd>${exact(
        one.started)}</dd>${one.finished ? html`<dt>Ended</dt><dd>${exact(one.finished)}</dd>` : ""}${Object.entries(one.report.facts).filter(([,
          value]) => scalar(value)).map(([name, value]) => html`<dt>${named(name)}</dt><dd>${told(value)}</dd>`)}</dl></div></section>`;
