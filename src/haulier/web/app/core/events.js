// What happens, as it happens: one EventSource for the tab, progress conflated to one update per frame, polling if all fails.
import { get } from "./api.js";

const HIDDEN_FOR = 30_000, SOON = 1_000, POLL_EVERY = 5_000, POLLS_PER_TRY = 12, TRIES_BEFORE_POLLING = 2;

class Live extends EventTarget {
  state = "starting";       // starting | connecting | live | polling | stopped
  since = null;             // when it stopped
  last = 0;                 // number of the last event
  #source = null;
  #progress = null;
  #failures = 0;
  #polls = 0;
  #isAway = false;          // the hub did not answer when it was asked
  #isBlind = false;         // nobody listened for a while, and there is no event to go on from
  #timer = 0;

  /** Begin, or begin again after it was cut. */
  open() {
    this.close();
    if (this.state === "starting") this.state = "connecting";
    const source = new EventSource(`/api/v1/events${this.last ? `?after=${this.last}` : ""}`);
    this.#source = source;
    source.onopen = () => this.#opened();
    source.onerror = () => this.#cut();
    source.addEventListener("event", (message) => this.#event(JSON.parse(message.data)));
    source.addEventListener("progress", (message) => this.#moved(JSON.parse(message.data)));
    for (const name of ["jobs", "reload"]) source.addEventListener(name, () => this.#tell(name));
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** Signed out: nothing more is heard. */
  stop() {
    this.close();
    this.state = "starting";
    this.last = 0;
  }

  /** A tab that nobody looks at gives its connection back, and takes up where it was. */
  watchTab() {
    let timer = 0;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => { this.close(); this.#isBlind = !this.last; }, HIDDEN_FOR);
      else if (!this.#source && this.state !== "starting") this.open();
    });
  }

  #opened() {
    this.#is("live");
    if (this.#isBlind) this.#tell("reload");
    this.#isBlind = false;
  }

  #event(event) {
    this.last = Math.max(this.last, event.id);
    this.#tell("event", event);
  }

  #moved(progress) {
    if (!this.#progress) requestAnimationFrame(() => this.#apply());
    const kept = (this.#progress ??= { runs: {}, transfers: {} });
    Object.assign(kept.runs, progress.runs);
    Object.assign(kept.transfers, progress.transfers);
  }

  #apply() {
    const progress = this.#progress;
    this.#progress = null;
    this.#tell("progress", progress);
  }

  /** A browser tries again by itself for a while; where that does not help, the hub is asked instead. */
  #cut() {
    this.#failures += 1;
    if (this.state !== "polling") this.#stopped();
    const isHopeful = this.#failures <= TRIES_BEFORE_POLLING;
    if (isHopeful && this.#source?.readyState === EventSource.CONNECTING) return;
    this.close();
    this.#timer = setTimeout(() => (isHopeful ? this.open() : this.#poll()), SOON);
  }

  #stopped() {
    if (this.state === "live" || this.state === "polling") this.since = new Date().toISOString();
    this.since ??= new Date().toISOString();
    this.#is("stopped");
  }

  async #poll() {
    try {
      const isFirst = !this.last, { items } = await get("/events/list", isFirst ? { limit: 1 } : { after: this.last, limit: 500 });
      if (this.#isAway) return this.#back();
      this.#is("polling");
      for (const event of items) this.#event(event);
      if (isFirst) this.#tell("reload");
      this.#polls += 1;
    } catch {
      this.#stopped();
      [this.#polls, this.#isAway] = [0, true];
    }
    this.#timer = setTimeout(() => (this.#polls % POLLS_PER_TRY ? this.#poll() : this.open()), POLL_EVERY);
    return undefined;
  }

  /** It was the hub that did not answer: nothing says that streams are blocked. */
  #back() {
    this.#isAway = false;
    this.open();
  }

  #is(state) {
    if (state === "live") [this.#failures, this.#polls, this.#isAway, this.since] = [0, 0, false, null];
    if (state === this.state) return;
    const before = this.state;
    this.state = state;
    this.#tell("state");
    if (state === "live" && before === "stopped") this.#tell("reload");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

export const events = new Live();

/** A Lit controller: calls what is given for as long as its element is on the page. */
export class Follow {
  constructor(host, calls) {
    this.calls = Object.entries(calls).map(([name, call]) => [name, (event) => call(event.detail)]);
    host.addController(this);
  }

  hostConnected() {
    for (const [name, call] of this.calls) events.addEventListener(name, call);
  }

  hostDisconnected() {
    for (const [name, call] of this.calls) events.removeEventListener(name, call);
  }
}

/** `call`, at most once in so many milliseconds; the last of several calls is never lost. */
export function seldom(call, milliseconds) {
  let timer = 0, last = 0;
  return () => {
    if (timer) return;
    timer = setTimeout(() => { timer = 0; last = Date.now(); call(); }, Math.max(0, last + milliseconds - Date.now()));
  };
}

const KEPT = 1200;

/** As `seldom`, and once more at last: the hub gives some answers again for a second. */
export function atLast(call, milliseconds) {
  const again = seldom(call, milliseconds);
  let timer = 0;
  return () => {
    again();
    clearTimeout(timer);
    timer = setTimeout(call, milliseconds + KEPT);
  };
}
