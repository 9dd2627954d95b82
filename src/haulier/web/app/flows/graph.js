// A flow as boxes and lines, where the hub says that they are. One tab stop: arrow keys go along the lines; dragging moves the picture.
// Of a large one only what is in sight, and around it, is on the page.
import { Element, define, html, nothing, repeat, svg } from "../core/element.js";
import { TASK_OVER } from "../core/states.js";
import { button } from "../parts/button.js";
import { fitted } from "./fit.js";
import { aboutOf, imageOf, told } from "./told.js";

const NAME = 136, MANY = 120, AROUND = 900, NEAR = 250, TINY = 0.25, ZOOMS = [0.25, 0.5, 0.75, 1], LABEL = 20;
const CAPTIONS = { on_success: "if all went well", on_failure: "if a task failed" };
const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

export class Graph extends Element {
  static properties = { layout: { attribute: false }, nodes: { attribute: false }, tasks: { attribute: false }, stamp: { type: Number },
    chosen: {}, href: { attribute: false }, at: { state: true }, zoom: { state: true }, drawn: { state: true } };

  constructor() {
    super();
    Object.assign(this, { zoom: 1, chosen: "" });
  }

  willUpdate(changes) {
    if (!changes.has("layout") && !changes.has("nodes")) return;
    this.boxes = new Map(this.layout.boxes.map((box) => [box.id, box]));
    this.about = new Map(this.nodes.map((node) => [node.id, node]));
    if (!this.boxes.has(this.at)) this.at = this.layout.boxes[0]?.id;
  }

  firstUpdated() {
    this.resized = new ResizeObserver(() => this.look());
    this.resized.observe(this.querySelector(".graph"));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.resized?.disconnect();
  }

  /** What is in sight, in the measures of the picture; drawn anew when it comes near the edge of what was drawn. */
  look() {
    const box = this.querySelector(".graph");
    if (!box || this.layout.boxes.length <= MANY) return;
    const [left, top, right, bottom] = [box.scrollLeft, box.scrollTop, box.scrollLeft + box.clientWidth,
      box.scrollTop + box.clientHeight].map((one) => one / this.zoom);
    const now = this.drawn, { width, height } = this.layout;
    const isIn = now && now.left <= Math.max(0, left - NEAR) && now.top <= Math.max(0, top - NEAR) && now.right >= Math.min(width, right + NEAR)
      && now.bottom >= Math.min(height, bottom + NEAR);
    if (!isIn) this.drawn = { left: left - AROUND, top: top - AROUND, right: right + AROUND, bottom: bottom + AROUND };
  }

  /** Whether something between these boxes may be in sight. */
  isNear(...ids) {
    if (this.layout.boxes.length <= MANY) return true;
    const { left, top, right, bottom } = this.drawn ?? { left: 0, top: 0, right: 2 * AROUND, bottom: AROUND }, all = ids.map((id) => this.boxes.get(id));
    return all.some((box) => box.x <= right) && all.some((box) => box.x + box.w >= left) && all.some((box) => box.y <= bottom)
      && all.some((box) => box.y + box.h >= top);
  }

  updated(changes) {
    if (changes.has("zoom") || changes.has("layout")) this.look();
    if (!changes.has("chosen") || !this.boxes.has(this.chosen)) return;
    this.at = this.chosen;
    requestAnimationFrame(() => this.node(this.chosen)?.scrollIntoView({ block: "nearest", inline: "nearest" }));
  }

  node(id) {
    return this.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  /** Along a line where there is one; else to the nearest box on that side. */
  beside(id, [dx, dy]) {
    const from = this.boxes.get(id), all = this.layout.boxes.filter((box) => box.id !== id);
    const far = (box) => Math.abs(box.y - from.y) + Math.abs(box.x - from.x) / 1000;
    if (dy) return all.filter((box) => box.x === from.x && (box.y - from.y) * dy > 0).sort((one, other) => far(one) - far(other))[0];
    const lines = this.layout.edges.filter((edge) => (dx > 0 ? edge.from : edge.to) === id).map((edge) => (dx > 0 ? edge.to : edge.from));
    const tied = all.filter((box) => lines.includes(box.id)), side = all.filter((box) => box.layer === from.layer + dx);
    return (tied.length ? tied : side).sort((one, other) => far(one) - far(other))[0];
  }

  async key(event) {
    const ids = this.layout.boxes.map(({ id }) => id);
    const to = STEPS[event.key] ? this.beside(this.at, STEPS[event.key])?.id : { Home: ids[0], End: ids.at(-1) }[event.key];
    if (!STEPS[event.key] && !to) return;
    event.preventDefault();
    if (!to) return;
    this.at = to;
    await this.updateComplete;
    this.node(to).focus({ preventScroll: true });
    this.node(to).scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  pick(event, id) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.at = id;
    this.dispatchEvent(new CustomEvent("graph-pick", { detail: id }));
  }

  /** Drag the ground with a mouse; fingers scroll by themselves. */
  grab(event) {
    if (event.pointerType !== "mouse" || event.button || event.target.closest(".node")) return;
    const box = event.currentTarget, { clientX, clientY } = event, { scrollLeft, scrollTop } = box;
    const move = (now) => box.scrollTo(scrollLeft + clientX - now.clientX, scrollTop + clientY - now.clientY);
    box.setPointerCapture(event.pointerId);
    box.addEventListener("pointermove", move);
    box.addEventListener("lostpointercapture", () => box.removeEventListener("pointermove", move), { once: true });
  }

  closer(step) {
    this.zoom = ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, ZOOMS.indexOf(this.zoom) + step))];
  }

  render() {
    const { width, height, boxes, edges } = this.layout, isMany = boxes.length > MANY;
    const isLarge = width > 1160 || height > 600;
    return html`<div class="canvas graph" role="region" aria-label="Task graph" @keydown=${this.key} @pointerdown=${this.grab} @scroll=${this.look}><svg
        class="dag ${isMany ? "many" : ""}" viewBox="0 0 ${width} ${height}" width=${width * this.zoom} height=${height * this.zoom}>
        <defs>${["", "live", "past"].map(tip)}</defs>${this.captions()}
        ${edges.filter(({ from, to }) => this.isNear(from, to)).map((edge) => this.edge(edge))}${repeat(boxes.filter(({ id }) =>
          id === this.at || id === this.chosen || this.isNear(id)), ({ id }) => id, (box) => this.box(box))}</svg></div>
      ${isLarge ? html`<div class="zoom joined">${button({ label: "Smaller", icon: "minus", bare: true, cls: "sm", off: this.zoom === ZOOMS[0]
        ? "This is the smallest" : "", on: () => this.closer(-1) })}${button({ label: "Larger", icon: "plus", bare: true, cls: "sm",
          off: this.zoom === 1 ? "This is the largest" : "", on: () => this.closer(1) })}</div>` : ""}`;
  }

  captions() {
    return Object.entries(CAPTIONS).map(([phase, text]) => {
      const own = this.layout.boxes.filter(({ id }) => this.about.get(id)?.phase === phase);
      return own.length ? svg`<text class="caption" x=${Math.min(...own.map(({ x }) => x))}
        y=${Math.min(...own.map(({ y }) => y)) - LABEL + 6}>${text}</text>` : "";
    });
  }

  edge({ from, to, path }) {
    const state = (id) => this.tasks?.rows.get(id)?.state, end = state(to);
    const kind = end === "running" ? "live" : state(from) === "done" && TASK_OVER.includes(end) && end !== "skipped" ? "past" : "";
    return svg`<path class="edge ${kind}" d=${path} marker-end="url(#tip${kind})"></path>`;
  }

  box({ id, x, y, w, h }) {
    const node = this.about.get(id) ?? { id, type: "" }, row = this.tasks?.rows.get(id), about = aboutOf(row);
    const word = this.tasks ? told(row, this.tasks.partsOf(id), this.tasks.isOver) : node.when ? `if ${node.when}` : node.description || node.type;
    const tone = this.tasks ? `is-${about.tone}` : "", room = w - 188 + NAME, isTiny = this.zoom === TINY, name = fitted(id, room);
    return svg`<a class="node ${tone} ${this.chosen === id ? "sel" : ""}" href=${this.href(id)} data-id=${id} tabindex=${id === this.at
      ? 0 : -1} aria-label="${name}, ${word}" aria-current=${this.chosen === id ? "true" : nothing} transform="translate(${x} ${y})"
      @click=${(event) => this.pick(event, id)} @focus=${() => { this.at = id; }}><title>${[id, word, row?.error
        || node.description].filter(Boolean).join("\n")}</title><rect class="box" width=${w} height=${h} rx="10"></rect>
      ${isTiny ? "" : svg`<svg class="icon kind" x="14" y="13" width="16" height="16"><use href="#i-${imageOf(node.type)}"></use></svg>
      <text class="name" x="38" y="26">${name}</text>
      <text class="word" x="38" y="48">${fitted(word, room, 12, 400)}</text>
      ${this.tasks ? svg`<svg class="icon stat" x="14" y="36" width="15" height="15"><use href="#i-${about.icon}"></use></svg>` : ""}`}</a>`;
  }
}

const tip = (kind) => svg`<marker id="tip${kind}" viewBox="0 0 8 8" refX="1.5" refY="4" markerWidth="7" markerHeight="7"
  orient="auto"><path class="tip ${kind}" d="M1 1l5.5 3L1 7z"></path></marker>`;

define("hl-graph", Graph);
