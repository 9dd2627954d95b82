// A payment told apart by hand: items with amounts, the rest, and a search among what is open.
import { html } from "lit";
import { live } from "lit/directives/live.js";
import { get } from "../core/api.js";
import { count, sentence } from "../core/words.js";
import { button } from "../parts/button.js";
import { mishap, open } from "../parts/dialog.js";
import { icon, state } from "../parts/icon.js";
import { isMeanwhile, refused, tell } from "./deciding.js";
import { amountOf, isNegative, isNought, less, money, smaller, sum } from "./money.js";
import { payerOf } from "./words.js";

const PAUSE = 220, SHOWN = 20;
const WHOLE = { word: "Nothing is left over", tone: "ok", icon: "ok" };

/** Resolves to {now}, the payment or null if somebody else decided meanwhile; to null if nothing was done. */
export function split(payment, allocations, isSearch) {
  const desk = new SplitDesk(payment, allocations);
  return open(isSearch ? "Search invoice" : "Split the payment", (frame) => {
    desk.frame(frame);
    return html`<form class="body" id="split" novalidate @submit=${(event) => desk.send(event)}>${mishap(desk.problem)}<p class="row apart wrap"><span
        class="wraps"><strong>${payerOf(payment)}</strong></span><span class="nowrap"><strong>${money(payment.amount)}</strong> ${payment.currency}</span></p>
      ${isSearch ? html`${desk.search(true)}${desk.parts()}` : html`${desk.parts()}${desk.search(false)}`}</form>
      <footer><button class="btn" type="button" @click=${() => frame.close(null)}>Not now</button>${button({ label: "Match", icon: "check", cls: "primary",
        type: "submit", needs: "operator", busy: desk.busy, off: desk.items.length ? "" : "Add an item first", on: (event) => { event.preventDefault();
          document.getElementById("split").requestSubmit(); } })}</footer>`;
  }, { cls: "wide split-dialog" });
}

class SplitDesk {
  found = null;
  trouble = null;
  problem = null;
  busy = false;
  text = "";

  constructor(payment, allocations) {
    this.payment = payment;
    this.items = allocations.map(({ item, amount }) => ({ item, typed: amount, about: "" }));
  }

  /** The dialog it is in; once it is open, what is open is asked for. */
  frame(frame) {
    this.shown = frame;
    this.draw = frame.draw;
    this.asked ??= this.ask();
  }

  async ask() {
    const { text } = this;
    try {
      const { items } = await get(`/imports/payments/${this.payment.id}/items`, { text });
      if (text === this.text) [this.found, this.trouble] = [items, null];
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      if (text === this.text) [this.found, this.trouble] = [[], problem];
    }
    this.draw();
  }

  type(text) {
    this.text = text.trim();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  get rest() {
    return less(this.payment.amount, sum(this.items.map(({ typed }) => amountOf(typed) ?? "0")));
  }

  add(one) {
    const left = this.rest, fits = isNegative(left) === isNegative(one.open) && !isNought(left);
    this.items.push({ item: one.id, typed: fits ? smaller(one.open, left) : "", about: one.names[0] ?? one.party });
    this.problem = null;
    this.draw();
    document.getElementById(`part-${this.items.length - 1}`)?.focus();
  }

  drop(at) {
    this.items.splice(at, 1);
    this.draw();
    document.getElementById("split-search")?.focus();
  }

  async send(event) {
    event.preventDefault();
    const wrong = this.items.findIndex(({ typed }) => amountOf(typed) === null || isNought(amountOf(typed)));
    if (this.busy || !this.items.length) return;
    this.tried = true;
    if (wrong >= 0) return void (this.draw(), document.getElementById(`part-${wrong}`).focus());
    this.busy = true;
    this.draw();
    try {
      const allocations = this.items.map(({ item, typed }) => ({ item, amount: amountOf(typed) }));
      this.shown.close({ now: await tell(this.payment, "split", { allocations }) });
    } catch (problem) {
      if (isMeanwhile(problem)) return void this.shown.close({ now: refused(this.payment, problem) });
      if (problem.status === undefined) throw problem;
      this.problem = problem;
    } finally {
      this.busy = false;
      this.draw();
    }
  }

  parts() {
    if (!this.items.length) return html`<p class="small muted">No item is chosen yet: all of it is left over.</p>`;
    return html`<fieldset class="field"><legend>Items</legend><ol class="split-parts">${this.items.map((one, at) => this.part(one, at))}</ol><p
      class="row apart split-rest" role="status"><span>${this.verdict()}</span><strong
        class="num">${money(this.rest)} ${this.payment.currency}</strong></p></fieldset>`;
  }

  verdict() {
    const { rest } = this;
    if (isNought(rest)) return state(WHOLE);
    return isNegative(rest) !== isNegative(this.payment.amount) ? state({ word: "More than was paid", tone: "bad", icon: "bad" })
      : state({ word: "Left over, for no item", tone: "warn", icon: "warn" });
  }

  part({ item, typed, about }, at) {
    const isWrong = this.tried && (amountOf(typed) === null || isNought(amountOf(typed)));
    const set = (event) => { this.items[at].typed = event.target.value; this.problem = null; this.draw(); };
    return html`<li><span class="grow"><span class="strong wraps">${item}</span>${about
      ? html`<span class="tiny muted block clip">${about}</span>` : ""}</span><input
      class="input num" id="part-${at}" aria-label="Amount for ${item}" inputmode="decimal" autocomplete="off" .value=${live(typed)}
        aria-invalid=${isWrong ? "true" : "false"} @input=${set}>${button({ label: `Remove ${item}`, icon: "x", bare: true, cls: "quiet sm",
          on: () => this.drop(at) })}${isWrong ? html`<span class="err tiny is-bad">An amount such as 12.50</span>` : ""}</li>`;
  }

  search(isFirst) {
    return html`<div class="field"><label for="split-search">${isFirst ? "Number, name or amount" : "Add an item"}</label><span
      class="find">${icon("search")}<input
      class="input" id="split-search" type="search" placeholder="Number, name or amount of what is open" autocomplete="off" ?autofocus=${isFirst}
        @keydown=${(event) => event.key === "Enter" && event.preventDefault()} @input=${(event) => this.type(event.target.value)}></span>
      ${this.trouble ? html`<p class="err">${icon("bad")}<span>${sentence(this.trouble.detail || this.trouble.title)}</span></p>` : this.results()}</div>`;
  }

  results() {
    const { found } = this, taken = new Set(this.items.map(({ item }) => item));
    if (!found) return html`<p class="help" role="status">Looking for what is open …</p>`;
    const left = found.filter(({ id }) => !taken.has(id));
    if (!left.length) return html`<p class="help" role="status">${this.text ? "No open item matches."
      : (this.items.length ? "Nothing else is open that is likely: search for it." : "Nothing open is likely: search for it.")}</p>`;
    return html`<ul class="open-items" aria-label="Open items">${left.slice(0, SHOWN).map((one) => html`<li><span class="grow"><span class="strong wraps">${one
      .id}</span> <span class="muted small">${one.names[0] ?? one.party}</span><span class="tiny muted block wraps">${[one.references.filter((text) => text
        !== one.id).join(", "), one.date ? `due ${one.date}` : ""].filter(Boolean).join(", ")}</span></span><span class="num">${money(one.open)} <span
          class="tiny muted">${one.currency}</span></span>${button({ label: "Add", name: `Add ${one.id}`, cls: "sm", needs: "operator",
            on: () => this.add(one) })}</li>`)}</ul>${left.length > SHOWN ? html`<p class="help">The first ${count(SHOWN)} are shown.</p>` : ""}`;
  }
}
