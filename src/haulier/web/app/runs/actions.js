// What can be done to a run: pause, resume, cancel, try again what failed.
import { post } from "../core/api.js";
import { BASE, go } from "../core/router.js";
import { count, counted } from "../core/words.js";
import { button } from "../parts/button.js";
import { sure } from "../parts/dialog.js";
import { toast, trying } from "../parts/toast.js";

const SAID = { pause: "paused", resume: "resumed", cancel: "cancelled", retry: "tried again" };

/** Which verbs go with a state, the first one being the one to offer first. */
export const verbsOf = (run) => (run.lost ? ["cancel"] : {
  queued: ["pause", "cancel"], running: ["pause", "cancel"], waiting: ["resume", "pause", "cancel"], paused: ["resume", "cancel"],
  failed: ["retry"], cancelled: ["retry"], crashed: ["retry"], done: [],
}[run.state] ?? []);

export const VERBS = {
  pause: { label: "Pause", icon: "pause", key: "p" }, resume: { label: "Resume", icon: "play", key: "p" },
  cancel: { label: "Cancel run", icon: "x" }, retry: { label: "Send failed files again", icon: "retry", key: "r" },
};

/** What the verb does to this run: where no file failed, all of it is tried again. */
export const labelOf = (run, verb) => (verb === "retry" && !run.failed ? "Run again" : VERBS[verb].label);

/** Resolves to the run as it is then; for `retry`, to the new one. */
export async function act(run, verb) {
  const name = `Run ${count(run.id)}`;
  if (verb === "cancel") {
    const isSure = await sure({ title: `Cancel ${name.toLowerCase()}?`, keep: "Keep running", go: "Cancel run",
      text: run.kind === "flow" ? "Tasks that go on are stopped, and those to come do not begin. What was done stays done."
        : "What has not arrived yet is not sent. Files already delivered stay delivered, and the source is untouched." });
    if (!isSure) return undefined;
  }
  const now = await trying(`${name} was not ${SAID[verb]}`, () => post(`/runs/${run.id}/${verb}`));
  if (now && verb === "retry") toast(run.failed ? `What failed in ${name.toLowerCase()} is sent again` : `${name} is tried again`,
    { icon: "retry", tone: "running", action: { label: "Open run", on: () => go(`${BASE}/runs/${now.id}`) } });
  else if (now) toast(`${name} is ${now.state === run.state ? `being ${SAID[verb]}` : SAID[verb]}`);
  return now;
}

/** Pause every run, after a question; or go on with all that are paused. Resolves to true if something was done. */
export async function actOnAll(verb) {
  if (verb === "pause" && !(await sure({ title: "Pause everything?", keep: "Keep running", go: "Pause all", danger: false,
    text: "Every run stops where it is, and goes on from there when it is resumed. Schedules go on: what they start later is not paused." })))
    return false;
  const answer = await trying(`Nothing was ${SAID[verb]}`, () => post(`/runs/${verb}-all`));
  if (!answer) return false;
  const { done, refused } = answer;
  toast(done.length ? `${counted(done.length, "run")} ${SAID[verb]}` : `There was nothing to be ${SAID[verb]}`,
    { icon: VERBS[verb].icon, tone: done.length ? "ok" : "idle",
      text: refused.length ? `${counted(refused.length, "other")} could not be: ${refused[0].reason}` : "" });
  return done.length > 0;
}

/** The button for it; `then` is called when something was done. */
export const forAll = (verb, then = () => {}) => button({ label: `${VERBS[verb].label} all`, icon: VERBS[verb].icon, needs: "operator",
  on: async () => (await actOnAll(verb)) && then() });
