// Who may sign in, and as what.
import { Element, define, html } from "../core/element.js";
import { get, part, post, put, remove } from "../core/api.js";
import { Load } from "../core/load.js";
import { may, session } from "../core/session.js";
import { initials, moment } from "../core/words.js";
import { button } from "../parts/button.js";
import { ask, sure } from "../parts/dialog.js";
import { bones, cardHead } from "../parts/page.js";
import { toast, trying } from "../parts/toast.js";

const ROLES = [["viewer", "Viewer", "sees everything, changes nothing"],
  ["operator", "Operator", "also runs, pauses, cancels and retries"],
  ["admin", "Admin", "also edits jobs, connections, users and settings"]];

export const roleRadios = (name, now) =>
  html`<fieldset class="field"><legend>Role</legend><div
    class="radios">${ROLES.map(([value, label, help]) =>
      html`<label class="tick"><input type="radio" name=${name} value=${value} ?checked=${value === now}><span>${label}<span
        class="help">${help}</span></span></label>`)}</div></fieldset>`;

/** A list may come bare or as a page. */
export const listed = (answer) => answer.items ?? answer;

const input = (name, label, type = "text", help = "") =>
  html`<div class="field"><label for="asked-${name}">${label}</label><input class="input" id="asked-${name}" name=${name} type=${type}
    autocomplete=${type === "password" ? "new-password" : "off"} autocapitalize="off" spellcheck="false">${help
      ? html`<p class="help">${help}</p>` : ""}</div>`;

export class Users extends Element {
  constructor() {
    super();
    this.load = new Load(this, async (signal) => listed(await get("/users", {}, signal)));
  }

  firstUpdated() {
    this.load.again();
  }

  async add() {
    const made = await ask("New user",
      html`${input("name", "User name")}${input("password", "Password", "password", "They can change it themselves.")}${roleRadios("role",
        "operator")}`, { go: "Make user", send: (values) => post("/users", values) });
    if (made) toast(`${made.name} can sign in now`);
    this.load.again();
  }

  async password({ name }) {
    const done = await ask(`New password for ${name}`, input("password", "New password", "password", "Their sessions end."),
      { go: "Set password", send: (values) => put(`/users/${part(name)}`, values) });
    if (done) toast(`${name} has a new password`);
  }

  async role(user, event) {
    const { target } = event, changed = await trying(`${user.name} is still ${user.role}`,
      () => put(`/users/${part(user.name)}`, { role: target.value }));
    if (changed) toast(`${user.name} is ${changed.role} now`, { text: "It holds from their next step on." });
    else target.value = user.role;
    this.load.again();
  }

  async drop({ name }) {
    if (!(await sure({ title: `Delete ${name}?`, text: "The account, its sessions and its tokens go. What they did stays in the audit log.",
      keep: "Keep", go: "Delete user" }))) return;
    if (await trying(`${name} was not deleted`,
      async () => { await remove(`/users/${part(name)}`); return true; })) toast(`${name} was deleted`);
    this.load.again();
  }

  /** It can be changed here, unless it is decided where they sign in. */
  roleOf(user) {
    if (user.issuer) return html`<span title="By the groups of ${user.name} at ${user.issuer}">${user.role}</span>`;
    return html`<span class="select"><select aria-label="Role of ${user.name}" ?disabled=${!may("admin")}
      @change=${(event) => this.role(user, event)}>${ROLES.map(([value, label]) =>
        html`<option value=${value} ?selected=${value === user.role}>${label}</option>`)}</select></span>`;
  }

  row(user) {
    const isMe = user.name === session.user.name;
    return html`<tr><td class="a-main"><span class="row"><span class="avatar" data-initials=${initials(user.name)}
      aria-hidden="true"></span><span class="clip strong">${user.name}</span>${isMe ? html`<span class="tag">you</span>` : ""}${user.issuer
        ? html`<span class="tag" title=${user.issuer}>single sign-on</span>` : ""}</span></td>
      <td class="a-state w-role">${this.roleOf(user)}</td>
      <td class="need-2">${moment(user.created)}</td><td class="need-1">${user.last_login
        ? moment(user.last_login) : html`<span class="muted">never</span>`}</td>
      <td class="a-end"><span class="row nogap end">${button({ label: "Set password", icon: "key", name: `Set password of ${user.name}`,
        bare: true, cls: "quiet sm", needs: "admin", off: user.issuer ? "They have no password here" : "",
          on: () => this.password(user) })}${button({ label: `Delete ${user.name}`,
          icon: "trash", bare: true, cls: "quiet sm", needs: "admin", off: isMe ? "This is you" : "",
            on: () => this.drop(user) })}</span></td></tr>`;
  }

  render() {
    return html`<section class="card" aria-labelledby="h-users">${cardHead("h-users", "Users", "who may sign in, and as what",
      html`<span class="push">${button({ label: "New user", icon: "plus", cls: "sm", needs: "admin", on: () => this.add() })}</span>`)}
      ${this.load.shown({ ready: (users) =>
        html`<div class="scroll"><table class="table rows2 users"><thead><tr><th scope="col">User</th><th scope="col">Role</th><th
          class="need-2" scope="col">Made</th><th class="need-1" scope="col">Last sign-in</th><th scope="col"><span
            class="sr">What can be done</span></th></tr></thead><tbody>${users.map((user) => this.row(user))}</tbody></table></div>`,
              bones: () => bones(4), what: "The users" })}</section>`;
  }
}

define("hl-users", Users);
