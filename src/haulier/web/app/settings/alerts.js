// Who is told when something fails: the channels, how it stands with each, and a test of them.
import { Element, define, html } from "../core/element.js";
import { get, part, post, remove } from "../core/api.js";
import { Load } from "../core/load.js";
import { specs } from "../core/specs.js";
import { ago, counted, moment, sentence } from "../core/words.js";
import { button } from "../parts/button.js";
import { sure } from "../parts/dialog.js";
import { icon } from "../parts/icon.js";
import { bones, cardHead, empty } from "../parts/page.js";
import { toast, trying } from "../parts/toast.js";
import { EVENTS } from "./channel.js";

const AGAIN = 5000;
const SHORT = { failed: "failures", crashed: "crashes", warned: "missing files", late: "late files", recovered: "recoveries", asked: "approvals",
  done: "runs that are done" };

/** The most pressing that can be said of a channel, as icon and word. */
function standing(one) {
  const isBad = one.last_error && !(one.last_sent && one.last_sent >= one.last_error_at);
  if (one.problems.length) return html`<span class="state is-bad">${icon("warn")}${counted(one.problems.length, "mistake")}</span>`;
  if (isBad) return html`<span class="state is-${one.waiting ? "warn" : "bad"}" title=${moment(one.last_error_at)}>${icon(one.waiting
    ? "waiting" : "bad")}${one.waiting ? `${counted(one.waiting, "message")} waiting` : "Not delivered"}</span>`;
  if (one.waiting) return html`<span class="state">${icon("waiting")}${counted(one.waiting, "message")} waiting</span>`;
  return one.last_sent ? html`<span class="state is-ok">${icon("ok")}Works</span>` : html`<span class="state">${icon("queued")}Nothing
    sent yet</span>`;
}

/** What went wrong last, while nothing has gone well since. */
const trouble = (one) => (one.problems.length ? one.problems[0].text
  : one.last_error && !(one.last_sent && one.last_sent >= one.last_error_at) ? one.last_error : "");

const wants = ({ form }) => {
  const events = form.events ? [form.events].flat() : EVENTS.filter(([, , , isUsual]) => isUsual).map(([name]) => name);
  return EVENTS.filter(([name]) => events.includes(name)).map(([name, label]) => SHORT[name] ?? label.toLowerCase()).join(", ");
};

export class Alerts extends Element {
  static properties = { edited: { state: true }, busy: { state: true } };

  constructor() {
    super();
    Object.assign(this, { edited: null, busy: "" });      // the channel that is edited; "" is a new one
    this.load = new Load(this, async (signal) => {
      const [{ items }, { alerts }] = await Promise.all([get("/alerts", {}, signal), specs()]);
      return { items, kinds: alerts };
    });
  }

  connectedCallback() {
    super.connectedCallback();
    this.load.again();
    this.timer = setInterval(() => this.edited === null && !document.hidden && this.load.again(), AGAIN);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  async test({ name }) {
    this.busy = name;
    const found = await trying(`${name} was not tried`, () => post(`/alerts/${part(name)}/test`, {}));
    this.busy = "";
    if (found?.ok) toast(`A test message went out by ${name}`, { text: "Look whether it came." });
    else if (found) toast(`The test message did not go out by ${name}`, { text: sentence(found.text), tone: "bad" });
  }

  async drop({ name, version }) {
    if (!(await sure({ title: `Delete the channel ${name}?`,
      text: "What waits for it is not sent. The file's last version is kept beside it.", keep: "Keep", go: "Delete channel" }))) return;
    if (await trying(`${name} was not deleted`,
      async () => { await remove(`/alerts/${part(name)}`, { version }); return true; })) toast(`${name} was deleted`);
    this.load.again();
  }

  over() {
    this.edited = null;
    this.load.again();
  }

  row(one, kinds) {
    return html`<tr><td class="a-main"><span class="clip strong">${one.name}</span><span class="path clip"
      title=${one.place}>${one.place}</span></td><td class="a-state">${standing(one)}</td><td class="need-2">${kinds[one.form.type]?.title
        ?? one.form.type}</td><td class="need-3">${wants(one)}</td><td class="a-sub">${trouble(one)
          ? html`<span class="is-bad" title=${trouble(one)}>${sentence(trouble(one))}</span>` : one.last_sent
            ? html`<span title=${moment(one.last_sent)}>sent ${ago(one.last_sent)}</span>` : html`<span class="muted hide-s">–</span>`}</td>
      <td class="a-end"><span class="row nogap end">${button({ label: "Send a test", icon: "bolt", name: `Send a test by ${one.name}`,
        bare: true, cls: "quiet sm", needs: "admin", busy: this.busy === one.name, on: () => this.test(one) })}${button({ label: "Edit",
          icon: "edit", name: `Edit ${one.name}`, bare: true, cls: "quiet sm", needs: "admin",
            on: () => { this.edited = one; } })}${button({ label: `Delete ${one.name}`, icon: "trash", bare: true, cls: "quiet sm",
              needs: "admin", on: () => this.drop(one) })}</span></td></tr>`;
  }

  render() {
    const add = (cls) => button({ label: "New channel", icon: "plus", cls, needs: "admin", on: () => { this.edited = ""; } });
    const none = () => empty("bolt", "Nobody is told yet", "A channel tells a chat, a program or people by e-mail when a job fails, when "
      + "files are late, and when all is well again.", add("sm"));
    const table = ({ items, kinds }) => html`<div class="scroll"><table class="table rows2 alerts"><thead><tr><th
      scope="col">Channel</th><th scope="col">State</th><th class="need-2" scope="col">Kind</th><th
        class="need-3" scope="col">Tells of</th><th scope="col">Last</th><th
        scope="col"><span class="sr">What can be done</span></th></tr></thead><tbody>${items.map((one) =>
          this.row(one, kinds))}</tbody></table></div>`;
    if (this.edited !== null && this.load.value) return html`<hl-channel .one=${this.edited || null} .kinds=${this.load.value.kinds}
      @over=${() => this.over()}></hl-channel>`;
    return html`<section class="card" aria-labelledby="h-alerts">${cardHead("h-alerts", "Alerts", "who is told when something fails",
      html`<span class="push">${add("sm")}</span>`)}
      ${this.load.shown({ ready: (all) => (all.items.length ? table(all) : none()), bones: () => bones(4),
        what: "The channels" })}</section>`;
  }
}

define("hl-alerts", Alerts);
