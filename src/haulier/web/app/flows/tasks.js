// The tasks of one run, as they are: asked for, changed by each event, and asked for again when it is quiet.
import { get } from "../core/api.js";
import { Follow, seldom } from "../core/events.js";
import { Load } from "../core/load.js";
import { TASK_OVER } from "../core/states.js";
import { keyOf } from "./told.js";

const QUIET = 700, SECOND = 1000, MANY = 200, SLOWER = 400;

export class RunTasks {
  run = 0;
  rows = new Map();         // by key
  stamp = 0;                // another number, another state
  #parts = new Map();       // items by task
  #drawing = 0;

  constructor(host) {
    this.host = host;
    this.load = new Load(host, (signal) => get(`/runs/${this.run}/tasks`, {}, signal), (value) => this.#learn(value.items));
    this.again = seldom(() => this.run && this.load.again(), QUIET);
    new Follow(host, { event: (event) => this.#heard(event), reload: this.again });
    host.addController(this);
  }

  hostConnected() {
    this.timer = setInterval(() => this.#isMoving && this.#draw(), SECOND);
  }

  hostDisconnected() {
    clearInterval(this.timer);
  }

  /** Of which run from now on; 0: of none. */
  of(run) {
    if (run === this.run) return;
    this.run = run;
    this.#learn([]);
    if (run) this.load.again({ fresh: true });
  }

  get items() {
    return [...this.rows.values()];
  }

  /** The items of a task that is done for each of a list. */
  partsOf(task) {
    return this.#parts.get(task) ?? [];
  }

  get params() {
    return this.load.value?.params ?? {};
  }

  get children() {
    return this.load.value?.children ?? [];
  }

  get #isMoving() {
    return this.items.some(({ state }) => state === "running");
  }

  #learn(items) {
    this.rows = new Map(items.map((row) => [row.key, row]));
    this.#sort();
  }

  #sort() {
    this.#parts = new Map();
    for (const row of this.rows.values()) {
      if (row.item && !this.#parts.has(row.task)) this.#parts.set(row.task, []);
      if (row.item) this.#parts.get(row.task).push(row);
    }
    this.stamp += 1;
  }

  /** The event says which task is in which state now; all else follows with the next answer. */
  #heard(event) {
    const { kind, run, at } = event;
    if (run !== this.run || !run) return;
    this.again();
    const [about, what] = kind.split("."), key = keyOf(event), row = this.rows.get(key), state = what === "asks" ? "waiting" : what;
    if (about !== "task" || !row || row.state === state) return;
    const began = state === "running" ? { started: at, since: row.since ?? at, tries: row.tries + 1 } : {};
    this.rows.set(key, { ...row, state, asks: what === "asks", finished: TASK_OVER.includes(state) ? at : null, ...began });
    this.#draw();
  }

  /** Many events make one picture; a picture of many tasks is not drawn for every frame. */
  #draw() {
    this.#drawing ||= setTimeout(() => {
      this.#drawing = 0;
      this.#sort();
      this.host.requestUpdate();
    }, this.rows.size > MANY ? SLOWER : 16);
  }
}
