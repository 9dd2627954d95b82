// The form of a job, section by section. What the schema has beyond them goes into the last one, so nothing is hidden.
import { html } from "lit";
import { may } from "../core/session.js";
import { counted } from "../core/words.js";
import { coming } from "../form/coming.js";
import { expectations } from "../form/expect.js";
import { field, fields, more } from "../form/fields.js";
import { checkAndSettle } from "../form/settle.js";
import { resolved } from "../form/schema.js";
import { icon } from "../parts/icon.js";
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

const section = (desk, id, title, note, body) => {
  const wrong = SECTIONS[id].reduce((sum, key) => sum + desk.within(key), 0);
  return html`<section class="card sec" id="sec-${id}" aria-labelledby="h-${id}"><header><h2 id="h-${id}">${title}</h2><p>${note}</p>${wrong
    ? html`<span class="push state is-bad">${icon("bad")}${counted(wrong, "problem")}</span>` : ""}</header><div
      class="body">${body}</div></section>`;
};

const shapeOf = (desk, name) => resolved({ $ref: `#/$defs/${name}` }, desk.defs);

/** Which files: folded, as the defaults are right most of the time. */
function which(desk, job, form) {
  const filters = fields(desk, shapeOf(desk, "FiltersForm"), form.filters, ["filters"],
    { over: { include: { cls: "" }, exclude: { cls: "" }, temp_suffixes: { cls: "" } } });
  const complete = fields(desk, shapeOf(desk, "CompleteForm"), form.complete, ["complete"], { skip: ["settle_seconds"] });
  const dedup = field(desk, "dedup", job.dedup, form.dedup, ["dedup"], { cls: "span2" });
  return more(desk, "Which files, and when they are ready", [["filters"], ["complete"], ["dedup"]], [...filters, ...complete, dedup],
    Boolean(form.filters));
}

function source(desk, form, specs, connections, stamp) {
  const job = shapeOf(desk, "Job").properties, place = resolved(job.source, desk.defs).oneOf[0].properties;
  const settle = shapeOf(desk, "CompleteForm").properties.settle_seconds;
  const extra = html`${field(desk, "file_pattern", place.file_pattern, form.source?.file_pattern, ["source", "file_pattern"],
    { help: "Glob on the file name. Start with re: for a regular expression." })}
    ${field(desk, "settle_seconds", settle, form.complete?.settle_seconds, ["complete", "settle_seconds"],
      { help: "Wait until size and date stand still this long, such as 30s or 5m." })}
    ${field(desk, "recursive", job.recursive, form.recursive, ["recursive"],
      { label: "Also folders below", help: "Files keep their place in them." })}`;
  return html`<hl-place name="source" .desk=${desk} .value=${form.source} .specs=${specs} .connections=${connections} .extra=${extra}
    .stamp=${stamp}></hl-place>${which(desk, job, form)}`;
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
  return html`<div class="grid2">${fields(desk, { properties: job }, form, [], { only: simple })}</div>
    ${more(desk, "How much it may use", [["limits"]], block("LimitsForm", "limits"), Boolean(form.limits))}
    ${more(desk, "When to try again", [["retry"]], block("RetryForm", "retry"), Boolean(form.retry))}`;
}

/** `isNew`: the name can still be chosen freely. */
export function jobForm(desk, { specs, connections, zone }) {
  const { form } = desk, job = shapeOf(desk, "Job").properties, stamp = [desk.problems, desk.shown.length];
  const tags = { control: form.tags, help: "To find it by, one per line." };
  return html`${section(desk, "job", "Job", "What it is called",
    html`<div class="grid2">${field(desk, "job_id", job.job_id, form.job_id, ["job_id"],
      { required: true, help: "Once in the workspace; archives and history go by it." })}
      ${field(desk, "description", job.description, form.description, ["description"], { help: "" })}</div>${more(desk, "Tags", [["tags"]],
        [field(desk, "tags", job.tags, form.tags, ["tags"], tags)], Boolean(form.tags?.length))}`)}
    ${section(desk, "source", "Source", "Where files come from", source(desk, form, specs, connections, stamp))}
    ${section(desk, "steps", "Steps", "Done to each file on its way, in this order",
      html`<hl-steps .desk=${desk} .value=${form.processing} .specs=${specs} .stamp=${stamp}></hl-steps>`)}
    ${section(desk, "destination", "Destination", "Where files go", destination(desk, form, specs, connections, stamp))}
    ${section(desk, "schedule", "Schedule", "When it runs",
      html`<hl-schedule .desk=${desk} .value=${form.schedule} .zone=${form.timezone} .workspaceZone=${zone}
        .stamp=${stamp}></hl-schedule>${coming(desk, form.arrival)}`)}
    ${section(desk, "expect", "Expected arrivals", "Files that must have come by a time of day", expectations(desk, form.expect))}
    ${section(desk, "check", "Delivery check and settling", "Proof first, then the source", checkAndSettle(desk, form, !may("admin")))}
    ${section(desk, "more", "Limits and retries", "Rarely needed", rest(desk, form))}`;
}
