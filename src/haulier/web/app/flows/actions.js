// What can be done with flows and their tasks: run, run for the past, run again, say yes or no.
import { html } from "lit";
import { get, part, post } from "../core/api.js";
import { BASE, go } from "../core/router.js";
import { count } from "../core/words.js";
import { button } from "../parts/button.js";
import { mishap, open, sending } from "../parts/dialog.js";
import { toast, trying } from "../parts/toast.js";

export const flowHref = (name) => `${BASE}/flows/${part(name)}`;

/** News of a run that began, with the way to it. */
export const begun = (title, run) => toast(title, { icon: "running", tone: "running",
  action: { label: "Open run", on: () => go(`${BASE}/runs/${run.id}`) } });

/** Run it: at once where it has no parameters, else after a form. Resolves to the run. `shown`: the hub's answer about the flow. */
export async function runFlow(name, shown, { asks = false } = {}) {
  const about = shown ?? await trying(`${name} was not started`, () => get(`/flows/${part(name)}`));
  if (!about) return undefined;
  const { ask } = await import("./start.js");
  const run = asks || Object.keys(about.params.properties ?? {}).length ? await ask(name, about.params)
    : await trying(`${name} was not started`, () => post(`/flows/${part(name)}/run`));
  if (run) begun(`${name} was started`, run);
  return run;
}

/** A new run that does again what failed, or what `from` names and all that needs it. */
export async function again(run, from) {
  const name = `Run ${count(run.id)}`;
  const started = await trying(`${name} was not done again`, () => post(`/runs/${run.id}/again`, from ? { from } : {}));
  if (!started) return undefined;
  begun(from ? `${run.flow} runs again from ${from.join(", ")}` : `What failed in ${name.toLowerCase()} runs again`, started);
  await go(`${BASE}/runs/${started.id}`);
  return started;
}

/** Ask for a few words, then tell the hub. Resolves to the task as it is then. */
export function decide(run, row, approved) {
  const verb = approved ? "Approve" : "Reject", path = `/runs/${run}/tasks/${part(row.key)}/decision`;
  let problem = null;
  return open(`${verb} ${row.key}?`, ({ close, draw }) => {
    const send = sending(async (form) => {
      try {
        close(await post(path, { approved, text: new FormData(form).get("text").trim() }));
        toast(`${row.key} was ${approved ? "approved" : "rejected"}`, { tone: approved ? "ok" : "idle", icon: "hand" });
      } catch (error) {
        if (error.status === undefined) throw error;
        problem = error;
        draw();
      }
    });
    return html`<form class="body" id="decision" @submit=${send}>${mishap(problem)}${row.message ? html`<p class="wraps">${row.message}</p>` : ""}
      <p class="small muted">${approved ? "The run goes on with what waits for this." : "The task fails, and what needs it does not begin."}</p>
      <div class="field"><label for="decision-text">Why <span class="opt">optional</span></label><textarea class="area" id="decision-text"
        name="text" rows="3" maxlength="2000" aria-describedby="decision-help"></textarea><p class="help"
          id="decision-help">It is kept with the run, with your name.</p></div></form>
      <footer><button class="btn" type="button" autofocus @click=${() => close(null)}>Not now</button>${button({ label: verb,
        cls: approved ? "primary" : "danger solid", on: () => document.getElementById("decision").requestSubmit() })}</footer>`;
  });
}
