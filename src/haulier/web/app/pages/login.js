// Sign in.
import { addressOf, get } from "../core/api.js";
import { Element, define, html, nothing } from "../core/element.js";
import { go } from "../core/router.js";
import { signIn } from "../core/session.js";
import { sentence, span } from "../core/words.js";
import { button, link } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { mark } from "../nav.js";

export class Login extends Element {
  static properties = { route: { attribute: false }, ways: { state: true }, problem: { state: true }, busy: { state: true },
    shows: { state: true } };

  async firstUpdated() {
    this.ways = await get("/session/ways").catch(() => ({ passwords: true }));
    if (this.ways.refused) this.problem = { title: this.ways.refused };
    await this.updateComplete;
    this.querySelector("#user, a.btn")?.focus();
  }

  /** The page that the reader wanted. */
  get to() {
    const to = this.route.query.get("to") ?? "/";
    return to.startsWith("/") && !to.startsWith("//") ? to : "/";
  }

  async enter(event) {
    event.preventDefault();
    const { user, password } = event.target.elements;
    const empty = [user, password].find((field) => !field.value);
    if (empty) {
      this.problem = { title: empty === user ? "The user name is missing" : "The password is missing", of: empty.id };
      return empty.focus();
    }
    this.busy = true;
    try {
      await signIn(user.value.trim(), password.value);
      await go(this.to, { replace: true });
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      this.problem = problem.status === 401 ? { title: problem.detail, of: "password", retryAfter: problem.retryAfter }
        : { title: problem.detail || problem.title, retryAfter: problem.retryAfter };
      await this.updateComplete;
      password.select();
      password.focus();
    }
    this.busy = false;
    return undefined;
  }

  trouble() {
    if (!this.problem) return "";
    const { title, retryAfter } = this.problem;
    return html`<div class="notice is-bad" role="alert" id="login-problem">${icon("bad")}<div><strong>${sentence(title).replace(/[.]$/,
      "")}</strong>${retryAfter ? html`<p>Try again in ${span(retryAfter)}.</p>` : ""}</div></div>`;
  }

  /** Leads to the company's own login, and from there back to the page that the reader wanted. */
  elsewhere({ passwords, oidc }) {
    return link({ label: `Sign in with ${oidc.name}`, icon: "key", cls: passwords ? "" : "primary",
      href: addressOf("/session/oidc", { to: this.to }) });
  }

  byPassword() {
    const wrong = (field) => (this.problem?.of === field ? "true" : nothing), tied = this.problem ? "login-problem" : nothing;
    return html`<div class="field"><label for="user">User name</label><input class="input" id="user" autocomplete="username"
        autocapitalize="off" spellcheck="false" aria-invalid=${wrong("user")} aria-describedby=${tied}></div>
      <div class="field"><label for="password">Password</label><span class="with"><input class="input" id="password"
        type=${this.shows ? "text" : "password"} autocomplete="current-password" aria-invalid=${wrong("password")}
          aria-describedby=${tied}>
        ${button({ label: this.shows ? "Hide password" : "Show password", icon: "eye", bare: true,
          on: () => { this.shows = !this.shows; } })}</span></div>
      ${button({ label: "Sign in", cls: "primary", type: "submit", busy: this.busy })}`;
  }

  render() {
    const { ways } = this;
    return html`<main class="login"><p class="brand big">${mark}<span>Haulier</span></p>
      <section class="card" aria-labelledby="h-login"><h1 id="h-login">Sign in</h1>
      <form class="stack" novalidate @submit=${this.enter}>${this.trouble()}${ways?.passwords ? this.byPassword() : ""}
        ${ways?.passwords && ways.oidc ? html`<p class="or"><span>or</span></p>` : ""}${ways?.oidc
          ? this.elsewhere(ways) : ""}</form></section>
      ${ways?.passwords ? html`<p class="tiny muted">First start? The one-time admin password is in the terminal where the hub
        was started.</p>` : ""}</main>`;
  }
}

define("hl-login", Login);
