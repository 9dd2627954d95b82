// How a task of a run is told: its state, how long it takes, how many of its items are through.
import { TASK_OVER, ofTask } from "../core/states.js";
import { between, count, hour, lasted } from "../core/words.js";

const KINDS = { transfer: "transfers", approve: "hand", flow: "flows", script: "script", python: "code", http: "http", wait: "glass",
  import: "imports" };
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** The icon of a type of task. */
export const imageOf = (type) => KINDS[type] ?? "task";

/** State, word, tone and icon of a task; one that asks somebody says so. */
export const aboutOf = (row) => ofTask(row?.asks ? "asks" : row?.state ?? "queued");

/** Seconds from the first try to the end, or until now; null before it. */
export function secondsOf(row) {
  if (row?.seconds != null) return row.seconds;
  if (!row?.since || (TASK_OVER.includes(row.state) && !row.finished)) return null;
  return Math.max(0, between(row.since, row.finished));
}

/** What is said under the name: `Done, 0:41`, `Running, 3 of 12, 0:38`. `parts`: its items, if it is done for each of a list. */
export function told(row, parts = [], isOver = false) {
  const { word } = aboutOf(row), seconds = secondsOf(row), said = [word];
  if (!row && isOver) return "Not reached";
  if (!row || row.asks) return word;
  if (parts.length) said.push(`${count(parts.filter(({ state }) => TASK_OVER.includes(state)).length)} of ${count(parts.length)}`);
  else if (row.state === "running" && row.tries > 1) said.push(`try ${row.tries}`);
  else if (row.state === "failed" && row.tries > 1) said.push(`${count(row.tries)} tries`);
  else if (row.state === "waiting" && row.due) said.push(`again ${hour(row.due)}`);
  if (seconds != null && row.state !== "waiting") said.push(lasted(seconds));
  return said.join(", ");
}

/** The task that an event is about: its text begins with the key. */
export const keyOf = ({ text }) => /^[\w.-]+(?:\[\d+\])?/.exec(text ?? "")?.[0] ?? "";

/** Text of a program without what only a terminal understands; a line that was written over keeps its last state. */
export const printed = (text) => text.replace(ANSI, "").replace(/\r\n/g, "\n").replace(/[^\n]*\r(?=[^\n])/g, "")
  .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");
