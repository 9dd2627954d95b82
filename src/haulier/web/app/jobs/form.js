// The form of a job, section by section. What the schema has beyond them goes into the last one, so nothing is hidden.
import { html } from "lit";
import { may } from "../core/session.js";
import { coming } from "../form/coming.js";
import { expectations } from "../form/expect.js";
import { field, fields, more } from "../form/fields.js";
import { checkAndSettle } from "../form/settle.js";
import { resolved } from "../form/schema.js";
import { section } from "./section.js";
import "../form/place.js";
import "../form/schedule.js";
import "../form/steps.js";

const OWN = ["job_id", "description", "tags", "enabled", "source", "destination", "processing", "recursive", "complete", "filters", "dedup",
  "conflict", "schedule", "arrival", "expect", "timezone", "check", "verification", "settle", "backup"];

/** Where a mistake is: the section that holds the key. */
export const SECTIONS = {
  job: ["job_id", "description", "tags", "enabled"], source: ["source", "recursive", "complete", "filters", "dedup"], steps: ["processing"],
    destination: ["destination", "conflict"],
  schedule: ["schedule", "arrival", "timezone"], expect: ["expect"], check: ["check", "verification", "settle", "backup"], more: [],
};

const part = (desk, id, title, note, body) => section(desk, id, title, note, body, { keys: SECTIONS[id] });

export const shapeOf = (desk, name) => resolved({ $ref: `#/$defs/${name}` }, desk.defs);

/** Which files: folded, as the defaults are right most of the time. */
function which(desk, job, form) {
  const filters = fields(desk, shapeOf(desk, "FiltersForm"), form.filters, ["filters"],
    { over: { include: { cls: "" }, exclude: { cls: "" }, temp_suffixes: { cls: "" } } });
  const complete = fields(desk, shapeOf(desk, "CompleteForm"), form.complete, ["complete"], { skip: ["settle_seconds"] });
  const dedup = field(desk, "dedup", job.dedup, form.dedup, ["dedup"], { cls: "span2" });
  return more(desk, "Which files, and when they are ready", [["filters"], ["complete"], ["dedup"]], [...filters, ...complete, dedup],
    Boolean(form.filters));
}

export function source(desk, form, specs, connections, stamp, files = which(desk, shapeOf(desk, "Job").properties, form)) {
  const job = shapeOf(desk, "Job").properties, place = resolved(job.source, desk.defs).oneOf[0].properties;
  const settle = shapeOf(desk, "CompleteForm").properties.settle_seconds;
  const extra = html`${field(desk, "file_pattern", place.file_pattern, form.source?.file_pattern, ["source", "file_pattern"],
    { help: "Glob on the file name. Start with re: for a regular expression." })}
    ${field(desk, "settle_seconds", settle, form.complete?.settle_seconds, ["complete", "settle_seconds"],
      { help: "Wait until size and date stand still this long, such as 30s or 5m." })}
    ${field(desk, "recursive", job.recursive, form.recursive, ["recursive"],
      { label: "Also folders below", help: "Files keep their place in them." })}`;
  return html`<hl-place name="source" .desk=${desk} .value=${form.source} .specs=${specs} .connections=${connections} .extra=${extra}
    .stamp=${stamp}></hl-place>${files}`;
}

function destination(desk, form, specs, connections, stamp) {
  const job = shapeOf(desk, "Job").properties;
  return html`<hl-place name="destination" .desk=${desk} .value=${form.destination} .specs=${specs} .connections=${connections}
    .stamp=${stamp}></hl-place>
    ${more(desk, "If a file is there already", [["conflict"]],
      [field(desk, "conflict", job.conflict, form.conflict, ["conflict"], { cls: "span2" })], Boolean(form.conflict))}`;
}

/** Limits, retries, and whatever this page does not know by name. */
function rest(desk, form) {
  const job = shapeOf(desk, "Job").properties, keys = Object.keys(job).filter((key) => !OWN.includes(key));
  const simple = keys.filter((key) => !["limits", "retry"].includes(key));
  const block = (name, key) => fields(desk, shapeOf(desk, name), form[key], [key]);
  return html`<div class="grid2">${fields(desk, { properties: job }, form, [], { only: simple, over: { timeout: { label: "Longest run" } } })}</div>
    ${more(desk, "How much it may use", [["limits"]], block("LimitsForm", "limits"), Boolean(form.limits))}
    ${more(desk, "When to try again", [["retry"]], block("RetryForm", "retry"), Boolean(form.retry))}`;
}

/** What it is called. `extra` stands above. */
export function about(desk, extra = "") {
  const { form } = desk, job = shapeOf(desk, "Job").properties, tags = { control: form.tags, help: "To find it by, one per line." };
  const was = desk.original(["job_id"]), help = was && form.job_id !== was
    ? `Under another name it is another job: what ${was} delivered is sent once more, and its history stays under ${was}.`
    : "Once in the workspace; archives and history go by it.";
  return html`<div class="grid2">${extra}${field(desk, "job_id", job.job_id, form.job_id, ["job_id"], { required: true, help })}
    ${field(desk, "description", job.description, form.description, ["description"], { help: "" })}</div>${more(desk, "Tags", [["tags"]],
      [field(desk, "tags", job.tags, form.tags, ["tags"], tags)], Boolean(form.tags?.length))}`;
}

/** When it runs. */
export const when = (desk, zone, stamp) => html`<hl-schedule .desk=${desk} .value=${desk.form.schedule} .zone=${desk.form.timezone} .workspaceZone=${zone}
  .stamp=${stamp}></hl-schedule>${coming(desk, desk.form.arrival)}`;

/** `first` stands above the name, as the choice of what a new job is. */
export function jobForm(desk, { specs, connections, zone, first }) {
  const { form } = desk, stamp = [desk.problems, desk.shown.length];
  return html`${part(desk, "job", "Job", "What it is called", about(desk, first))}
    ${part(desk, "source", "Source", "Where files come from", source(desk, form, specs, connections, stamp))}
    ${part(desk, "steps", "Steps", "Done to each file on its way, in this order",
      html`<hl-steps .desk=${desk} .value=${form.processing} .specs=${specs} .stamp=${stamp}></hl-steps>`)}
    ${part(desk, "destination", "Destination", "Where files go", destination(desk, form, specs, connections, stamp))}
    ${part(desk, "schedule", "Schedule", "When it runs", when(desk, zone, stamp))}
    ${part(desk, "expect", "Expected arrivals", "Files that must have come by a time of day", expectations(desk, form.expect))}
    ${part(desk, "check", "Delivery check and settling", "Proof first, then the source", checkAndSettle(desk, form, !may("admin")))}
    ${part(desk, "more", "Limits and retries", "Rarely needed", rest(desk, form))}`;
}
