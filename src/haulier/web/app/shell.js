// The frame around every page: sidebar, top, the page itself.
import { Element, define, html, nothing } from "./core/element.js";
import { Follow, events } from "./core/events.js";
import { get } from "./core/api.js";
import { kinds } from "./core/kinds.js";
import { places } from "./core/places.js";
import { pulse } from "./core/pulse.js";
import { go, loadAll } from "./core/router.js";
import { session, signOut } from "./core/session.js";
import { waiting } from "./core/waiting.js";
import { setZone } from "./core/words.js";
import { icon } from "./parts/icon.js";
import { head, notice } from "./parts/page.js";
import { button } from "./parts/button.js";
import { sidebar } from "./nav.js";
import { listen } from "./keys.js";
import "./top.js";

const LATER = 1500;

export class Shell extends Element {
  static properties = { at: { state: true }, page: { state: true }, trouble: { state: true } };

  constructor() {
    super();
    new Follow(this, { state: () => this.requestUpdate() });
    for (const one of [pulse, waiting]) one.addEventListener("change", () => this.requestUpdate());
    listen();
  }

  /** The route changed: another page, or the same one with other values. */
  async show(at) {
    const isNew = !this.page || at?.id !== this.shown;      // what is still on its way can be asked for once more
    this.at = at;
    const crumbs = at?.crumbs(at.params) ?? ["Nothing here"];
    const names = crumbs.map((one) => (Array.isArray(one) ? one[0] : one));
    document.title = [...names.reverse(), "Haulier"].join(" · ");
    if (session.user && !at?.bare) this.settle();
    if (at && isNew) {
      this.isAway = !(await Promise.all([at.load(), this.known]).then(() => true, () => false));
      if (this.at !== at) return;
      this.page = this.isAway ? null : document.createElement(at.page);
      this.shown = at.id;
    }
    if (!at) this.page = null;
    else if (this.page) this.page.route = at;
    if (!isNew) return;
    await this.updateComplete;
    scrollTo(0, 0);
    if (this.hasBegun) this.querySelector("#main")?.focus({ preventScroll: true });
    if (!this.hasBegun) setTimeout(loadAll, LATER);
    this.hasBegun = true;
  }

  /** What every page behind the login needs, once: times and places are told right from the start. */
  settle() {
    if (events.state !== "starting") return;
    events.open();
    this.known = Promise.all([get("/settings").then(({ timezone }) => setZone(timezone), () => {}), places(), kinds()]);
    pulse.refresh().catch(() => {});
    waiting.refresh();
  }

  async leave() {
    await signOut();
    events.stop();
    pulse.forget();
    waiting.forget();
    await go("/login");
  }

  render() {
    if (this.trouble) return this.unreachable();
    if (this.at?.bare) return html`<div class="door">${this.page}</div>`;
    if (!session.user) return nothing;
    return html`<a class="skip" href="#main">Skip to content</a>
      <div class="shell">${sidebar(this.at?.nav, pulse.value, waiting.value)}
      <hl-top .crumbs=${this.at?.crumbs(this.at.params) ?? ["Nothing here"]} .leave=${() => this.leave()}></hl-top>
      <main class="main" id="main" tabindex="-1"><div class="page">
        <div class="notice viewer-note" role="note"><svg class="icon" aria-hidden="true"><use
          href="#i-eye"></use></svg><div><strong>You are a viewer.</strong> <span
            class="muted">You can see everything and change nothing. Ask an admin for the operator role.</span></div></div>
        ${this.page ?? this.nowhere()}</div></main></div>`;
  }

  nowhere() {
    if (this.isAway) return away();
    return html`${head("Nothing here")}<section class="card"><div class="empty">${icon("search")}<h2>No page has this address</h2>
      <p>It was typed wrong, or what it was about has another name now. Ctrl K finds pages, jobs, flows and files.</p>
      <div class="row"><a class="btn primary" href="/">Go to the overview</a></div></div></section>`;
  }

  unreachable() {
    return html`<main class="door"><div class="login">${notice("bad", "unlink", this.trouble.title, this.trouble.detail)}
      ${button({ label: "Try again", icon: "retry", on: () => location.reload() })}</div></main>`;
  }
}

const away = () => html`${head("This page is not here yet")}<section class="card"><div class="empty is-bad" role="alert">
  <svg class="icon" aria-hidden="true"><use href="#i-unlink"></use></svg><h2>The hub does not answer</h2>
   <p>This page could not be fetched. It can be tried again.</p>
  <div class="row">${button({ label: "Try again", icon: "retry", cls: "sm", on: () => location.reload() })}</div></div></section>`;

define("hl-shell", Shell);
