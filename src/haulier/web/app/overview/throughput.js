// The card with the chart: an hour, a day, a week.
import { Element, define, html } from "../core/element.js";
import { get } from "../core/api.js";
import { Load } from "../core/load.js";
import { cardHead, empty, segments } from "../parts/page.js";
import { unitOf } from "../parts/chart.js";

const RANGES = { "1 h": { span: 3600, step: 60 }, "24 h": { span: 86_400, step: 900 }, "7 d": { span: 7 * 86_400, step: 10_800 } };
const NAMES = { "1 h": "the last hour", "24 h": "the last 24 hours", "7 d": "the last 7 days" };
const SAID = { 60: "minute", 900: "15 min", 10_800: "3 hours" };

/** Every stretch from `since` on, with nothing in those that the hub left out. */
export function filled(buckets, since, { span, step }) {
  const start = Math.floor(since / step) * step, whole = new Map(buckets.map((one) => [Math.floor(Date.parse(one.at) / 1000 / step), one]));
  return Array.from({ length: span / step }, (_, at) => {
    const second = start + (at + 1) * step;
    return { files: 0, bytes: 0, failed: 0, ...whole.get(second / step), at: new Date(second * 1000).toISOString() };
  });
}

export class Throughput extends Element {
  static properties = { day: { attribute: false }, range: { state: true } };

  constructor() {
    super();
    this.range = "24 h";
    this.load = new Load(this, (signal) => this.ask(signal));
  }

  async ask(signal) {
    const range = RANGES[this.range], since = Date.now() / 1000 - range.span;
    const { buckets } = await get("/stats", { since: new Date(since * 1000).toISOString(), step: range.step }, signal);
    return filled(buckets, since, range);
  }

  /** A hub that has moved files for less than an hour shows that hour: in a day it would be one needle. */
  begin() {
    this.hasBegun = true;
    const hour = Date.now() - 3_600_000, moved = this.day.filter((one) => one.files || one.failed);
    if (moved.length && moved.every(({ at }) => Date.parse(at) > hour)) this.range = "1 h";
  }

  willUpdate(changes) {
    if (this.day && !this.hasBegun) this.begin();
    if (changes.has("day") && this.range !== "24 h") this.load.again();
  }

  pick(range) {
    this.range = range;
    if (range !== "24 h") this.load.again({ fresh: true });
  }

  render() {
    const range = RANGES[this.range];
    const nothing = () => empty("transfers", "Nothing was moved", `No file was delivered in ${NAMES[this.range]}.`);
    const ready = (buckets) => (buckets.every(({ files, bytes, failed }) => !files && !bytes && !failed)
      ? html`<div class="body" aria-busy=${this.load.busy}><div class="box still">${nothing()}</div></div>`
      : html`<div class="body" aria-busy=${this.load.busy}><hl-chart .buckets=${buckets}
      .step=${range.step}></hl-chart></div>`);
    const buckets = this.range === "24 h" ? this.day && filled(this.day, Date.now() / 1000 - range.span, range) : this.load.value;
    const bones = html`<div class="body"><span class="bone box"></span></div>`;
    return html`<section class="card" aria-labelledby="h-chart">${cardHead("h-chart", "Throughput", buckets
      ? `${unitOf(buckets)} per ${SAID[range.step]}` : "",
      segments("Range", Object.keys(RANGES).map((one) => [one, one]), this.range, (one) => this.pick(one), "push"))}
      ${buckets ? ready(buckets) : this.load.error && this.range !== "24 h" ? this.load.shown({ ready, what: "The chart" })
        : bones}</section>`;
  }
}

define("hl-throughput", Throughput);
