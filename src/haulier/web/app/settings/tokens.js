// Tokens: how programs come in. Each is shown once, when it is made.
import { Element, define, html } from "../core/element.js";
import { get, post, remove } from "../core/api.js";
import { Load } from "../core/load.js";
import { ago, moment, until } from "../core/words.js";
import { button } from "../parts/button.js";
import { ask, open, sure } from "../parts/dialog.js";
import { icon } from "../parts/icon.js";
import { bones, cardHead, empty, notice } from "../parts/page.js";
import { toast, trying } from "../parts/toast.js";
import { listed, roleRadios } from "./users.js";

const LIVES = [["30", "30 days"], ["90", "90 days"], ["365", "A year"], ["", "It does not end"]];

const form = html`<div class="field"><label for="token-name">Name</label><input class="input" id="token-name" name="name" autocomplete="off"
  spellcheck="false"><p class="help">What it is for, such as grafana.</p></div>${roleRadios("role", "viewer")}
  <div class="field"><label for="token-days">Ends after</label><span class="select"><select id="token-days"
    name="days">${LIVES.map(([days, label]) =>
      html`<option value=${days} ?selected=${days === "90"}>${label}</option>`)}</select></span></div>`;

const reveal = (made) => open(`Token ${made.name}`,
  ({ close }) => html`<div class="body">${notice("warn", "key", "This is the only time it is shown",
    "Copy it now. The hub keeps a digest of it, nothing more.")}
  <div class="cmd"><code class="clip"
    tabindex="0">${made.token}</code>${button({ label: "Copy token", icon: "copy", bare: true, cls: "quiet sm",
      on: async () => { await navigator.clipboard.writeText(made.token); toast("Copied"); } })}</div>
  <p class="small muted">Send it as <code>Authorization: Bearer …</code></p></div><footer><button class="btn primary" type="button"
    @click=${() => close(true)}>I have it</button></footer>`);

export class Tokens extends Element {
  constructor() {
    super();
    this.load = new Load(this, async (signal) => listed(await get("/tokens", {}, signal)));
  }

  firstUpdated() {
    this.load.again();
  }

  async add() {
    const made = await ask("New token", form,
      { go: "Make token", send: ({ name, role, days }) => post("/tokens", { name, role, expires_days: days ? Number(days) : null }) });
    if (made?.token) await reveal(made);
    this.load.again();
  }

  async drop(token) {
    if (!(await sure({ title: `Delete the token ${token.name}?`, text: "Programs that use it are refused from now on.", keep: "Keep",
      go: "Delete token" }))) return;
    if (await trying("The token was not deleted",
      async () => { await remove(`/tokens/${token.id}`); return true; })) toast(`The token ${token.name} was deleted`);
    this.load.again();
  }

  row(one) {
    const isOver = one.expires && Date.parse(one.expires) < Date.now();
    return html`<tr><td class="a-main"><span class="clip strong">${one.name}</span></td><td class="a-state">${one.role}</td><td
      class="need-2">${one.owner}</td><td class="a-sub">${one.last_used
        ? `used ${ago(one.last_used)}` : html`<span class="muted">never used</span>`}</td>
      <td class="need-1">${isOver ? html`<span class="state is-warn">${icon("waiting")}Ended</span>` : one.expires
        ? html`<span title=${moment(one.expires)}>${until(one.expires)}</span>` : html`<span class="muted">never</span>`}</td>
      <td class="a-end"><span class="row nogap end">${button({ label: `Delete ${one.name}`, icon: "trash", bare: true, cls: "quiet sm",
        needs: "admin", on: () => this.drop(one) })}</span></td></tr>`;
  }

  render() {
    const none = () => empty("key", "No token yet", "A program signs in with a token of its own, with a role and an end.",
      button({ label: "New token", icon: "plus", cls: "sm", needs: "admin", on: () => this.add() }));
    const table = (list) => html`<div class="scroll"><table class="table rows2"><thead><tr><th scope="col">Token</th><th
      scope="col">Role</th><th class="need-2" scope="col">Made by</th><th scope="col">Last used</th><th class="need-1"
        scope="col">Ends</th><th scope="col"><span
          class="sr">What can be done</span></th></tr></thead><tbody>${list.map((one) => this.row(one))}</tbody></table></div>`;
    return html`<section class="card" aria-labelledby="h-tokens">${cardHead("h-tokens", "Tokens", "how programs come in",
      html`<span class="push">${button({ label: "New token", icon: "plus", cls: "sm", needs: "admin", on: () => this.add() })}</span>`)}
      ${this.load.shown({ ready: (list) => (list.length ? table(list) : none()), bones: () => bones(4), what: "The tokens" })}</section>`;
  }
}

define("hl-tokens", Tokens);
