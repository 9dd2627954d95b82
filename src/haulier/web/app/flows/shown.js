// How a flow is told in a list and at the head of its page.
import { html } from "lit";
import { ofRun, ofTask } from "../core/states.js";
import { between, brief, count, counted, lasted } from "../core/words.js";
import { state } from "../parts/icon.js";

const MISTAKE = { word: "Mistake", tone: "bad", icon: "warn" }, NEW = { word: "Not run yet", tone: "idle", icon: "queued" };

/** The one state that matters most: what somebody must answer, what runs, what cannot, what was. */
export function stateOf(flow) {
  if (flow.waiting_for_approval) return ofTask("asks");
  if (flow.running) return ofRun(flow.running);
  if (flow.problems.length) return MISTAKE;
  return flow.last_run ? ofRun(flow.last_run) : NEW;
}

/** `3 done, 1 failed`: a run of a flow counts tasks. */
export const didTasks = (run) => [run.done || !run.failed ? `${counted(run.done, "task")} done` : "", run.failed ? `${count(run.failed)} failed`
  : "", run.skipped ? `${count(run.skipped)} skipped` : ""].filter(Boolean).join(", ");

const going = (flow) => (flow.waiting_for_approval > 1 ? `${count(flow.waiting_for_approval)} tasks ask` : flow.running
  ? `run ${count(flow.running.id)}` : "");

/** State, and under it how many ask, or which run goes on. */
export const stateCell = (flow) => html`${state(stateOf(flow))}${going(flow) ? html`<span class="path clip">${going(flow)}</span>` : ""}`;

export const lastCell = ({ last_run: run, running }) => (run && run.id !== running?.id
  ? html`<span class="nowrap">${brief(run.finished ?? run.started ?? run.created)}</span><span class="path clip">${didTasks(run)}${run.started
    && run.finished ? `, ${lasted(between(run.started, run.finished))}` : ""}</span>` : html`<span class="muted">${running ? "now" : "–"}</span>`);

/** A mistake in a file, with its place. */
export const mistake = (one) => html`<span class="block">${one.file ? html`<span class="mono">${one.file}${one.line ? `:${one.line}`
  : ""}</span> ` : ""}${one.key ? html`<span class="mono">${one.key}</span> ` : ""}${one.text}${one.hint ? `; ${one.hint}` : ""}</span>`;
