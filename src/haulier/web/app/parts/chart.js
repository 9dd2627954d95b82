// Bytes over time as an area, and below it where files failed: uPlot draws, the labels are plain text.
import uPlot from "uplot";
import { Element, define, html } from "../core/element.js";
import { count, counted, day, hour, size } from "../core/words.js";
import { icon } from "./icon.js";

const LABELS = 7, STEPS = 3;
const UNITS = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3], ["B", 1]];
const NICE = [1.2, 1.5, 1.8, 2.4, 3, 4.5, 6, 7.5, 9, 12];

/** The top of the scale: not below `most`, and good to divide by three. */
function nice(most) {
  const power = 10 ** Math.floor(Math.log10(most || 1));
  return (NICE.find((one) => one * power >= most) ?? 12) * power;
}

export class Chart extends Element {
  static properties = { buckets: { attribute: false }, step: { type: Number }, at: { state: true } };

  constructor() {
    super();
    [this.buckets, this.at] = [[], null];
    this.redraw = () => this.draw(true);
    this.sized = new ResizeObserver(() => this.draw());
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("haulier-look", this.redraw);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", this.redraw);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("haulier-look", this.redraw);
    this.dark.removeEventListener("change", this.redraw);
    this.sized.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  firstUpdated() {
    this.sized.observe(this.querySelector(".plot"));
  }

  updated(changes) {
    if (changes.has("buckets")) this.draw();
  }

  get scale() {
    const most = Math.max(...this.buckets.map((one) => one.bytes), 1);
    const [unit, worth] = UNITS.find(([, value]) => most >= value);
    return { unit, worth, top: nice(most / worth) };
  }

  draw(anew = false) {
    const box = this.querySelector(".plot");
    if (!box?.clientWidth) return;
    const data = [this.buckets.map((one) => Date.parse(one.at) / 1000), this.buckets.map((one) => one.bytes / this.scale.worth)];
    if (anew || this.top !== this.scale.top) this.plot = void this.plot?.destroy();
    this.top = this.scale.top;
    if (this.plot) {
      this.plot.setSize({ width: box.clientWidth, height: box.clientHeight });
      this.plot.setData(data);
    } else {
      this.plot = new uPlot(this.options(box), data, box);
    }
  }

  options(box) {
    const colour = (name) => getComputedStyle(this.querySelector(`.ink.${name}`)).color;
    const lines = colour("lines");
    const grid = ({ ctx, bbox }) => {
      ctx.strokeStyle = lines;
      ctx.lineWidth = devicePixelRatio;
      for (let at = 0; at <= STEPS; at += 1) {
        const y = Math.round(bbox.top + (bbox.height * at) / STEPS) + (at < STEPS ? 0.5 : -0.5);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
      }
    };
    return {
      width: box.clientWidth, height: box.clientHeight, padding: [0, 0, 0, 0], legend: { show: false },
        axes: [{ show: false }, { show: false }],
      scales: { x: { time: true }, y: { range: () => [0, this.scale.top] } },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7, fill: colour("line") } },
      series: [{}, { stroke: colour("line"), width: 2, fill: colour("fill"), paths: uPlot.paths.spline(), points: { show: false } }],
      hooks: { drawClear: [grid], setCursor: [({ cursor }) => { this.at = cursor.idx ?? null; }] },
    };
  }

  get summary() {
    const peak = this.buckets.reduce((best, one) => (one.bytes > best.bytes ? one : best), this.buckets[0]);
    const failed = this.buckets.reduce((sum, one) => sum + one.failed, 0), last = this.buckets.at(-1);
    return `Data moved over time. Most was ${size(peak.bytes)} at ${hour(peak.at)}, last ${size(last.bytes)}. ${counted(failed,
      "file")} failed.`;
  }

  tip() {
    const one = this.at == null ? null : this.buckets[this.at];
    if (!one) return "";
    const left = this.at > this.buckets.length / 2;
    const far = this.plot ? this.plot.valToPos(Date.parse(one.at) / 1000, "x") : 0, wide = this.querySelector(".plot")?.clientWidth ?? 0;
    requestAnimationFrame(() => this.querySelector(".tip")?.style.setProperty(left ? "right" : "left",
      `${Math.round(left ? wide - far + 10 : far + 10)}px`));
    return html`<span class="tip ${left ? "before" : "after"}"><strong>${this.step > 7200
      ? `${day(one.at)} ${hour(one.at)}` : hour(one.at)}</strong> ${size(one.bytes)}, ${counted(one.files, "file")}${one.failed
        ? `, ${count(one.failed)} failed` : ""}</span>`;
  }

  render() {
    if (!this.buckets.length) return "";
    const { top } = this.scale, many = this.buckets.length;
    const most = Math.max(...this.buckets.map((one) => one.failed), 1);
    const label = (one) => (this.step > 7200 ? day(one.at) : hour(one.at));
    return html`<figure class="chart"><i class="ink line"></i><i class="ink fill"></i><i class="ink lines"></i>
      <div class="ylab" aria-hidden="true">${Array.from({ length: STEPS + 1 },
        (_, at) => html`<span>${+((top * (STEPS - at)) / STEPS).toPrecision(3)}</span>`)}</div>
      <div class="plot" role="img" aria-label=${this.summary}>${this.tip()}</div>
      <div class="ylab fl" aria-hidden="true"><span class="is-bad" title="Failed files">${icon("bad")}</span></div>
      <svg class="fails" viewBox="0 0 ${many} 20" preserveAspectRatio="none" aria-hidden="true"><path class="grid" d="M0 20H${many}"></path>
        ${this.buckets.map((one, at) => (one.failed ? bar(at, 4 + (16 * one.failed) / most) : ""))}</svg>
      <div class="xlab" aria-hidden="true">${Array.from({ length: LABELS },
        (_, at) => html`<span>${at === LABELS - 1
          ? "Now" : label(this.buckets[Math.floor((at * many) / (LABELS - 1))])}</span>`)}</div></figure>`;
  }
}

const bar = (at, tall) => {
  const one = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ x: at, y: 20 - tall, width: 0.9, height: tall })) one.setAttribute(name, value);
  return one;
};

/** The unit that a chart of these buckets is in. */
export const unitOf = (buckets) => UNITS.find(([, value]) => Math.max(...buckets.map((one) => one.bytes), 1) >= value)[0];

define("hl-chart", Chart);
