// What can be done to a job: run, switch on and off, delete.
import { html } from "lit";
import { get, part, post, remove } from "../core/api.js";
import { BASE, go } from "../core/router.js";
import { until } from "../core/words.js";
import { open, sure } from "../parts/dialog.js";
import { toast, trying } from "../parts/toast.js";

const PRIORITIES = [["urgent", "Urgent", "before everything else"], ["high", "High", "before normal runs"],
  ["normal", "Normal", "as its schedule would"], ["low", "Low", "when nothing else waits"]];

export async function run(id, priority = "normal") {
  const started = await trying(`${id} was not started`, () => post(`/jobs/${part(id)}/run`, { priority }));
  if (started) toast(`${id} was started`,
    { icon: "running", tone: "running", action: { label: "Open run", on: () => go(`${BASE}/runs/${started.id}`) } });
  return started;
}

/** Ask how urgent it is, then run. */
export async function runWith(id) {
  const priority = await open(`Run ${id}`,
    ({ close }) => html`<form class="body" method="dialog" id="priority"
      @submit=${(event) => { event.preventDefault(); close(new FormData(event.target).get("priority")); }}>
    <fieldset class="field"><legend>Priority</legend><div
      class="radios">${PRIORITIES.map(([value, label, help]) =>
        html`<label class="tick"><input type="radio" name="priority" value=${value} ?checked=${value === "normal"}><span>${label}<span
          class="help muted tiny">${help}</span></span></label>`)}</div></fieldset></form>
    <footer><button class="btn" type="button" @click=${() => close(null)}>Not now</button><button class="btn primary" form="priority"
      type="submit">Run now</button></footer>`);
  return priority ? run(id, priority) : undefined;
}

/** Resolves to the job as it is then. */
export async function enable(job, enabled) {
  const changed = await trying(`${job.id} was not changed`, () => post(`/jobs/${part(job.id)}/enabled`, { enabled }));
  if (changed) toast(enabled ? `${job.id} is on` : `${job.id} is off`,
    { text: enabled ? (changed.next ? `Its next run is ${until(changed.next)}.` : "It has no schedule: it runs when it is started.")
      : "Its schedule starts nothing. It can still be run by hand." });
  return changed;
}

/** True if it is gone; `version` is of what was shown, if it was. */
export async function drop(id, version) {
  const isSure = await sure({ title: `Delete ${id}?`, keep: "Keep", go: "Delete job",
    text: "The job and its schedule go, and a run of it that is not over is cancelled. What it moved stays, with its history."
      + " The file's last version is kept beside it." });
  if (!isSure) return false;
  const path = `/jobs/${part(id)}`;
  const done = await trying(`${id} was not deleted`,
    async () => { await remove(path, { version: version ?? (await get(path)).version }); return true; });
  if (done) toast(`${id} was deleted`);
  return Boolean(done);
}
