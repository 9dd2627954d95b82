// What a job does with files: it moves them, or it takes them in, row by row.
import { html } from "lit";

const KINDS = { transfer: ["Transfer", "Copies files to another place, and proves that they arrived"],
  import: ["Import", "Reads the rows of files, checks them and gives them to another system"] };
const SHARED = ["job_id", "description", "tags", "enabled", "source", "recursive", "complete", "processing", "schedule", "arrival", "timezone", "retry",
  "timeout"];

export const kindOf = (form) => (form.import === undefined ? "transfer" : "import");

/** A form with nothing in it. */
export const BLANK = { transfer: { job_id: "", source: {}, destination: {} }, import: { job_id: "", source: {}, import: {} } };

/** The same job as one of the other kind: what both have stays. `old`: what it was when it was of that kind. */
export const turned = (form, kind, old = BLANK[kind]) => ({ ...old, ...Object.fromEntries(Object.entries(form).filter(([key]) => SHARED.includes(key))) });

export const kinds = (now, pick) => html`<fieldset class="field span2 kinds"><legend>Kind</legend><div class="radios">${Object.entries(KINDS).map(([kind,
  [label, help]]) => html`<label class="tick"><input type="radio" name="kind" value=${kind} .checked=${kind === now} @change=${() =>
    pick(kind)}><span>${label}<span class="help">${help}</span></span></label>`)}</div></fieldset>`;
