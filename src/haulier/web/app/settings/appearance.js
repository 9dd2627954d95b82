// How the dashboard looks and listens, in this browser.
import { Element, define, html } from "../core/element.js";
import { density, hasKeys, setDensity, setKeys, setTheme, theme } from "../core/prefs.js";
import { showKeys } from "../keys.js";
import { button } from "../parts/button.js";
import { cardHead, segments } from "../parts/page.js";

export class Appearance extends Element {
  constructor() {
    super();
    this.changed = () => this.requestUpdate();
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("haulier-look", this.changed);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("haulier-look", this.changed);
  }

  keys(on) {
    setKeys(on);
    this.requestUpdate();
  }

  render() {
    const row = (title, note, control) =>
      html`<li class="setting"><div class="grow"><h3>${title}</h3><p class="tiny muted">${note}</p></div>${control}</li>`;
    return html`<section class="card narrow-card" aria-labelledby="h-look">${cardHead("h-look", "Appearance", "kept in this browser")}<ul
      class="settings">
      ${row("Theme", "Light, dark, or as the system has it", segments("Theme", [["auto", "System"], ["light", "Light"], ["dark", "Dark"]],
        theme(), setTheme))}
      ${row("Density", "How much room a row has", segments("Density", [["comfortable", "Comfortable"], ["compact", "Compact"]], density(),
        setDensity))}
      ${row("Single-letter keys", "j and k to move, g to go, r to run; they are off while a field has the focus",
        html`<label class="switch"><input type="checkbox" role="switch" aria-label="Single-letter keys" .checked=${hasKeys()}
          @change=${(event) => this.keys(event.target.checked)}></label>`)}
      ${row("Keyboard", "All keys in one list", button({ label: "Show keys", cls: "sm", on: showKeys }))}</ul></section>`;
  }
}

define("hl-appearance", Appearance);
