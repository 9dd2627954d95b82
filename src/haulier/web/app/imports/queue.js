// The queue of payments, and the one that is looked at. J and K move; what is decided makes room for the next one.
import { Element, define, html, nothing, repeat } from "../core/element.js";
import { Follow, atLast } from "../core/events.js";
import { Load } from "../core/load.js";
import { keep } from "../core/router.js";
import { ofMatch } from "../core/states.js";
import { count } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon, state } from "../parts/icon.js";
import { bones, empty } from "../parts/page.js";
import { trying } from "../parts/toast.js";
import { PAGE, REVIEW, payments } from "./listing.js";
import { money } from "./money.js";
import { payerOf, whyOf } from "./words.js";
import "./case.js";

const QUIET = 1200, NARROW = "(max-width: 55rem)";
const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

export class Queue extends Element {
  /** `of`: what is listed, see listing.js; `chosen`: a payment's id. Fires `queue-decided` with the payment. */
  static properties = { of: { attribute: false }, chosen: { type: Number }, none: { attribute: false } };

  constructor() {
    super();
    this.load = new Load(this, (signal) => payments(this.of, "", Math.max(PAGE, this.rows.length), signal).then((page) => this.kept(page)));
    const again = atLast(() => this.isConnected && this.refresh(), QUIET);
    new Follow(this, { event: ({ kind }) => kind.startsWith("import.") && again(), reload: again });
  }

  get rows() {
    return this.load.value?.items ?? [];
  }

  get at() {
    return this.rows.findIndex(({ id }) => id === this.current);
  }

  /** The one that is asked for, or the first. */
  get current() {
    return this.chosen || this.rows[0]?.id;
  }

  willUpdate() {
    const { intake, ...rest } = this.of, asked = JSON.stringify([intake?.id, rest]), isNew = asked !== this.asked;
    if (!isNew && intake?.review === this.waits) return;
    [this.asked, this.waits] = [asked, intake?.review];
    this.load.again({ fresh: isNew });
  }

  refresh() {
    if (this.load.value) this.load.again();
    this.querySelector("hl-case")?.again();
  }

  /** One that somebody else decided about stays for as long as it is looked at. */
  kept(page) {
    const at = this.at, mine = this.rows[at];
    if (!mine || page.items.some(({ id }) => id === mine.id)) return page;
    return { ...page, items: [...page.items.slice(0, at), mine, ...page.items.slice(at)] };
  }

  async more() {
    const page = await trying("The next payments could not be loaded", () => payments(this.of, this.load.value.next, PAGE));
    if (!page) return;
    this.load.value = { items: [...this.rows, ...page.items], next: page.next };
    this.requestUpdate();
  }

  pick(id) {
    return keep({ payment: id });
  }

  /** To the next or previous one, from wherever the focus is. */
  async step(by) {
    const row = this.rows[Math.max(0, Math.min(this.rows.length - 1, this.at + by))];
    if (!row) return;
    await this.pick(row.id);
    await this.updateComplete;
    this.querySelector('.qrow[aria-current="true"]')?.focus();
  }

  key(event) {
    const by = STEPS[event.key];
    if (!by) return;
    event.preventDefault();
    this.step(by);
  }

  /** The hub's answer about one: it changes in place, and goes if it waits no more. */
  patch(now) {
    this.load.value = { ...this.load.value, items: this.rows.map((one) => (one.id === now.id ? now : one)) };
    this.requestUpdate();
  }

  async decided({ detail: now }) {
    const { at } = this, stays = this.of.all, next = this.rows.find(({ id, state: its }, place) => place > at && its !== "parked" && id !== now.id);
    const wasInside = this.querySelector(".queue")?.contains(document.activeElement);
    this.patch(now);
    if (!stays) {
      if (!REVIEW.includes(now.state)) this.load.value = { ...this.load.value, items: this.rows.filter(({ id }) => id !== now.id) };
      await this.pick((next ?? this.rows[Math.min(at, this.rows.length - 1)])?.id ?? "");
    }
    this.dispatchEvent(new CustomEvent("queue-decided", { detail: now }));
    await this.updateComplete;
    if (wasInside) this.querySelector('.qrow[aria-current="true"]')?.focus();
    else if (document.activeElement === document.body) this.querySelector("hl-case h3")?.focus({ preventScroll: true });
  }

  render() {
    return this.load.shown({ ready: ({ items, next }) => (items.length || this.chosen ? this.split(items, next) : this.nobody()),
      bones: () => bones(6), what: "The payments" });
  }

  nobody() {
    return this.none?.() ?? empty("ok", "No payment needs a person", "Each was matched, or is told apart in another way.");
  }

  split(items, next) {
    const { current } = this, isMixed = new Set(items.map(({ currency }) => currency)).size > 1, label = this.of.all ? "Payments" : "Payments to review";
    return html`<div class="review"><div class="queue-side"><ol class="queue" aria-label=${label} @keydown=${this.key}>${repeat(items, ({ id }) => id,
      (one) => this.row(one, one.id === current, isMixed))}</ol>${next ? html`<p class="rest">${button({ label: `Show ${count(PAGE)} more`,
        icon: "down", cls: "sm quiet", on: () => this.more() })}</p>` : ""}</div>
      ${current ? html`<hl-case .payment=${items.find(({ id }) => id === current)} .number=${current} .ofImport=${!this.of.intake} @case-decided=${this.decided}
        @case-loaded=${({ detail }) => this.patch(detail)}></hl-case>` : ""}</div>`;
  }

  row(one, isMine, isMixed) {
    const query = new URLSearchParams(location.search), about = ofMatch(one.state);
    query.set("payment", one.id);
    const open = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.pick(one.id).then(() => matchMedia(NARROW).matches && this.querySelector("hl-case h3")?.focus());
    };
    return html`<li><a class="qrow" href="?${query}" aria-current=${isMine ? "true" : nothing} tabindex=${isMine ? 0 : -1} @click=${open}><span
      class="grow"><span class="strong clip">${payerOf(one)}</span><span class="tiny muted clip">${this.of.all || one.state === "parked" ? state(about)
        : whyOf(one)}</span></span><span class="num">${money(one.amount)}${isMixed ? html`<span
          class="tiny muted block">${one.currency}</span>` : ""}</span></a></li>`;
  }
}

define("hl-queue", Queue);
