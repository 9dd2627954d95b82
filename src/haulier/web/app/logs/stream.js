// Lines of the log as they come: batched to one update per frame, filtered like those that were asked for.
const RANK = { debug: 0, info: 1, warning: 2, error: 3, critical: 4 };

export const LEVELS = [["debug", "Debug"], ["info", "Info"], ["warning", "Warning"], ["error", "Error"]];

/** Whether a line belongs to what is looked for. */
export function fits(line, { level, search }) {
  if ((RANK[line.level.toLowerCase()] ?? 9) < RANK[level]) return false;
  const wanted = search.toLowerCase();
  return [line.text, line.logger, line.flow].some((said) => (said ?? "").toLowerCase().includes(wanted));
}

/** Calls `came(lines)` with new lines, and `state(isOpen)` when the stream begins or is cut. */
export class Stream {
  #source = null;
  #waiting = [];

  constructor({ came, state }) {
    Object.assign(this, { came, state });
  }

  open() {
    this.close();
    this.#source = new EventSource("/api/v1/logs/stream");
    this.#source.onopen = () => this.state(true);
    this.#source.onerror = () => this.#cut();
    this.#source.addEventListener("line", (message) => this.#line(JSON.parse(message.data)));
  }

  close() {
    clearTimeout(this.timer);
    this.#source?.close();
    this.#source = null;
  }

  #cut() {
    this.state(false);
    if (this.#source?.readyState !== EventSource.CLOSED) return;
    this.close();
    this.timer = setTimeout(() => this.open(), 5000);
  }

  #line(line) {
    if (!this.#waiting.length) requestAnimationFrame(() => this.came(this.#waiting.splice(0)));
    this.#waiting.push(line);
  }
}
