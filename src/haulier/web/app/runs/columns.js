// The columns of a list of runs.
import { html } from "lit";
import { get } from "../core/api.js";
import { homeOf } from "../core/kinds.js";
import { called } from "../core/places.js";
import { BASE } from "../core/router.js";
import { TRIGGERS, ofRun } from "../core/states.js";
import { between, count, exact, lasted, moment, size } from "../core/words.js";
import { didTasks } from "../flows/shown.js";
import { did, share } from "../jobs/shown.js";
import { state } from "../parts/icon.js";

const about = (run) => {
  const part = share(run);
  return html`${state(ofRun(run))}${part == null
    ? "" : html`<span class="path"><progress class="mini" max="100" .value=${part} aria-label="Run ${run.id}"></progress></span>`}`;
};

export const took = (run) => (run.started && !run.lost ? lasted(between(run.started, run.finished)) : "–");

const name = (run) => html`<a class="clip name" tabindex="-1" href="${BASE}/runs/${run.id}">Run ${count(run.id)}</a><span
  class="path clip">${TRIGGERS[run.trigger] ?? run.trigger}</span>`;

/** One row, as it is now. */
export const oneRun = (id) => get(`/runs/${id}`);

/** `hasJob` is false where all are of one job. */
export const columns = ({ hasJob = true } = {}) => [
  { label: "Run", cls: hasJob ? "w-run need-2" : "a-main", cell: name },
  ...(hasJob ? [{ label: "Flow or job", cls: "a-main",
    cell: (run) => html`<a class="clip name" tabindex="-1" href=${homeOf(run.flow)} title=${run.flow}>${run.flow}</a><span
      class="path clip" title=${run.source}>${run.kind === "flow" ? "flow" : called(run.source)}</span>` }] : []),
  { label: "State", cls: "a-state w-state", cell: about },
  { label: "Did", cls: "need-0 a-sub w-did",
    cell: (run) => html`<span class="clip">${run.kind === "flow" ? didTasks(run) : did(run)}</span>${run.state === "failed" && run.error
      ? html`<span class="path clip is-bad" title=${run.error}>${run.error}</span>` : ""}` },
  { label: "Size", cls: "need-2", num: true,
    cell: (run) => (run.kind === "flow" ? html`<span class="muted">–</span>` : size(run.progress?.moved ?? run.bytes)) },
  { label: "Took", cls: "need-1", num: true, cell: took },
  { label: "Started", cls: "a-end", num: true,
    cell: (run) => html`<time datetime=${run.created}
      title=${exact(run.started ?? run.created)}>${moment(run.started ?? run.created)}</time>` },
];
