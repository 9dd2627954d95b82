// What the hub and its workers said, newest first; followed live, or stopped to be read.
import { Element, define, html, repeat } from "../core/element.js";
import { get } from "../core/api.js";
import { Load } from "../core/load.js";
import { keep, typing } from "../core/router.js";
import { clock, count, counted } from "../core/words.js";
import { logLine } from "../logs/line.js";
import { LEVELS, Stream, fits } from "../logs/stream.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { empty, ghosts, head, segments } from "../parts/page.js";
import { save } from "../parts/save.js";

const AT_ONCE = 300, MOST = 5000, PAUSE = 300;
let number = 0;
const numbered = (lines) => lines.map((line) => ({ ...line, number: (number += 1) }));

export class Logs extends Element {
  static properties = { route: { attribute: false }, follows: { state: true }, opened: { state: true }, isCut: { state: true },
    waiting: { state: true } };

  constructor() {
    super();
    Object.assign(this, { follows: true, opened: new Set(), waiting: [], lines: [] });
    this.type = typing((search) => keep({ search }), PAUSE);
    this.load = new Load(this, (signal) => this.ask(signal));
    this.stream = new Stream({ came: (lines) => this.came(lines), state: (isOpen) => this.streamed(isOpen) });
  }

  connectedCallback() {
    super.connectedCallback();
    this.stream.open();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.stream.close();
  }

  get wanted() {
    return { level: this.route.query.get("level") ?? "info", search: this.route.query.get("search") ?? "" };
  }

  willUpdate(changes) {
    const wanted = JSON.stringify(this.wanted);
    if (!changes.has("route") || wanted === this.asked) return;
    this.asked = wanted;
    this.load.again({ fresh: true });
  }

  async ask(signal, before) {
    const { level, search } = this.wanted;
    const { lines, file, before: rest } = await get("/logs", { lines: AT_ONCE, level: level.toUpperCase(), search, before }, signal);
    this.rest = rest;
    const newest = numbered(lines).reverse();
    if (!before) [this.waiting, this.stopped] = [[], new Date().toISOString()];
    return { lines: before ? [...this.load.value.lines, ...newest].slice(0, MOST) : newest, file };
  }

  async older() {
    this.load.value = await this.ask(undefined, this.rest).catch(() => this.load.value);
    this.requestUpdate();
  }

  came(lines) {
    const fresh = numbered(lines.filter((line) => fits(line, this.wanted))).reverse();
    if (!fresh.length || !this.load.value) return;
    this.waiting = [...fresh, ...this.waiting].slice(0, MOST);
    if (this.follows && scrollY < 80) this.renew();
  }

  /** The lines that wait go on top. */
  renew() {
    this.load.value = { ...this.load.value,
      lines: [...this.waiting, ...this.load.value.lines].slice(0, Math.max(AT_ONCE, this.load.value.lines.length)) };
    [this.waiting, this.stopped] = [[], new Date().toISOString()];
    this.requestUpdate();
  }

  streamed(isOpen) {
    if (isOpen && this.isCut) this.load.again();
    this.isCut = !isOpen;
  }

  turn() {
    this.follows = !this.follows;
    this.stopped = new Date().toISOString();
    if (!this.follows) return;
    this.renew();
    scrollTo({ top: 0 });
  }

  toggle(line) {
    const opened = new Set(this.opened);
    if (!opened.delete(line.number)) opened.add(line.number);
    if (opened.size) [this.follows, this.stopped] = [false, this.follows ? new Date().toISOString() : this.stopped];
    this.opened = opened;
  }

  download() {
    const text = [...this.load.value.lines].reverse().map((line) =>
      `${line.at ?? ""} ${line.level} ${line.logger} ${line.flow ? `[${line.flow}] ` : ""}${line.text}`).join("\n");
    save(new Blob([text, "\n"], { type: "text/plain" }), "haulier.log");
  }

  render() {
    const { level, search } = this.wanted;
    const actions = html`${button({ label: "Download", icon: "download", off: this.load.value ? "" : "Nothing is here yet",
      on: () => this.download() })}${button({ label: this.follows ? "Stop" : "Follow", icon: this.follows ? "pause" : "play",
        on: () => this.turn() })}`;
    return html`${head("Logs", "What the hub and its workers said", actions)}<section class="card" aria-label="Log"><h2 class="sr">Log</h2>
      <div class="tools"><div
      class="filters">
      <label class="find grow">${icon("search")}<span class="sr">Search the log</span><input class="input" type="search"
        placeholder="A word, a job, a part of the program" aria-keyshortcuts="/" .value=${search}
          @input=${(event) => this.type(event.target.value)}></label>
      ${segments("Lowest level", LEVELS, level, (one) => keep({ level: one === "info" ? "" : one }), "levels")}</div></div>
      <div class="logwrap">${this.bar()}${this.load.shown({ ready: ({ lines }) => this.list(lines), bones: () => ghosts(14),
        what: "The log" })}</div>
      ${this.load.value ? html`<footer><span>${counted(this.load.value.lines.length, "line")}${this.load.value.file
        ? html` of <span class="mono">${this.load.value.file}</span>` : ""}</span><span class="push">Newest first</span></footer>`
          : ""}</section>`;
  }

  bar() {
    const many = this.waiting.length, still = !this.follows || many;
    const word = this.isCut ? html`<span class="state is-warn">${icon("unlink")}The stream is cut; it is tried again</span>` : still
      ? html`<span class="state">${icon("paused")}Stopped at ${clock(this.stopped)}</span>`
        : html`<span class="state is-ok">${icon("bolt")}Following</span>`;
    const show = () => { this.renew(); scrollTo({ top: 0 }); };
    return html`<p class="fresh"><span role="status">${word}</span>${many
      ? button({ label: `Show ${count(many)} new ${many === 1 ? "line" : "lines"}`, icon: "up", cls: "sm push", on: show }) : ""}</p>`;
  }

  list(lines) {
    if (!lines.length) return empty("logs", "Nothing was logged", this.wanted.search ? "No line has these words at this level."
      : "No line has this level.", this.wanted.search ? button({ label: "Clear search", cls: "sm", on: () => keep({ search: "" }) }) : "");
    return html`<ol class="logview" aria-label="Lines, newest first" aria-busy=${this.load.busy}>${repeat(lines, (line) => line.number,
      (line) => logLine(line, this.opened.has(line.number), () => this.toggle(line)))}</ol>
      ${!this.rest || lines.length >= MOST
        ? "" : html`<p class="older">${button({ label: "Older lines", icon: "down", cls: "sm", on: () => this.older() })}</p>`}`;
  }
}

define("hl-logs", Logs);
