// The overview's answer, asked for once for everybody who shows a piece of it, and again when something happened.
import { get } from "./api.js";
import { atLast, events } from "./events.js";

const QUIET = 3000;

class Pulse extends EventTarget {
  value = null;
  #asked = null;

  constructor() {
    super();
    const again = atLast(() => this.refresh().catch(() => {}), QUIET);
    for (const name of ["event", "jobs", "reload"]) events.addEventListener(name, again);
  }

  /** The newest answer; several who ask at once get the same. */
  async refresh() {
    this.#asked ??= get("/overview").finally(() => { this.#asked = null; });
    this.value = await this.#asked;
    this.dispatchEvent(new CustomEvent("change"));
    return this.value;
  }

  forget() {
    this.value = null;
  }
}

export const pulse = new Pulse();
