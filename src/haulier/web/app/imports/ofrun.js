// The files that a run took in, on its page: nothing where it took none.
import { Element, define, html } from "../core/element.js";
import { get } from "../core/api.js";
import { Follow, atLast } from "../core/events.js";
import { Load } from "../core/load.js";
import { BASE } from "../core/router.js";
import { counted, pieces } from "../core/words.js";
import { state } from "../parts/icon.js";
import { cardHead } from "../parts/page.js";
import { importHref, stateOf, waitsFor } from "./words.js";

const FEW = 5, QUIET = 800;

export class RunImports extends Element {
  static properties = { run: { type: Number } };

  constructor() {
    super();
    this.load = new Load(this, (signal) => get("/imports", { run: this.run, limit: FEW }, signal));
    const again = atLast(() => this.isConnected && this.load.again(), QUIET);
    new Follow(this, { event: ({ kind, run }) => run === this.run && /^(import|run)\./.test(kind) && again(), reload: again });
  }

  willUpdate(changes) {
    if (changes.has("run")) this.load.again({ fresh: true });
  }

  render() {
    const { items = [], next } = this.load.value ?? {};
    if (!items.length) return "";
    return html`<section class="card" aria-labelledby="h-imports">${cardHead("h-imports", "Imports", next ? `the last ${FEW}` : counted(items.length, "file"),
      html`<a class="push small" href="${BASE}/imports?run=${this.run}">Imports of this run</a>`)}<ol class="agenda">${items.map((one) => html`<li><div
        class="grow"><a class="clip block" href=${importHref(one.id)} title=${one.name}>${pieces(one.name)[1]}</a><span class="tiny muted clip">${[counted(
          one.rows, "row"), waitsFor(one)].filter(Boolean).join(", ")}</span></div>${state(stateOf(one))}</li>`)}</ol></section>`;
  }
}

define("hl-runimports", RunImports);
