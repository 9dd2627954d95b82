// What a person does to a rejected row: another value, the whole row anew, taken back, dropped.
import { html } from "lit";
import { post, put } from "../core/api.js";
import { count, counted } from "../core/words.js";
import { mishap, open, sending, sure } from "../parts/dialog.js";
import { icon } from "../parts/icon.js";
import { toast, trying } from "../parts/toast.js";

export const placeOf = ({ line, number }) => (line ? `line ${count(line)}` : `row ${count(number)}`);

const send = (reject, body) => put(`/imports/rejects/${reject.id}`, body);
const what = (reject) => `${placeOf(reject)} was not changed`.replace(/^./, (letter) => letter.toUpperCase());

/** A value instead of one of its own, `null`: instead of the whole row; without a column all is taken back. Resolves to it as it is then. */
export function fixed(reject, column, value) {
  if (column === undefined) return trying(what(reject), () => send(reject, { fixed: {}, text: "" }));
  if (column === null) return trying(what(reject), () => send(reject, { fixed: {}, text: value === reject.raw ? "" : value }));
  const values = { ...reject.fixed, [column]: value };
  if (value === reject.row?.[column]) delete values[column];
  return trying(what(reject), () => send(reject, { fixed: values, text: reject.text }));
}

/** As it is: whoever refused it may take it now. */
export const again = (reject) => trying(what(reject), () => send(reject, { again: true }));

export async function dropped(reject) {
  const isSure = await sure({ title: `Drop ${placeOf(reject)}?`, keep: "Keep it", go: "Drop row",
    text: "It is never taken, and cannot be put right after this. It stays in the list, and in the file." });
  const now = isSure && await trying(`${placeOf(reject)} was not dropped`, () => post(`/imports/rejects/${reject.id}/drop`));
  if (now) toast(`${placeOf(reject).replace(/^./, (letter) => letter.toUpperCase())} was dropped`, { tone: "idle", icon: "skipped" });
  return now || undefined;
}

/** All columns of a row, each to be changed. Resolves to the reject as it is then, null if nothing was done. */
export function editRow(reject) {
  let problem = null;
  const faultOf = (column) => reject.faults.filter((one) => one.column === column).map((one) => one.reason).join("; ");
  const loose = reject.faults.filter(({ column }) => !(column in reject.row)).map((one) => one.reason);
  return open(`Row at ${placeOf(reject)}`, ({ close, draw }) => {
    const keep = sending(async (form) => {
      const typed = Object.fromEntries(new FormData(form));
      const values = Object.fromEntries(Object.entries(typed).filter(([column, value]) => value !== reject.row[column]));
      try {
        close(await send(reject, { fixed: values, text: "" }));
      } catch (error) {
        if (error.status === undefined) throw error;
        problem = error;
        draw();
      }
    });
    return html`<form class="body" id="edit-row" @submit=${keep}>${mishap(problem)}${loose.length ? html`<p class="small is-bad">${loose.join("; ")}</p>` : ""}
      <div class="grid2">${Object.entries(reject.row).map(([column, value], at) => field(column, reject.fixed[column] ?? value, faultOf(column), at))}</div>
      <div><p class="tiny muted">As it stands in the file</p><div class="code wrap" tabindex="0" role="region"
        aria-label="Raw text"><span>${reject.raw}</span></div></div></form>
      <footer><span class="push-end tiny muted">${counted(Object.keys(reject.row).length, "column")}</span><button class="btn" type="button"
        @click=${() => close(null)}>Not now</button><button class="btn primary" form="edit-row" type="submit">${icon("check")}Keep</button></footer>`;
  }, { cls: "wide" });
}

const field = (column, value, fault, at) => html`<div class="field"><label for="cell-${at}" class="mono">${column}</label>${fault ? html`<p class="err"
  id="cell-${at}-e">${icon("bad")}<span>${fault}</span></p>` : ""}<input class="input mono" id="cell-${at}" name=${column} value=${value} autocomplete="off"
    autocapitalize="off" spellcheck="false" aria-invalid=${fault ? "true" : "false"} aria-describedby=${fault ? `cell-${at}-e` : ""}></div>`;
