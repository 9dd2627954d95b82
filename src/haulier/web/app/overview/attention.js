// What needs a person: what happened, whether a retry helps, and the button that mends it.
import { html } from "lit";
import { part, post } from "../core/api.js";
import { homeOf, isFlow } from "../core/kinds.js";
import { plainly } from "../core/places.js";
import { pulse } from "../core/pulse.js";
import { BASE, go } from "../core/router.js";
import { ofAttention } from "../core/states.js";
import { brief, counted, hour, sentence } from "../core/words.js";
import { button, link } from "../parts/button.js";
import { state } from "../parts/icon.js";
import { cardHead, empty } from "../parts/page.js";
import { toast, trying } from "../parts/toast.js";

/** What has no name is about files of the workspace: they are told above the jobs. */
const job = (flow) => (flow ? homeOf(flow) : `${BASE}/jobs`);

async function again({ flow, run, kind }) {
  const path = kind === "failed" && run ? `/runs/${run}/retry` : `/${isFlow(flow) ? "flows" : "jobs"}/${part(flow)}/run`;
  const started = await trying(`${flow} was not started`, () => post(path));
  if (!started) return;
  toast(`${flow} tries again`, { action: { label: "Open run", on: () => go(`${BASE}/runs/${started.id}`) } });
  pulse.refresh();
}

function why({ reason, will_retry: willRetry, retry_at: retryAt, kind }) {
  const text = sentence(plainly(reason));
  if (willRetry) return `${text} ${retryAt ? `Tries again at ${hour(retryAt)}.` : "It is tried again."}`;
  return kind === "failed" ? `${text} It is not tried again by itself.` : text;
}

function acts(one) {
  if (one.kind === "approval") return html`<a class="btn sm" href="${BASE}/runs/${one.run}?task=${part(one.task)}">Look and answer</a>`;
  if (one.kind === "broken" && (!one.flow || isFlow(one.flow))) return html`<a class="btn sm" href=${job(one.flow)}>Open</a>`;
  if (one.kind === "broken") return html`${link({ label: "Mend it", href: `${job(one.flow)}/edit`, needs: "admin", cls: "sm" })}<a
    class="btn sm quiet" href=${job(one.flow)}>Open</a>`;
  if (one.kind === "late") return html`<a class="btn sm" href=${job(one.flow)}>Open</a>`;
  const to = one.run ? `${BASE}/runs/${one.run}` : job(one.flow);
  return html`${button({ label: one.kind !== "failed" ? "Retry now" : one.files ? "Send again" : "Run again", cls: "sm", needs: "operator",
    on: () => again(one) })}<a class="btn sm quiet" href=${to} aria-label="Open ${one.flow}">Open</a>`;
}

const note = ({ files, at, kind }) => [kind !== "broken" && files ? counted(files, "file") : "", at && kind !== "broken"
  ? brief(at) : ""].filter(Boolean).join(", ");

const item = (one) => html`<li class="case">${state(ofAttention(one.kind))}<div class="grow"><p class="row apart"><a class="strong clip"
  href=${job(one.flow)} title=${one.flow}>${one.flow || "Files of the workspace"}</a><span class="tiny muted nowrap">${note(one)}</span></p>
  <p class="why wraps" title=${one.reason}>${why(one)}</p><p class="row acts">${acts(one)}</p></div></li>`;

const bones = html`<ul class="cases"
  aria-hidden="true">${[1, 2].map(() => html`<li class="ghost"><span class="bone"></span><div class="stack tight"><span
    class="bone w40"></span><span class="bone"></span><span class="bone w80"></span><span class="bone w40 tall"></span></div></li>`)}</ul>`;

/** Where more of these are: files that failed, or runs that failed before they had files. */
const all = (list) => (list?.some((one) => one.kind === "failed" && !one.files) && !list.some((one) => one.kind === "failed" && one.files)
  ? `${BASE}/runs?state=failed,crashed` : `${BASE}/transfers?tab=failed`);

/** The card. `list` is undefined while it is not known. */
export const attention = (list) =>
  html`<section class="card" aria-labelledby="h-att">${cardHead("h-att", "Needs attention", "",
    html`${list?.length ? html`<span class="count is-bad">${list.length}</span>` : ""}<a class="push small"
      href=${all(list)}>All problems</a>`)}
  ${!list ? bones : list.length ? html`<ul class="cases">${list.map(item)}</ul>` : empty("ok", "Nothing needs you",
    "Every file of the last 24 hours was delivered and checked.")}</section>`;
