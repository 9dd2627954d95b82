// Settings: how it looks for this reader, their password, and, for admins, who may come in and how much is used.
import { Element, define, html, nothing } from "../core/element.js";
import { BASE } from "../core/router.js";
import { may } from "../core/session.js";
import { empty, head } from "../parts/page.js";
import "../settings/account.js";
import "../settings/alerts.js";
import "../settings/appearance.js";
import "../settings/audit.js";
import "../settings/limits.js";
import "../settings/tokens.js";
import "../settings/users.js";

const TABS = {
  appearance: ["Appearance", () => html`<hl-appearance></hl-appearance>`], account: ["Account", () => html`<hl-account></hl-account>`],
    users: ["Users", () => html`<hl-users></hl-users>`],
  tokens: ["Tokens", () => html`<hl-tokens></hl-tokens>`], limits: ["Limits and time", () => html`<hl-limits></hl-limits>`],
    alerts: ["Alerts", () => html`<hl-alerts></hl-alerts>`], audit: ["Audit", (route) => html`<hl-audit .route=${route}></hl-audit>`],
};

const CLOSED = new Set(["users", "tokens", "audit"]);

export class Settings extends Element {
  static properties = { route: { attribute: false } };

  /** On a phone there are more tabs than there is room for. */
  updated() {
    this.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  /** What only admins are told. */
  closed() {
    return html`<section class="card">${empty("lock", "Only for admins",
      "Users, tokens and the audit log are shown to admins. Ask one of them.")}</section>`;
  }

  render() {
    const tab = TABS[this.route.params.tab] ? this.route.params.tab : "appearance", [, body] = TABS[tab];
    return html`${head("Settings", "Of this hub, and of you")}<nav class="tabs"
      aria-label="Settings">${Object.entries(TABS).map(([name, [label]]) =>
        html`<a href="${BASE}/settings/${name}" aria-current=${name === tab ? "page" : nothing}>${label}</a>`)}</nav>${CLOSED.has(tab)
          && !may("admin") ? this.closed() : body(this.route)}`;
  }
}

define("hl-settings", Settings);
