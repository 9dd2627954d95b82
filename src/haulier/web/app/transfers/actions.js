// What a person can do to files: retry, pause, resume, cancel; one, or many at once.
import { html } from "lit";
import { post } from "../core/api.js";
import { counted } from "../core/words.js";
import { button } from "../parts/button.js";
import { sure } from "../parts/dialog.js";
import { toast, trying } from "../parts/toast.js";

export const VERBS = {
  retry: { label: "Send again", short: "Retry", icon: "retry", done: "sent again", key: "r" },
  resume: { label: "Resume", short: "Resume", icon: "play", done: "resumed", key: "p" },
  pause: { label: "Pause", short: "Pause", icon: "pause", done: "paused", key: "p" },
  cancel: { label: "Do not send", short: "Do not send", icon: "x", done: "cancelled" },
};

/** To skip a file is to cancel its transfer: what is skipped by itself is what arrived before. */
const costly = (title, what) => sure({ title, keep: "Keep", go: "Do not send",
  text: `${what} cancelled, in this run. The source is untouched. The next run of the job finds it again,`
    + " unless it is out of the job's file pattern by then; and it can be sent again here." });

/** One file; resolves to the transfer as it is then. */
export async function act(transfer, verb) {
  if (verb === "cancel" && !(await costly(`Do not send ${transfer.name}?`, "The transfer is"))) return undefined;
  return trying(`${transfer.name} was not ${VERBS[verb].done}`, () => post(`/transfers/${transfer.id}/${verb}`));
}

/** Many files; says how many, and why some were refused. */
export async function actOnAll(ids, verb) {
  if (verb === "cancel" && !(await costly(`Do not send ${counted(ids.length, "file")}?`, "The transfers are"))) return false;
  const answer = await trying("Nothing was done", () => post("/transfers/actions", { action: verb, ids }));
  if (!answer) return false;
  const { done, refused } = answer;
  if (done.length) toast(`${counted(done.length, "transfer")} ${VERBS[verb].done}`,
    { text: refused.length ? `${counted(refused.length, "other")} could not be: ${refused[0].reason}` : "" });
  else toast(`Nothing was ${VERBS[verb].done}`, { text: refused[0]?.reason ?? "", tone: "bad" });
  return true;
}

/** The bar above the table while rows are selected. */
export const bulkBar = (ids, clear, then) =>
  html`<div class="bulk" role="toolbar" aria-label="${ids.length} selected"><strong>${ids.length} selected</strong>
  ${Object.entries(VERBS).map(([verb, { short, icon }]) =>
    button({ label: short, icon, cls: "sm", needs: "operator", on: async () => (await actOnAll(ids, verb)) && then() }))}
  ${button({ label: "Clear", cls: "sm quiet", on: clear })}</div>`;
