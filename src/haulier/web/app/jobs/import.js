// The form of a job that takes files in, section by section; made from the schemas, as that of a transfer is.
import { html } from "lit";
import { choice } from "../form/controls.js";
import { errorOf, field, fields, more } from "../form/fields.js";
import { inside } from "../form/inside.js";
import { inSource } from "../form/paths.js";
import { plugin } from "../form/plugin.js";
import { resolved } from "../form/schema.js";
import { section } from "./section.js";
import { about, shapeOf, source, when } from "./form.js";
import { outcome } from "./outcome.js";
import "../form/columns.js";
import "./suggest.js";

const HERE = "import", of = (...keys) => keys.map((key) => `${HERE}.${key}`);

/** Where a mistake is: the section that holds the key. */
export const SECTIONS = {
  job: ["job_id", "description", "tags", "enabled"], source: ["source", "recursive", "complete", ...of("patterns")], steps: ["processing"],
  format: of("parser"), columns: of("schema", "others", "model"), rows: of("mapping", "rest", "key", "duplicates", "strict"),
  rejects: of("rejects"), outcome: of("sink", "reconcile"), settle: ["settle"], schedule: ["schedule", "arrival", "timezone"], more: ["retry", "timeout"],
};

const part = (desk, id, title, note, body, only = "") => section(desk, id, title, note, body, { keys: SECTIONS[id], only });

const shape = (desk) => shapeOf(desk, "ImportJob").properties[HERE].properties;

const written = (desk) => desk.form[HERE] ?? {};

/** Some settings of the import, in this order. */
const own = (desk, only, over) => fields(desk, { properties: shape(desk) }, written(desk), [HERE], { only, over });

function ready(desk) {
  const complete = fields(desk, shapeOf(desk, "CompleteForm"), desk.form.complete, ["complete"], { skip: ["settle_seconds"] });
  return more(desk, "Which files, and when they are ready", [["complete"], [HERE, "patterns"]], [...own(desk, ["patterns"], { patterns: { cls: "span2",
    help: "Instead of the file pattern: several, one per line." } }), ...complete], Boolean(written(desk).patterns));
}

const columns = (desk, stamp) => html`<hl-columns .desk=${desk} .value=${written(desk).schema} .path=${[HERE, "schema"]} .stamp=${stamp}></hl-columns>
  ${more(desk, "Other columns, or a class instead", [[HERE, "others"], [HERE, "model"]], own(desk, ["others", "model"],
    { others: { label: "Other columns go on too", help: "As they are." }, model: { label: "Class" } }), Boolean(written(desk).model))}`;

function rows(desk) {
  const over = { mapping: { label: "New columns",
    help: "NAME={column}, one per line; also {first} {last}, {amount|abs}, or a constant. If empty, rows go on as they are." },
    key: { label: "Same rows", cls: "", help: "Columns that make two rows the same, one per line; if empty, all of them." }, duplicates: { help: "" } };
  const rare = { rest: { label: "Columns that no new one uses go on too", help: "" }, strict: { label: "Only whole files", help: undefined } };
  return html`<div class="grid2">${own(desk, ["mapping", "key", "duplicates"], over)}</div>${more(desk, "More settings", [[HERE, "rest"], [HERE, "strict"]],
    own(desk, ["rest", "strict"], rare), written(desk).rest !== undefined || written(desk).strict !== undefined)}`;
}

function rejects(desk) {
  const form = shapeOf(desk, "RejectsForm"), value = written(desk).rejects ?? {}, path = [HERE, "rejects"];
  const answer = resolved({ $ref: "#/$defs/AnswerForm" }, desk.defs), at = [...path, "answer"];
  return html`<div class="grid2">${fields(desk, form, value, path, { only: ["most", "share", "first"], over: { most: { label: "At most", hint: "any number" },
    share: { label: "At most, of all rows", hint: "such as 5%", help: "With more, nothing of the file is taken." },
    first: { label: "Look at the first" } } })}</div>
    ${more(desk, "Send them back", [at], fields(desk, answer, value.answer, at), Boolean(value.answer))}`;
}

/** As short as it can be: nothing, a word, or a mapping. */
function settle(desk) {
  const form = shapeOf(desk, "AfterForm"), written = desk.form.settle, value = typeof written === "string" ? { action: written } : written ?? {};
  const set = (now) => {
    const { action, ...rest } = now;
    desk.edit(["settle"], Object.keys(rest).length ? now : action);
  };
  const look = (one) => inSource(one, desk.form.source), path = ["settle"], own = inside(desk, path, value, set, { browse: look });
  const actions = { id: "settle.action", key: "action", schema: { ...form.properties.action, enum: resolved(form.properties.action, desk.defs).enum }, desk,
    value: value.action, set: (word) => own.edit([...path, "action"], word, form.properties.action), tied: "" };
  const part = (key, help) => field(own, key, form.properties[key], value[key], [...path, key], { help, schema: { format: "path" } });
  return html`<div class="grid2"><fieldset class="field"><legend id="settle.action-l">Then the file is</legend>${choice(actions)}${errorOf(desk,
    "settle")}</fieldset><div class="stack">${value.action === "archive" ? part("archive", "A folder in the source.") : ""}${part("errors",
      "A folder in the source for files that are no good, each with a report beside it; empty: they stay.")}</div></div>`;
}

function rest(desk) {
  const job = shapeOf(desk, "Job").properties, retry = fields(desk, shapeOf(desk, "RetryForm"), desk.form.retry, ["retry"]);
  return html`<div class="grid2">${field(desk, "timeout", job.timeout, desk.form.timeout, ["timeout"], { label: "Longest run" })}</div>${more(desk,
    "When to try again",
    [["retry"]], retry, Boolean(desk.form.retry))}`;
}

/** `first` stands above the name, as the choice of what a new job is. */
export function importForm(desk, { specs, connections, zone, first }) {
  const { form } = desk, stamp = [desk.problems, desk.shown.length, form];
  return html`${part(desk, "job", "Job", "What it is called", about(desk, first))}
    ${part(desk, "source", "Source", "Where files come from", source(desk, form, specs, connections, stamp, ready(desk)))}
    ${part(desk, "steps", "Unpacking", "Done to each file before it is read",
      html`<hl-steps .none=${"files that are packed are unpacked"} .desk=${desk} .value=${form.processing} .specs=${specs} .stamp=${stamp}></hl-steps>`)}
    ${part(desk, "format", "Format", "What reads the files", html`${plugin(desk, "parsers", written(desk).parser, [HERE, "parser"],
      { label: "Format" })}<hl-suggest .desk=${desk} .stamp=${stamp}></hl-suggest>`)}
    ${part(desk, "columns", "Columns", "What a row must have to be taken", columns(desk, stamp))}
    ${part(desk, "rows", "Rows", "How they go on, and which are the same", rows(desk))}
    ${part(desk, "outcome", "Destination", "Where rows go", outcome(desk, shape(desk)), HERE)}
    ${part(desk, "rejects", "Rejects", "Rows that are no good, and how many may be", rejects(desk))}
    ${part(desk, "settle", "Settling", "Once all rows of a file are where they belong", settle(desk))}
    ${part(desk, "schedule", "Schedule", "When it runs", when(desk, zone, stamp))}
    ${part(desk, "more", "Limits and retries", "Rarely needed", rest(desk))}`;
}
