// How much of all imports waits for a person, asked for once for everybody who shows it, and again when something happened.
import { get } from "./api.js";
import { atLast, events } from "./events.js";

const QUIET = 1500;
const ABOUT = /^(import\.|run\.(done|failed|waiting|cancelled))/;

class Waiting extends EventTarget {
  value = null;             // {open, review}
  #asked = null;

  constructor() {
    super();
    const again = atLast(() => this.refresh(), QUIET);
    events.addEventListener("event", ({ detail }) => ABOUT.test(detail.kind) && again());
    events.addEventListener("reload", again);
  }

  /** Ask; what is not known stays as it was. */
  async refresh() {
    this.#asked ??= get("/imports/totals").then((value) => { this.value = value; }, () => {}).finally(() => { this.#asked = null; });
    await this.#asked;
    this.dispatchEvent(new CustomEvent("change"));
  }

  forget() {
    this.value = null;
  }
}

export const waiting = new Waiting();
