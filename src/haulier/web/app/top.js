// The bar above the page: where one is, search, whether what one sees is live, density, theme, account.
import { Element, define, html } from "./core/element.js";
import { Follow, events } from "./core/events.js";
import { turnDensity, turnTheme } from "./core/prefs.js";
import { BASE } from "./core/router.js";
import { session } from "./core/session.js";
import { clock, initials } from "./core/words.js";
import { button } from "./parts/button.js";
import { icon } from "./parts/icon.js";
import { menu } from "./parts/menu.js";

const openPalette = async () => (await import("./palette.js")).openPalette();

export class Top extends Element {
  static properties = { crumbs: { attribute: false }, leave: { attribute: false } };

  constructor() {
    super();
    this.crumbs = [];
    new Follow(this, { state: () => this.requestUpdate() });
  }

  render() {
    const crumbs = [["Haulier", "/"], ...this.crumbs];
    return html`<header class="top"><nav class="grow" aria-label="Breadcrumb"><ol class="crumbs">
      ${crumbs.map((one, at) => html`<li>${at === crumbs.length - 1 ? html`<span aria-current="page">${one}</span>`
        : html`<a href=${one[1]}>${one[0]}</a>`}</li>`)}</ol></nav>
      <button class="jump" type="button" aria-label="Search or jump to Ctrl K" aria-keyshortcuts="Control+K"
        @click=${openPalette}>${icon("search")}<span>Search or jump to</span> <kbd>Ctrl K</kbd></button>
      ${this.live()}
      ${button({ label: "Compact rows", icon: "density", bare: true, cls: "quiet sm wide", on: turnDensity })}
      ${button({ label: "Dark or light", icon: "theme", bare: true, cls: "quiet sm", on: turnTheme })}
      ${this.who()}</header>`;
  }

  live() {
    const { state, since } = events;
    if (state === "stopped") return html`<span class="live is-cut" role="status" title="What you see may be old"><svg class="icon"
      aria-hidden="true"><use href="#i-unlink"></use></svg><span>Stopped at ${clock(since)}</span>
      <button class="btn link" type="button" @click=${() => events.open()}>Try now</button></span>`;
    const word = { starting: "Connecting", connecting: "Connecting", live: "Live", polling: "Every 5 s" }[state];
    const title = state === "polling" ? "The stream is blocked on the way; the hub is asked every 5 seconds"
      : "Updates arrive as they happen";
    return html`<span class="live" role="status" title=${title}>${icon("bolt")}<span>${word}</span></span>`;
  }

  who() {
    const { name, role } = session.user;
    const word = role[0].toUpperCase() + role.slice(1);
    return html`<button class="who" type="button" popovertarget="account" aria-label="${word}: account of ${name}"><span class="avatar"
      data-initials=${initials(name)} aria-hidden="true"></span><span>${word}</span></button>
      ${menu("account", `Account of ${name}`, [
        { label: name, icon: "user", href: `${BASE}/settings/account` },
        { label: "Appearance", icon: "theme", href: `${BASE}/settings/appearance` },
        { label: "Keyboard", icon: "info", on: async () => (await import("./keys.js")).showKeys() },
        { label: "Sign out", icon: "out", on: () => this.leave() },
      ])}`;
  }
}

define("hl-top", Top);
