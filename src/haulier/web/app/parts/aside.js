// What stands beside a page: in the page where there is room, a native dialog over it on a phone.
import { Element, html } from "../core/element.js";
import { button } from "./button.js";

export class Aside extends Element {
  constructor() {
    super();
    this.phone = matchMedia("(max-width: 45rem)");
    this.resized = () => this.requestUpdate();
  }

  connectedCallback() {
    super.connectedCallback();
    this.phone.addEventListener("change", this.resized);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.phone.removeEventListener("change", this.resized);
  }

  updated() {
    const sheet = this.querySelector("dialog");
    if (sheet && !sheet.open) sheet.showModal();
    if (!this.wantsFocus || !this.querySelector("h2")) return;
    this.wantsFocus = false;
    this.querySelector("h2").focus({ preventScroll: true });
  }

  frame(label, inside) {
    const keys = (event) => event.key === "Escape" && !event.defaultPrevented && (event.preventDefault(), this.close());
    if (!this.phone.matches) return html`<aside class="card panel" aria-label=${label} @keydown=${keys}>${inside}</aside>`;
    return html`<dialog class="card panel sheet" aria-label=${label} @cancel=${(event) => { event.preventDefault(); this.close(); }}
      @click=${(event) => event.target.matches("dialog") && this.close()}>${inside}</dialog>`;
  }

  top(title, about) {
    return html`<header><div class="grow"><h2 class="clip" tabindex="-1" title=${title}>${title}</h2>${about
        ? html`<p class="row wrap sub">${about}</p>` : ""}</div>
      ${button({ label: "Close", icon: "x", bare: true, cls: "quiet sm", keys: "Escape", on: () => this.close() })}</header>`;
  }
}
