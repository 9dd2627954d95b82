// The sidebar; an icon rail on narrow screens; a bar of five at the bottom of a phone.
import { html, nothing } from "lit";
import { isFlow } from "./core/kinds.js";
import { BASE } from "./core/router.js";
import { counted } from "./core/words.js";
import { icon } from "./parts/icon.js";

// What is written, what ran, what was moved or taken in. A phone has room for four of them: the others are under More, with their badges.
const MAIN = [["overview", "Overview", "/"], ["flows", "Flows", `${BASE}/flows`], ["jobs", "Jobs", `${BASE}/jobs`],
  ["runs", "Runs", `${BASE}/runs`], ["transfers", "Transfers", `${BASE}/transfers`], ["imports", "Imports", `${BASE}/imports`]];
const ASIDE = MAIN.filter(([name]) => ["runs", "imports"].includes(name));
const PLACES = [["connections", "Connections", `${BASE}/connections`]];
const SYSTEM = [["logs", "Logs", `${BASE}/logs`], ["settings", "Settings", `${BASE}/settings`]];

/** Every page that has a place in the navigation: [name, label, address]. */
export const PAGES = [...MAIN, ...PLACES, ...SYSTEM];

export const mark = html`<svg viewBox="0 0 26 26" aria-hidden="true"><rect x="1" y="1" width="24" height="24" rx="7"
  fill="currentColor"></rect><g fill="none" stroke="var(--on-accent)" stroke-width="2.2" stroke-linecap="round"
    stroke-linejoin="round"><path d="M7.5 7v12M18.5 7v12M7.5 13h7M12 10l3 3-3 3"></path></g></svg>`;

const short = (number) => (number > 99 ? "99+" : number);

const badge = (number, noun, tone, more = "") =>
  (number ? html`<span class="count is-${tone}"><span aria-hidden="true">${short(number)}</span><span
    class="sr">, ${counted(number, noun)}${more}</span></span>` : "");

/** Rejects and payments that wait; one number in the bar, as there is room for one. */
const waits = (waiting) => (waiting?.open && waiting.review ? html`<span class="count is-warn"><span aria-hidden="true">${short(waiting.open
  + waiting.review)}</span><span class="sr">, ${counted(waiting.open, "reject")}, ${counted(waiting.review, "payment")} to review</span></span>`
  : waiting?.open ? badge(waiting.open, "reject", "bad") : badge(waiting?.review, "payment", "warn", " to review"));

function badges(pulse, waiting) {
  const attention = pulse?.attention ?? [], of = (kind) => attention.filter((one) => one.kind === kind);
  const files = of("failed").reduce((sum, one) => sum + (one.files || 0), 0), runs = of("failed").filter((one) => !one.files).length;
  const broken = of("broken"), flows = broken.filter(({ flow }) => isFlow(flow)).length, asks = of("approval").length;
  return { transfers: badge(files, "failed file", "bad"), runs: badge(runs, "failed run", "bad"),
    flows: asks ? badge(asks, "approval", "warn") : badge(flows, "flow with mistakes", "warn"),
    jobs: badge(broken.length - flows, "job with mistakes", "warn"), imports: waits(waiting) };
}

const entry = ([name, label, href], current, more) =>
  html`<li class=${ASIDE.some(([one]) => one === name) ? "wide" : nothing}><a class="nav" href=${href} aria-current=${name === current
    ? "page" : nothing}>${icon(name)}<span>${label}</span>${more[name] ?? ""}</a></li>`;

export function sidebar(current, pulse, waiting) {
  const more = badges(pulse, waiting), list = (pages) => pages.map((one) => entry(one, current, more));
  const inMore = [...ASIDE, ...PLACES, ...SYSTEM].some(([name]) => name === current);
  return html`<aside class="side"><a class="brand" href="/" aria-label="Haulier, overview">${mark}<span>Haulier</span></a>
    <nav aria-label="Main"><ul>${list(MAIN)}
      <li class="nav-more"><button class="nav" type="button" popovertarget="more"
        aria-current=${inMore ? "true" : nothing}>${icon("more")}<span>More</span>${more.imports}</button></li></ul>
      <p class="part wide">Places</p><ul class="wide">${list(PLACES)}</ul>
      <p class="part wide">System</p><ul class="wide">${list(SYSTEM)}</ul></nav>
    <div class="foot"><div class="hub">${hub(pulse?.hub)}</div></div></aside>
    <div class="menu more" id="more" popover role="group" aria-label="More pages" @click=${(event) => event.currentTarget.hidePopover()}>
      ${[...ASIDE, ...PLACES, ...SYSTEM].map(([name, label, href]) => html`<a href=${href}>${icon(name)}${label}${more[name]
        ?? ""}</a>`)}</div>`;
}

function hub(about) {
  if (!about) return html`<span>&nbsp;</span><span>&nbsp;</span>`;
  const workers = about.workers?.length ?? 0;
  return html`<span class="clip" title=${about.address}>${String(about.address).replace(/^https?:\/\//, "")}</span>
    <span>${counted(workers, "worker")}, version ${about.version}</span>`;
}
