// Something asked of the hub for a page: nothing for 200 ms, then bones, then the answer; old content stays meanwhile.
import { html } from "lit";
import { icon } from "../parts/icon.js";
import { head } from "../parts/page.js";
import { sentence } from "./words.js";

const PATIENCE = 200;

export class Load {
  value = undefined;
  error = null;
  busy = false;
  isSlow = false;
  #abort = null;

  /** `fetch` gets an AbortSignal; `then` is called with each answer. */
  constructor(host, fetch, then = () => {}) {
    this.host = host;
    this.fetch = fetch;
    this.then = then;
    host.addController(this);
  }

  hostDisconnected() {
    this.#abort?.abort();
  }

  /** Ask (again); not for a page that was left. `fresh`: what is shown is about something else, and goes at once. */
  async again({ fresh = false } = {}) {
    if (!this.host.isConnected) return;
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    if (fresh) [this.value, this.isSlow] = [undefined, false];
    this.busy = true;
    const timer = setTimeout(() => this.#slow(abort), PATIENCE);
    this.host.requestUpdate();
    try {
      const value = await this.fetch(abort.signal);
      if (abort.signal.aborted) return;
      [this.value, this.error] = [value, null];
      this.then(value);
    } catch (error) {
      if (abort.signal.aborted) return;
      if (error.status === undefined) throw error;      // a mistake in this program
      this.error = error;
    } finally {
      clearTimeout(timer);
      if (!abort.signal.aborted) this.busy = this.isSlow = false;
      this.host.requestUpdate();
    }
  }

  #slow(abort) {
    if (abort.signal.aborted) return;
    this.isSlow = true;
    this.host.requestUpdate();
  }

  /** What to show now: one of these, or what went wrong; `title` is the heading of what is a page of its own. */
  shown({ ready, bones = () => "", what = "This", kept = "", title = "" }) {
    if (this.value !== undefined) return ready(this.value);
    if (this.error) {
      const said = failed(this.error, what, () => this.again(), kept, Boolean(title));
      return title ? html`${head(title)}<section class="card">${said}</section>` : said;
    }
    return this.isSlow ? bones() : "";
  }
}

/** A card's inside where something could not be loaded. */
export function failed(error, what, again, kept = "", isPage = false) {
  const missing = error.status === 404, said = missing ? "There is nothing here" : `${what} could not be loaded`;
  return html`<div class="empty is-bad" role="alert">${icon(error.status ? "bad" : "unlink")}
    ${isPage ? html`<h2>${said}</h2>` : html`<h3>${said}</h3>`}
    <p>${[sentence(error.detail || error.title), kept].filter(Boolean).join(" ")}</p>
    ${missing ? "" : html`<div class="row"><button class="btn sm" type="button"
      @click=${again}>${icon("retry")}Try again</button></div>`}</div>`;
}
