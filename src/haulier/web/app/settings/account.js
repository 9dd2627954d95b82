// One's own account: what one may do, and another password.
import { Element, define, html, nothing } from "../core/element.js";
import { post } from "../core/api.js";
import { session } from "../core/session.js";
import { moment, sentence } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { cardHead } from "../parts/page.js";
import { toast } from "../parts/toast.js";

const MAY = { viewer: "see everything and change nothing", operator: "run, pause, cancel and retry", admin: "do everything" };

export class Account extends Element {
  static properties = { wrong: { state: true }, busy: { state: true } };

  async change(event) {
    event.preventDefault();
    const { target } = event, { old, fresh, again } = target.elements;
    this.wrong = !old.value ? ["old", "The old password is missing."] : !fresh.value ? ["fresh", "The new password is missing."]
      : fresh.value !== again.value ? ["again", "It is not the same as the one above."] : null;
    if (this.wrong) return target.elements[this.wrong[0]].focus();
    this.busy = true;
    try {
      await post("/session/password", { old: old.value, new: fresh.value });
      target.reset();
      toast("The password was changed", { text: "Other sessions of yours have ended." });
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      const key = problem.problems[0]?.key === "new" || problem.status === 422 && problem.problems[0]?.key !== "old" ? "fresh" : "old";
      this.wrong = [key, sentence(problem.problems[0]?.text ?? problem.message)];
      target.elements[key].focus();
    }
    this.busy = false;
    return undefined;
  }

  field(name, label, complete) {
    const wrong = this.wrong?.[0] === name;
    return html`<div class="field"><label for=${name}>${label}</label><input class="input" id=${name} name=${name} type="password"
      autocomplete=${complete} aria-invalid=${wrong ? "true" : nothing} aria-describedby=${wrong ? `${name}-e` : nothing}>
      ${wrong ? html`<p class="err" id="${name}-e">${icon("bad")}<span>${this.wrong[1]}</span></p>` : ""}</div>`;
  }

  render() {
    const { user } = session;
    return html`<div class="cols even narrow-cols"><section class="card" aria-labelledby="h-me">${cardHead("h-me", user.name)}<div
      class="body"><dl class="facts"><dt>Role</dt><dd>${user.role}: may ${MAY[user.role]}</dd>
        <dt>Made</dt><dd>${moment(user.created)}</dd><dt>Last sign-in</dt><dd>${moment(user.last_login)}</dd>${user.issuer
          ? html`<dt>Signs in through</dt><dd>${user.issuer}</dd>` : ""}</dl></div></section>${user.issuer ? "" : this.password()}</div>`;
  }

  password() {
    return html`<section class="card" aria-labelledby="h-password">${cardHead("h-password", "Password")}<form class="body stack" novalidate
        @submit=${this.change}>${this.field("old", "Old password", "current-password")}${this.field("fresh", "New password",
          "new-password")}${this.field("again", "New password again", "new-password")}
      <div class="row">${button({ label: "Change password", cls: "primary", type: "submit",
        busy: this.busy })}</div></form></section>`;
  }
}

define("hl-account", Account);
