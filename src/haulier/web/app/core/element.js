// The one base of every element: Lit in light DOM, so that labels, ids and page styles work as in plain HTML.
import { LitElement } from "lit";

export { html, nothing, svg } from "lit";
export { live } from "lit/directives/live.js";
export { ifDefined } from "lit/directives/if-defined.js";
export { repeat } from "lit/directives/repeat.js";

export class Element extends LitElement {
  createRenderRoot() {
    return this;
  }

  /** Wait for the next paint, then focus what matches, if it is there. */
  async focusOn(selector) {
    await this.updateComplete;
    this.querySelector(selector)?.focus();
  }
}

/** Define once, also when a module is loaded twice under two addresses. */
export function define(name, element) {
  if (!customElements.get(name)) customElements.define(name, element);
}
