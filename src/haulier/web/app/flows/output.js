// What a try prints, as it prints it: asked for by its place in bytes, kept to the last lines, followed while the reader is at the end.
import { Element, define, html } from "../core/element.js";
import { get, part } from "../core/api.js";
import { sentence } from "../core/words.js";
import { printed } from "./told.js";

const EVERY = 600, PATIENCE = 4000, BEGIN = 65_536, LIMIT = 262_144, LINES = 1000, WIDE = 4000;

export class Output extends Element {
  static properties = { run: { type: Number }, key: {}, attempt: { type: Number }, live: { type: Boolean }, tail: {},
    follows: { state: true }, text: { state: true } };

  constructor() {
    super();
    Object.assign(this, { text: "", tail: "", follows: true, next: null, left: 0 });
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.of) this.begin();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.stop();
  }

  willUpdate() {
    const of = `${this.run} ${this.key} ${this.attempt}`;
    if (of === this.of) return;
    this.of = of;
    this.begin();
  }

  updated() {
    const box = this.querySelector(".tail");
    if (box && this.follows) box.scrollTop = box.scrollHeight;
  }

  stop() {
    clearTimeout(this.timer);
    this.abort?.abort();
  }

  begin() {
    this.stop();
    Object.assign(this, { text: "", next: null, left: 0, isOver: false, trouble: null, hasAnswer: false });
    this.ask();
  }

  async ask() {
    const abort = (this.abort = new AbortController()), path = `/runs/${this.run}/tasks/${part(this.key)}/output`;
    let wait = EVERY;
    try {
      const answer = await get(path, { attempt: this.attempt, after: this.next ?? -BEGIN, limit: LIMIT }, abort.signal);
      if (abort.signal.aborted) return;
      this.take(answer);
      if (answer.next < answer.size) wait = 0;
    } catch (problem) {
      if (abort.signal.aborted) return;
      if (problem.status === undefined) throw problem;
      this.trouble = problem;
      wait = PATIENCE;
    }
    this.requestUpdate();
    if (!this.isOver && (this.live || !wait)) this.timer = setTimeout(() => this.ask(), wait);
  }

  /** The newest lines are kept; a line that never ends is cut too. Who prints faster than can be read is read at the end. */
  take({ text, after, next, size, is_over: isOver }) {
    if (this.next === null && after) this.left = after;
    [this.next, this.isOver, this.trouble, this.hasAnswer] = [next, isOver, null, true];
    if (size - next > LIMIT) Object.assign(this, { next: null, text: "", left: 1 });
    else if (text) this.add(text);
  }

  add(text) {
    const lines = (this.text + text).split("\n");
    if (lines.length > LINES) this.left ||= 1;
    this.text = lines.slice(-LINES).map((line) => (line.length > WIDE ? line.slice(-WIDE) : line)).join("\n");
  }

  scrolled({ currentTarget: box }) {
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
    if (this.follows !== isAtEnd) this.follows = isAtEnd;
  }

  render() {
    const text = printed(this.hasAnswer ? this.text : this.tail), lines = text.replace(/\n$/, "").split("\n");
    const isEmpty = text === "", none = this.live ? "Nothing was printed yet." : this.hasAnswer || this.trouble ? "It printed nothing." : "\u00a0";
    return html`<div class="row apart"><h3>Output</h3><span class="row">${this.live ? html`<label class="tick small"><input type="checkbox"
        .checked=${this.follows} @change=${({ target }) => { this.follows = target.checked; }}><span>Follow</span></label>` : ""}<a
        class="small" href="/ui/runs/${this.run}/tasks/${part(this.key)}/log?attempt=${this.attempt}">Full log</a></span></div>
      <div class="code wrap tail" tabindex="0" role="log" aria-label="Last lines of output" aria-live=${this.live ? "polite" : "off"}
        @scroll=${this.scrolled}>${this.left && !isEmpty ? html`<span class="c">… earlier lines are in the full log</span>` : ""}${isEmpty
          ? html`<span class="c">${none}</span>` : lines.map((line) => html`<span>${line || "\u00a0"}</span>`)}</div>
      ${this.trouble ? html`<p class="tiny muted">${sentence(this.trouble.detail || this.trouble.title)}${this.tail
        ? " This is the end of it, as it was kept with the run." : ""}</p>` : ""}`;
  }
}

define("hl-output", Output);
