// How a connection is told: what it is, and what came of testing it.
import { html } from "lit";
import { homeOf } from "../core/kinds.js";
import { counted, sentence } from "../core/words.js";
import { milliseconds } from "../form/tested.js";
import { icon } from "../parts/icon.js";

/** `result` is the answer of a test, `"busy"`, or nothing. */
export function tested(result, problems = []) {
  if (result === "busy") return html`<span class="state is-running">${icon("copying", true)}Testing</span>`;
  if (result) return html`<span class="state is-${result.ok ? "ok" : "bad"}"
    title=${result.details || result.text || ""}>${icon(result.ok ? "link" : "unlink")}<span class="clip two">${result.ok
      ? `Reached in ${milliseconds(result.seconds)}` : sentence(result.text)}</span></span>`;
  if (problems.length) return html`<span class="state is-bad">${icon("warn")}${counted(problems.length, "mistake")}</span>`;
  return html`<span class="state">${icon("queued")}Not tested now</span>`;
}

/** Who uses it, in short: jobs and flows have one name space, and pages of their own. */
export function users(names) {
  const flows = names.filter((name) => homeOf(name).includes("/flows/")).length, jobs = names.length - flows;
  return [jobs ? counted(jobs, "job") : "", flows ? counted(flows, "flow") : ""].filter(Boolean).join(" and ");
}
