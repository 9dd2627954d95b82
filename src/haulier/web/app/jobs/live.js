// The card of a run that goes on: how far, how fast, how long still.
import { html } from "lit";
import { BASE } from "../core/router.js";
import { ofRun } from "../core/states.js";
import { count, counted, until } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon, state } from "../parts/icon.js";
import { VERBS, verbsOf } from "../runs/actions.js";
import { did, pace, share } from "./shown.js";

const note = (run) => {
  if (run.state === "waiting" && run.error) return run.wakes ? `It tries again ${until(run.wakes)}.` : "It is tried again.";
  if (run.state === "waiting") return run.wakes ? `Only files that wait for their next try are left; the first one ${until(run.wakes)}.`
    : "Files wait for their next try.";
  if (run.state === "paused") return "It goes on from where it is when it is resumed.";
  if (run.state === "queued") return "It begins as soon as there is room.";
  return run.progress?.is_planned ? "" : "The source is still being listed.";
};

/** `act(verb)` is called by its buttons; `bare` leaves out the link to the run's own page. */
export function liveRun(run, act, bare = false) {
  const part = share(run), about = ofRun(run);
  const bar = run.state === "running" && part == null ? html`<progress aria-label="Run ${count(run.id)}"></progress>`
    : html`<progress class="is-${about.tone}" max="100" .value=${part ?? 0} aria-label="Run ${count(run.id)}"></progress>`;
  return html`<section class="card now" aria-label="Run ${count(run.id)}"><div class="body"><div class="row wrap apart"><span
    class="row">${state(about)}${bare ? "" : html`<a class="small" href="${BASE}/runs/${run.id}">Run ${count(run.id)}</a>`}<span
      class="small muted">${did(run)}</span></span>
    <span class="small muted nowrap">${part == null ? "" : html`<strong class="now-share">${part} %</strong>`}</span></div>${bar}
    <div class="row wrap apart"><span class="small muted">${pace(run) || note(run) || "\u00a0"}</span><span
      class="row">${run.progress?.failed
        ? html`<span class="state is-bad">${icon("bad")}${counted(run.progress.failed, "file")} failed</span>` : ""}${run.progress?.waiting
          ? html`<span class="state is-warn">${icon("waiting")}${count(run.progress.waiting)} waiting</span>` : ""}
      ${act ? verbsOf(run).map((verb) =>
        button({ label: VERBS[verb].label, icon: VERBS[verb].icon, cls: `sm ${verb === "cancel" ? "danger" : ""}`, needs: "operator",
          on: () => act(verb) })) : ""}</span></div></div></section>`;
}
