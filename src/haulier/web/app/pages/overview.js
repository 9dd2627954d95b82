// The overview: what needs me, what is moving, what is next.
import { Element, define, html } from "../core/element.js";
import { Load, failed } from "../core/load.js";
import { pulse } from "../core/pulse.js";
import { BASE } from "../core/router.js";
import { hour, today, zoneName } from "../core/words.js";
import { lateArrivals, nextRuns } from "../overview/agenda.js";
import { attention } from "../overview/attention.js";
import { kpis } from "../overview/kpis.js";
import { link } from "../parts/button.js";
import { head } from "../parts/page.js";
import { forAll } from "../runs/actions.js";
import "../overview/moving.js";
import "../overview/throughput.js";

const MINUTE = 60_000;

export class Overview extends Element {
  static properties = { route: { attribute: false } };

  constructor() {
    super();
    this.load = new Load(this, () => pulse.refresh());
    this.load.value = pulse.value ?? undefined;
    this.changed = () => { this.load.value = pulse.value; this.load.error = null; this.requestUpdate(); };
  }

  connectedCallback() {
    super.connectedCallback();
    pulse.addEventListener("change", this.changed);
    this.timer = setInterval(() => this.load.again(), MINUTE);
    this.load.again();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    pulse.removeEventListener("change", this.changed);
    clearInterval(this.timer);
  }

  render() {
    const about = this.load.value, first = about?.next?.[0];
    if (!about && this.load.error) return html`${head("Overview")}<section
      class="card">${failed(this.load.error, "The overview", () => this.load.again())}</section>`;
    return html`${head("Overview", `${today()}, ${hour(new Date())}. Times are ${zoneName()}.`,
      html`${forAll("pause", () => pulse.refresh())}
        ${link({ label: "New job", icon: "plus", href: `${BASE}/new-job`, needs: "admin", cls: "primary" })}`)}
      ${kpis(about)}
      <div class="cols two-one"><div class="stack side-stack">
        <hl-throughput .day=${about?.throughput}></hl-throughput>
        <hl-moving .active=${about?.active} .total=${about?.active_count ?? 0}
          .next=${first ? `${first.flow} at ${hour(first.at)}` : ""}></hl-moving></div>
      <div class="stack side-stack">${attention(about?.attention)}${nextRuns(about?.next)}${lateArrivals(about?.late)}</div></div>`;
  }
}

define("hl-overview", Overview);
