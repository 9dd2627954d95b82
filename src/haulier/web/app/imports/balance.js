// That nothing was lost: rows in are rows that came to something, and money in is money that was told apart.
import { html } from "lit";
import { count } from "../core/words.js";
import { chip, state } from "../parts/icon.js";
import { isNought, money } from "./money.js";

const ACCEPTED = { word: "Accepted", tone: "ok", icon: "ok" }, REJECTED = { word: "Rejected", tone: "bad", icon: "bad" },
  DUPLICATE = { word: "Duplicate", tone: "idle", icon: "skipped" }, MATCHED = { word: "Matched", tone: "ok", icon: "ok" },
  UNMATCHED = { word: "Unmatched", tone: "warn", icon: "warn" }, IGNORED = { word: "Ignored", tone: "idle", icon: "cancelled" };
const HOLDS = { word: "Balances", tone: "ok", icon: "ok" }, FAILS = { word: "Does not balance", tone: "bad", icon: "bad" },
  GOES = { word: "Being read", tone: "running", icon: "copying", spins: true };

const part = (about, value, more = "") => html`<dl class=${more}><dt>${typeof about === "string" ? about : state(about)}</dt><dd>${value}</dd></dl>`;
const sign = (text) => html`<span class="op" aria-hidden="true">${text}</span>`;

const line = (label, total, parts, verdict) => html`<div class="sum" role="group" aria-label=${label}>${part(label, total)}${parts.map(([about,
  value], at) => html`${sign(at ? "+" : "=")}${part(about, value)}`)}<span class="verdict">${chip(verdict)}</span></div>`;

function currency([name, its], verdict) {
  const rest = [[DUPLICATE, its.duplicates], [IGNORED, its.ignored]].filter(([, value]) => !isNought(value));
  const parts = [[MATCHED, its.matched], [UNMATCHED, its.unmatched], ...rest].map(([about, value]) => [about, money(value)]);
  return line(`Money in, ${name}`, money(its.total), parts, verdict(its));
}

/** The card of one import. */
export function balance(one) {
  const verdict = ({ balances }) => (one.state === "reading" ? GOES : balances ? HOLDS : FAILS), sums = Object.entries(one.money);
  return html`<section class="card balance ${sums.length ? "" : "only"}" aria-label="Balance"><h2 class="sr">Balance</h2>${line("Rows in", count(one.rows),
    [[ACCEPTED, count(one.accepted)], [REJECTED, count(one.rejected)], [DUPLICATE, count(one.duplicates)]], verdict(one))}${sums.length
      ? html`<div class="sums">${sums.map((each) => currency(each, verdict))}</div>` : ""}</section>`;
}
