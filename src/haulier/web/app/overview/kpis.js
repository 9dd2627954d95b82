// The five numbers at the top.
import { html } from "lit";
import { count, counted, percent, sized } from "../core/words.js";
import { icon } from "../parts/icon.js";
import { spark } from "../parts/spark.js";

const FEW = 3;      // kinds: more of them would make this card, and so the row, taller than it has to be

const kpi = (title, [big, unit = ""], note, line = "", cls = "") =>
  html`<li class="card kpi ${cls}"><h2>${title}</h2><p class="big">${big}<span>${unit}</span></p><p class="note">${note}</p>${line}</li>`;

const states = (list) => {
  const of = (kinds) => list.filter((one) => kinds.includes(one.kind)).length;
  const failed = of(["failed"]), waiting = of(["waiting"]), late = of(["late"]), broken = of(["broken"]), asks = of(["approval"]);
  if (!list.length) return html`<span class="state is-ok">${icon("ok")}All is well</span>`;
  const all = [[asks, "warn", "hand", counted(asks, "approval")], [failed, "bad", "bad", `${failed} failed`], [broken, "bad", "warn", counted(broken,
    "mistake")], [late, "warn", "clockin", `${late} late`], [waiting, "warn", "waiting", `${waiting} waiting`]].filter(([many]) => many);
  const shown = all.length > FEW ? all.slice(0, FEW - 1) : all, rest = all.slice(shown.length).reduce((sum, [many]) => sum + many, 0);
  return html`${shown.map(([, tone, image, words]) => html`<span class="state is-${tone}">${icon(image)}${words}</span>`)}${rest
    ? html`<span>${count(rest)} more</span>` : ""}`;
};

const waitingFor = html`<ul class="kpis"
  aria-hidden="true">${[1, 2, 3, 4,
    5].map((at) => html`<li class="card kpi ${at === 5 ? "calls" : ""}"><span class="bone w60"></span><span
      class="bone tall w80 gap"></span></li>`)}</ul>`;

/** `about` is undefined while it is not known. */
export function kpis(about) {
  if (!about) return waitingFor;
  const { today, throughput, success_rate: rate, active_count: active, attention, hub } = about;
  const failed = throughput.reduce((sum, one) => sum + one.failed, 0);
  const runs = (hub.workers ?? []).reduce((sum, one) => sum + one.runs, 0);
  return html`<ul class="kpis" aria-label="Today">
    ${kpi("Files delivered", [count(today.files)], today.skipped ? `today, and ${count(today.skipped)} skipped` : "today",
      spark(throughput.map((one) => one.files)))}
    ${kpi("Data moved", sized(today.bytes), `today, in ${counted(today.runs, "run")}`, spark(throughput.map((one) => one.bytes)))}
    ${kpi("Delivered", rate == null ? ["–"] : [percent(rate), "%"], failed ? `${counted(failed, "file")} failed in 24 hours`
      : "of the files of 24 hours")}
    ${kpi("Running now", [count(active), active === 1 ? "file" : "files"], runs ? `in ${counted(runs, "run")}` : "no run is going on")}
    ${kpi("Needs attention", [count(attention.length)], states(attention), "", "calls")}</ul>`;
}
