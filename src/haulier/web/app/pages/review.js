// All payments that wait for a person, whichever import they came with; the oldest first.
import { Element, define, html } from "../core/element.js";
import { BASE, go, keep, typing } from "../core/router.js";
import { counted } from "../core/words.js";
import { waiting } from "../core/waiting.js";
import { importers } from "../imports/flows.js";
import { isTold, keysNote } from "../imports/words.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { cardHead, empty, filter, head } from "../parts/page.js";
import "../imports/queue.js";

const PAUSE = 250;

export class Review extends Element {
  static properties = { route: { attribute: false }, flows: { state: true } };

  constructor() {
    super();
    this.flows = [];
    this.changed = () => this.requestUpdate();
    this.type = typing((text) => keep({ text, payment: "" }), PAUSE);
    importers().then((flows) => { this.flows = flows; }, () => {});
  }

  connectedCallback() {
    super.connectedCallback();
    waiting.addEventListener("change", this.changed);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    waiting.removeEventListener("change", this.changed);
  }

  none(isNarrowed) {
    if (isNarrowed) return empty("filter", "No payment matches", "None that waits has this name, reference or amount.",
      button({ label: "Clear filters", cls: "sm", on: () => go(`${BASE}/imports/review`) }));
    return empty("ok", "No payment needs a person", "Each was matched, or a person has decided about it.",
      html`<a class="btn sm" href="${BASE}/imports">Open the imports</a>`);
  }

  render() {
    const { query } = this.route, flow = query.get("flow") ?? "", text = query.get("text") ?? "", all = waiting.value?.review;
    const flows = [...new Set([...this.flows, ...(flow ? [flow] : [])])];
    return html`${head("Review", all === undefined ? "\u00a0" : all ? `${counted(all, "payment")} ${all === 1 ? "needs" : "need"} a person` : "Nothing waits")}
      <section class="card" aria-labelledby="h-review">${cardHead("h-review", "Reconciliation", "Payments that need a person", keysNote)}
      <div class="tools is-above"><div class="filters"><label class="find grow">${icon("search")}<span class="sr">Search payments</span><input class="input"
        type="search" placeholder="Payer, reference or amount" aria-keyshortcuts="/" .value=${text} @input=${(event) => this.type(event.target.value)}></label>
        ${filter("Flow", [["", "Every flow"], ...flows.map((one) => [one, one])], flow, (now) => keep({ flow: now, payment: "" }), "narrow")}</div></div>
      <hl-queue .of=${{ flow, text }} .chosen=${Number(query.get("payment") ?? 0)} .none=${() => this.none(flow || text)}
        @queue-decided=${({ detail }) => { this.isDecided ||= isTold(detail); waiting.refresh(); this.requestUpdate(); }}></hl-queue>${this.isDecided
          ? html`<footer>${icon("waiting")}What was decided is told with the next run of each flow.</footer>` : ""}</section>`;
  }
}

define("hl-review", Review);
