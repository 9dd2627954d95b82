// One file that was taken in: whether it balances, its rejects, its payments, and what it says of itself.
import { Element, define, html } from "../core/element.js";
import { get, part, post } from "../core/api.js";
import { Follow, atLast } from "../core/events.js";
import { homeOf } from "../core/kinds.js";
import { Load } from "../core/load.js";
import { BASE, go, keep } from "../core/router.js";
import { OVER } from "../core/states.js";
import { waiting } from "../core/waiting.js";
import { between, count, counted, lasted, moment, pieces, sentence } from "../core/words.js";
import { balance } from "../imports/balance.js";
import { downloads } from "../imports/rejects.js";
import { checks, facts, notices, rules, said } from "../imports/report.js";
import { importHref, isTold, keysNote, stateOf } from "../imports/words.js";
import { button } from "../parts/button.js";
import { chip, icon } from "../parts/icon.js";
import { bones, empty, head, notice, segments } from "../parts/page.js";
import { toast, trying } from "../parts/toast.js";
import "../imports/queue.js";

const QUIET = 1200, OPERATOR = "operator";
const TROUBLE = { failed: ["bad", "bad", "It could not be taken in", "It is tried again with the next run of its flow."],
  refused: ["bad", "bad", "It was refused as a whole", "Nothing of it was taken. Ask its sender for a whole one."] };

export class Import extends Element {
  static properties = { route: { attribute: false }, run: { state: true }, decided: { state: true } };

  constructor() {
    super();
    Object.assign(this, { run: null, decided: 0 });
    this.load = new Load(this, (signal) => get(`/imports/${part(this.number)}`, {}, signal));
    const again = atLast(() => this.isConnected && this.again(), QUIET);
    new Follow(this, { event: (event) => this.isMine(event) && again(), reload: again });
  }

  get number() {
    return Number(this.route.params.id);
  }

  firstUpdated() {
    this.load.again();
  }

  /** Of its flow: a replay is a run of that, and says nothing of single imports. */
  isMine({ kind, flow }) {
    return /^(import|run|task)\./.test(kind) && (!flow || flow === this.load.value?.flow_name || flow === this.load.value?.flow);
  }

  async again() {
    await Promise.all([this.load.again(), this.run ? this.follow() : null]);
    this.querySelector("hl-rejects")?.refresh();
  }

  /** How the run that replays goes on; what came of it is told when it is over. */
  async follow() {
    const { run } = this, now = await get(`/runs/${run.id}`).catch(() => null);
    if (!now || this.run?.id !== run.id) return;
    this.run = { ...run, ...now };
    if (!OVER.includes(now.state)) return;
    this.run = null;
    // Asked for by itself: what the page loads may be given up for something newer, and then still says what was before.
    const [one] = await Promise.all([get(`/imports/${part(this.number)}`).catch(() => this.load.value), this.load.again()]);
    const taken = run.rows - one.fixed_rejects, isDone = now.state === "done";
    toast(isDone ? `Run ${count(run.id)} is done` : `Run ${count(run.id)} ${now.state}`, { tone: isDone ? "ok" : "bad", text: isDone && run.rows
      ? `${counted(Math.max(0, taken - newlyOpen(one, run)), "row")} taken.` : sentence(now.error ?? ""),
        action: isDone ? undefined : { label: "Open run", on: () => go(`${BASE}/runs/${run.id}`) } });
    waiting.refresh();
  }

  async replay() {
    const one = this.load.value;
    const begun = await trying("Nothing was replayed", () => post(`/imports/${one.id}/replay`));
    if (!begun) return;
    this.run = { id: begun.run, state: "queued", rows: one.fixed_rejects, open: one.open_rejects - one.fixed_rejects };
    this.decided = 0;
    await this.again();
  }

  render() {
    return this.load.shown({ ready: (one) => this.page(one),
      bones: () => html`${head(`Import ${count(this.number)}`)}<section class="card">${bones(8)}</section>`,
      what: `Import ${this.number}`, title: `Import ${count(this.number)}` });
  }

  page(one) {
    const { report } = one, isBank = Object.keys(one.money).length > 0, [, name] = pieces(one.name);
    return html`<div class="import-page">${head(name, this.note(one), this.actions(one))}${this.trouble(one)}${this.going()}${balance(one)}
      <hl-rejects .intake=${one} @rejects-change=${() => { this.load.again(); waiting.refresh(); }}></hl-rejects>
      ${isBank ? this.reconciliation(one) : ""}
      ${said(report) ? html`<div class="cols two-one"><div class="stack side-stack">${checks(report)}${notices(report)}</div><div class="stack
        side-stack">${rules(report)}${facts(one)}</div></div>` : html`<div class="cols even">${rules(report)}${facts(one)}</div>`}</div>`;
  }

  note(one) {
    const took = one.finished ? `, took ${lasted(between(one.started, one.finished))}` : "";
    return html`<span class="row wrap">${chip(stateOf(one))}<span><a href=${homeOf(one.flow_name)}>${one.flow}</a>${one.run ? html`, <a
      href="${BASE}/runs/${one.run}">run ${count(one.run)}</a>` : ""}, ${moment(one.started)}${took}</span></span>`;
  }

  actions(one) {
    const fixed = one.fixed_rejects, off = this.run ? "A run is taking them now" : fixed ? "" : "Correct a value first";
    return html`${one.open_rejects ? downloads(one) : ""}${one.rejected || fixed ? button({ label: fixed ? `Replay ${counted(fixed, "fixed row")}` : "Replay",
      icon: "retry", cls: fixed ? "primary" : "", needs: OPERATOR, keys: "r", off, busy: Boolean(this.run), on: () => this.replay() }) : ""}`;
  }

  trouble(one) {
    if (one.state === "duplicate") return notice("idle", "skipped", "These bytes came before", html`Nothing was taken a second time.${one.origin ? html` <a
      href=${importHref(one.origin)}>Import ${count(one.origin)}</a> has them.` : ""}`);
    const [tone, image, title, more] = TROUBLE[one.state] ?? [], failed = one.report.checks_failed.length;
    if (title) return notice(tone, image, title, html`<span class="wraps">${sentence(one.error)} ${more}</span>`);
    return failed ? notice("bad", "bad", `${counted(failed, "total")} of the file ${failed === 1 ? "does" : "do"} not hold`,
      "What was found is not what the file says of itself.", html`<a class="btn sm" href="#checks">See the totals</a>`) : "";
  }

  going() {
    const { run } = this;
    return run ? notice("running", "copying", html`Run ${count(run.id)} takes ${run.rows ? counted(run.rows, "row") : "what was decided"}`,
      "It goes on by itself.", html`<a class="btn sm" href="${BASE}/runs/${run.id}">Open run</a>`) : "";
  }

  reconciliation(one) {
    const view = this.route.query.get("view") === "all" ? "all" : "review";
    const pick = (now) => keep({ view: now === "all" ? "all" : "", payment: "" });
    return html`<section class="card" aria-labelledby="h-review"><header><h2 id="h-review">Reconciliation</h2>${one.review ? html`<span
      class="count is-warn">${count(one.review)}</span>` : ""}<p>${view === "all" ? "All its payments" : "Payments that need a person"}</p>${segments(
        "Payments", [["review", "To review"], ["all", "All payments"]], view, pick, "push")}${keysNote}</header>
      <hl-queue .of=${{ intake: one, all: view === "all" }} .chosen=${Number(this.route.query.get("payment") ?? 0)} .none=${() => this.none(one)}
        @queue-decided=${({ detail }) => { this.decided += isTold(detail) ? 1 : 0; this.load.again(); waiting.refresh(); }}></hl-queue>${
        this.untold(one)}</section>`;
  }

  none(one) {
    return one.state === "reading" ? empty("running", "Payments are being matched", "Those that need a person show here when all are read.")
      : empty("ok", "No payment needs a person", "Each was matched, or a person has decided about it.", button({ label: "Show all payments", cls: "sm",
        on: () => keep({ view: "all", payment: "" }) }));
  }

  /** What persons decide is told to others with the next run of the flow. */
  untold(one) {
    if (!this.decided) return "";
    return html`<footer><span class="row grow">${icon("waiting")}<span>${counted(this.decided, "decision")} of yours ${this.decided === 1
      ? "is" : "are"} told with the next run
      of ${one.flow_name}.</span></span>${button({ label: "Tell now", icon: "out", cls: "sm", needs: OPERATOR, busy: Boolean(this.run),
        on: () => this.replay() })}</footer>`;
  }
}

/** Rows that were put right and are still no good: open again. */
const newlyOpen = ({ open_rejects: all, fixed_rejects: fixed }, { open }) => Math.max(0, all - fixed - open);

define("hl-import", Import);
