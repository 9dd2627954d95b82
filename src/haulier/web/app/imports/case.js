// One payment: who paid, what they wrote, what it may be for and why; and what a person can say of it.
import { Element, define, html, nothing } from "../core/element.js";
import { get } from "../core/api.js";
import { Load } from "../core/load.js";
import { may, whyNot } from "../core/session.js";
import { ofMatch } from "../core/states.js";
import { count, counted, exact, moment, sentence } from "../core/words.js";
import { button } from "../parts/button.js";
import { chip, icon } from "../parts/icon.js";
import { bones, notice } from "../parts/page.js";
import { toast } from "../parts/toast.js";
import { SAID, decide, why } from "./deciding.js";
import { REVIEW } from "./listing.js";
import { isNegative, isNought, money, negated, sum } from "./money.js";
import { codeOf, gapOf, importHref, payerOf, sureness } from "./words.js";

const OPERATOR = "operator", SURE = 0.6;

export class Case extends Element {
  /** `payment`: as the list has it; `number`: its id; `ofImport`: whether to say of which import it is. */
  static properties = { payment: { attribute: false }, number: { type: Number }, ofImport: { type: Boolean }, candidate: { state: true },
    busy: { state: true } };

  constructor() {
    super();
    Object.assign(this, { candidate: 0, busy: "" });
    this.load = new Load(this, (signal) => get(`/imports/payments/${this.number}`, {}, signal),
      (now) => this.dispatchEvent(new CustomEvent("case-loaded", { detail: now })));
  }

  willUpdate(changes) {
    if (!changes.has("number")) return;
    this.candidate = 0;
    this.load.again({ fresh: true });
  }

  /** Look at it again; what is shown stays meanwhile. */
  again() {
    this.load.again();
  }

  get shown() {
    const { value } = this.load, { payment } = this;
    return value?.id === this.number && !(payment?.version > value.version) ? value : payment;
  }

  async say(action, more, verb = action) {
    const { shown: before } = this;
    if (this.busy) return;
    this.busy = action;
    try {
      this.heard(before, await decide(before, action, more), verb);
    } finally {
      this.busy = "";
    }
  }

  /** What came of it: the payment as it is now, null if somebody else decided meanwhile. */
  heard(before, now, action) {
    if (now === null) return this.again();
    if (!now) return undefined;
    const canUndo = ["confirm", "split", "ignore"].includes(action);
    toast(`${payerOf(now)} ${SAID[action]}`, { tone: action === "park" || action === "ignore" ? "idle" : "ok", icon: ofMatch(now.state).icon,
      action: canUndo ? { label: "Undo", on: () => this.undo(now) } : undefined });
    this.dispatchEvent(new CustomEvent("case-decided", { detail: now }));
    return this.again();
  }

  async undo(payment) {
    const now = await decide(payment, "unmatch", { reason: "taken back" });
    if (now) toast(`${payerOf(now)} ${SAID.unmatch}`, { tone: "idle", icon: "retry" });
  }

  async ask(action, name = action) {
    const reason = await why(this.shown, name);
    if (reason !== null) await this.say(action, { reason });
  }

  async split(isSearch) {
    const { shown } = this, { split } = await import("./split.js");
    const answer = await split(shown, isSearch ? [] : shown.candidates[this.candidate]?.allocations ?? [], isSearch);
    if (answer) this.heard(shown, answer.now, "split");
  }

  render() {
    const { shown } = this;
    if (shown) return html`<article class="case" aria-label="Payment of ${payerOf(shown)}">${this.about(shown)}${this.choices(shown)}${this.acts(shown)}${
      this.trail()}</article>`;
    return html`<div class="case">${this.load.shown({ ready: () => "", bones: () => bones(6), what: "This payment" })}</div>`;
  }

  about(one) {
    const facts = [one.payer.account && one.payer.name ? `account ${one.payer.account}` : "", one.booked, one.bank_reference
      ? `number ${one.bank_reference.replace(/^0+(?=.)/, "")}` : "", one.line ? `line ${count(one.line)}` : ""].filter(Boolean).join(", ");
    return html`<div class="row apart wrap top-line"><div class="grow"><h3 class="wraps" tabindex="-1">${payerOf(one)}</h3><p class="small muted wraps">${facts
        ? sentence(facts).replace(/\.$/, "") : ""}${this.ofImport ? html`, <a
          href=${importHref(one.import, one.id)}>import ${count(one.import)}</a>` : ""}</p></div>
      <p class="big">${money(one.amount)} <span>${one.currency}</span></p></div>
      <p class="row wrap verdict-line">${chip(ofMatch(one.state))}<span class="small muted wraps">${whyNow(one)}</span></p>
      ${one.text ? html`<p class="said"><span class="tiny muted">Message from the payer</span><span class="mono wraps whole">${one.text}</span></p>` : ""}
      ${references(one)}`;
  }

  choices(one) {
    if (one.state === "matched") return allocations(one);
    if (!REVIEW.includes(one.state) || !one.candidates.length) return "";
    return html`<fieldset class="cands"><legend class="tiny muted">Candidates</legend>${one.candidates.map(
      (each, at) => this.choice(one, each, at))}</fieldset>`;
  }

  choice(one, { allocations: parts, reasons, score, gap }, at) {
    const left = isNought(gap) || reasons.some((reason) => /\btoo (much|little)\b|\black/.test(reason)) ? ""
      : isNegative(gap) ? `${money(negated(gap))} would lack` : `${money(gap)} would be left over`;
    const word = !at && score >= SURE && one.state !== "ambiguous" ? "best match" : `${sureness(score)} sure`;
    return html`<label class="cand ${at ? "" : "best"}"><input type="radio" name="candidate-${one.id}" .checked=${at === this.candidate}
        ?disabled=${!may(OPERATOR)} @change=${() => { this.candidate = at; }}><span class="grow"><span class="strong wraps">${parts.map(({ item }) => item)
          .join(" + ")}</span> <span class="muted">${parts.length > 1 ? counted(parts.length, "item") : ""}</span><span class="why tiny">${sentence([...reasons,
            left].filter(Boolean).join(", ")).replace(/\.$/, "")}</span></span><span
              class="num"><span>${money(sum(parts.map(({ amount }) => amount)))}</span><span
              class="tiny muted">${word}</span></span></label>`;
  }

  acts(one) {
    const act = (label, on, more = {}) => button({ label, on, needs: OPERATOR, ...more });
    if (!REVIEW.includes(one.state)) {
      const isMatched = one.state === "matched";
      return html`<div class="row wrap">${act(isMatched ? "Un-match" : "Take it up again", () => this.ask("unmatch", isMatched ? "unmatch" : "again"),
        { icon: isMatched ? "unlink" : "retry" })}${told(one)}</div>`;
    }
    const none = one.candidates.length ? "" : "It has no candidate: search for an invoice", parked = one.state === "parked" ? "It is parked" : "";
    return html`<div class="row wrap acts">${act("Accept match", () => this.say("confirm", { candidate: this.candidate }), { icon: "check", cls: "primary",
      keys: "a", off: none, busy: this.busy === "confirm" })}${act("Split", () => this.split(false))}${act("Search invoice", () => this.split(true))}${one
        .candidates.length ? act("Reject", () => this.ask("reject")) : ""}${act("Park", () => this.say("park"), { cls: "quiet", keys: "p", off: parked })}${act(
          "Ignore", () => this.ask("ignore"), { cls: "quiet" })}</div>${may(OPERATOR) ? "" : html`<p class="tiny muted">${whyNot(OPERATOR)} to decide.</p>`}`;
  }

  trail() {
    const trail = this.load.value?.id === this.number ? this.load.value.trail : null;
    if (!trail?.length) return this.load.error ? notice("warn", "warn", "Its trail could not be loaded", this.load.error.detail) : "";
    return html`<section><h4>Trail</h4><ol class="timeline">${trail.map(deed)}</ol></section>`;
  }
}

/** Why it is as it is; not what its first candidate says anyway. */
function whyNow({ reasons, candidates, why: code, state }) {
  const said = reasons.join("; ");
  return said && said !== candidates[0]?.reasons.join("; ") ? sentence(said) : state === "suggested" ? "" : codeOf(code);
}

const KINDS = { ocr: "OCR", rf: "RF", qrr: "QRR", kid: "KID", structured: "Reference", invoice: "Invoice", end_to_end: "End to end", mandate: "Mandate",
  batch: "Batch", bank: "Bank", free: "Text" };

function references({ references: all, reference, currency }) {
  const found = all.length ? all : reference ? [{ kind: "structured", text: reference, amount: null }] : [];
  if (!found.length) return "";
  return html`<dl class="facts refs">${found.map(({ kind, text, amount }) => html`<dt>${KINDS[kind] ?? kind}</dt><dd class="mono wraps">${text}${amount
    ? html` <span class="muted">${money(amount)} ${currency}</span>` : ""}</dd>`)}</dl>`;
}

const allocations = ({ allocations: parts, rest, gap, rule }) => html`<section><h4>Matched with</h4><ul class="parts-list">${parts.map(({ item, amount }) =>
  html`<li><span class="strong wraps grow">${item}</span><span class="num">${money(amount)}</span></li>`)}${isNought(rest) ? "" : html`<li><span
    class="muted grow">Rest, for no item${gapOf(gap) ? `: ${gapOf(gap)}` : ""}</span><span class="num">${money(rest)}</span></li>`}</ul>${rule
      && rule !== "person" ? html`<p class="tiny muted">By the rule ${rule}.</p>` : ""}</section>`;

/** Whether those who are to know were told. */
const told = ({ posted, state }) => (state !== "matched" ? "" : html`<span class="small muted row">${icon(posted ? "ok" : "waiting")}${posted
  ? "Told to those who are to know" : "Told with the next run of its flow"}</span>`);

const DEEDS = { matched: ["Matched", "ok", "is-ok"], suggested: ["Suggested", "info", ""], ambiguous: ["Several fit", "warn", "is-warn"],
  unmatched: ["Not matched", "warn", "is-warn"], confirmed: ["Accepted", "check", "is-ok"], confirm: ["Accepted", "check", "is-ok"],
  split: ["Matched by hand", "check", "is-ok"], rejected: ["Candidates rejected", "x", ""], reject: ["Candidates rejected", "x", ""],
  unmatch: ["Un-matched", "unlink", "is-warn"], parked: ["Parked", "paused", ""], park: ["Parked", "paused", ""], ignored: ["Ignored", "cancelled", ""],
  ignore: ["Ignored", "cancelled", ""], duplicate: ["Seen as a duplicate", "skipped", ""], posted: ["Told", "out", ""],
  refused: ["Refused by those who were told", "bad", "is-bad"] };

function deed({ at, by, word, before, after, text }) {
  const [title, image, tone] = DEEDS[word] ?? [sentence(word).replace(/\.$/, ""), "info", ""];
  const name = word === "unmatched" && before.startsWith("matched") ? "Un-matched" : title;
  const change = after === before || !after.includes(":") ? "" : after.slice(after.indexOf(":") + 2);
  return html`<li><span class=${tone || nothing}>${icon(image)}</span><div class="wraps">${name} <span class="muted">by ${by}</span>${[change, text].filter(
    Boolean).map((line) => html`<p>${line}</p>`)}</div><time datetime=${at} title=${exact(at)}>${moment(at)}</time></li>`;
}

define("hl-case", Case);
