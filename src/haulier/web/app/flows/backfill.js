// Run a flow for moments of its schedule that are past: how many they are is said before any of them is wanted.
import { html } from "lit";
import { part, post } from "../core/api.js";
import { count, counted, exact } from "../core/words.js";
import { mishap, open, sending } from "../parts/dialog.js";
import { icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { Desk } from "./desk.js";
import { paramFields } from "./start.js";

const SHOWN = 5, PAUSE = 250, DAY = 86_400_000;
const date = (back) => new Date(Date.now() - back * DAY).toISOString().slice(0, 10);

const list = (slots) => html`<ol class="slots-list small num">${slots.slice(0, SHOWN).map((at) => html`<li>${exact(at)}</li>`)}${slots.length
  > SHOWN ? html`<li>… until ${exact(slots.at(-1))}</li>` : ""}</ol>`;

const said = (slots) => (!slots ? "Counting …" : slots.length ? counted(slots.length, "run") : "No run: its schedule has no moment then");

/** Resolves to what the hub began: {slots, runs}; null if nothing. */
export function backfill(name, schema) {
  const path = `/flows/${part(name)}/backfill`;
  let from = date(7), to = date(1), found = null, problem = null, asked = 0, timer = 0, draw = () => {}, close = () => {};
  const desk = new Desk(() => draw());
  const body = (dry) => ({ from, to, params: desk.form.params ?? {}, dry_run: dry });
  const look = async () => {
    const number = (asked += 1);
    try {
      const { slots } = await post(path, body(true));
      if (number === asked) [found, problem, desk.problems] = [slots, null, []];
    } catch (error) {
      if (error.status === undefined) throw error;
      if (number === asked) [found, problem, desk.problems] = [null, error, error.problems];
    }
    draw();
  };
  const later = () => { asked += 1; found = null; clearTimeout(timer); timer = setTimeout(look, PAUSE); draw(); };
  const day = (id, label, value, set) => html`<div class="field"><label for=${id}>${label}</label><input class="input" type="date" id=${id}
    .value=${value} @input=${({ target }) => { set(target.value); later(); }}></div>`;
  const send = sending(async () => {
    if (!found?.length) return;
    try {
      const done = await post(path, body(false));
      toast(`${counted(done.runs.length, "run")} of ${name} ${done.runs.length === 1 ? "is" : "are"} wanted`, { icon: "queued", tone: "running" });
      close(done);
    } catch (error) {
      if (error.status === undefined) throw error;
      [problem, desk.problems] = [error, error.problems];
      draw();
    }
  });
  look();
  return open(`Backfill ${name}`, (frame) => {
    [draw, close] = [() => frame.box.isConnected && frame.draw(), frame.close];
    return html`<form class="body" id="backfill" novalidate @submit=${send}>
      <p class="small muted">One run for each moment of its schedule between two days, both of them included.</p>
      <div class="grid2">${day("backfill-from", "From", from, (now) => { from = now; })}${day("backfill-to", "To", to, (now) => { to = now; })}
        ${paramFields(desk, schema)}</div>
      ${problem && !desk.problems.some(({ key }) => key?.startsWith("params.")) ? mishap(problem) : html`<div class="human" role="status">${icon(
        "calendar")}<span><strong>${said(found)}</strong>${found?.length
          ? list(found) : ""}</span></div>`}</form>
      <footer><button class="btn" type="button" @click=${() => frame.close(null)}>Not now</button><button class="btn primary" type="submit"
        form="backfill" aria-disabled=${found?.length ? "false" : "true"}>${icon("play")}${found?.length ? `Start ${count(found.length)} ${
          found.length === 1 ? "run" : "runs"}` : "Start"}</button></footer>`;
  }, { cls: "wide" });
}
