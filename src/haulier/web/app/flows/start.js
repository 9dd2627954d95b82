// Run a flow: its parameters as a form from their JSON Schema, and how urgent it is.
import { html } from "lit";
import { part, post } from "../core/api.js";
import { field } from "../form/fields.js";
import { open } from "../parts/dialog.js";
import { icon } from "../parts/icon.js";
import { sentence } from "../core/words.js";
import { Desk } from "./desk.js";

const PRIORITIES = [["normal", "Normal"], ["urgent", "Urgent: before everything else"], ["high", "High: before normal runs"],
  ["low", "Low: when nothing else waits"]];
const JSON_SHAPE = { type: "json" };

/** How a parameter is asked for: lists of texts line by line, what has a shape of its own as JSON. */
function shapeOf(schema) {
  const words = (schema.default ?? []).every?.((one) => typeof one === "string");
  if (schema.type === "array") return words ? { items: { type: "string", ...schema.items } } : JSON_SHAPE;
  return schema.type === "object" ? JSON_SHAPE : {};
}

function help(schema) {
  const choices = schema.items?.enum ? `One per line, of ${schema.items.enum.join(", ")}.` : "";
  const how = shapeOf(schema) === JSON_SHAPE ? "As JSON." : schema.type === "array" && !choices ? "One per line." : choices;
  return [schema.description ? sentence(schema.description) : "", how].filter(Boolean).join(" ");
}

/** One field for each parameter, in the order of the file. `desk.form.params` has what was typed. */
export function paramFields(desk, schema) {
  const all = schema.properties ?? {}, order = schema["x-order"] ?? Object.keys(all);
  return order.filter((name) => all[name]).map((name) => {
    const shape = shapeOf(all[name]), typed = desk.form.params?.[name];
    return field(desk, name, all[name], typed ?? (shape === JSON_SHAPE ? all[name].default : undefined), ["params", name],
      { label: name, help: help(all[name]), required: schema.required?.includes(name), schema: { ...shape, titles: {} } });
  });
}

/** Of a flow that takes what it does not name: a mapping of whatever else its tasks read. */
const others = (desk, schema) => (schema.additionalProperties ? field(desk, "extra", JSON_SHAPE, desk.form.extra, ["extra"],
  { label: "Other parameters", help: 'As JSON, such as {"name": "value"}.' }) : "");

/** A text that is no JSON is refused before it is sent. */
const isWrong = ({ extra }) => extra !== undefined && (typeof extra !== "object" || Array.isArray(extra));

/** What the hub says that no field can show. */
const loose = (problem, known) => {
  const rest = problem?.problems.filter(({ key }) => !known.includes(key)) ?? [];
  if (!problem || (problem.problems.length && !rest.length)) return "";
  return html`<div class="notice is-bad" role="alert">${icon("bad")}<div><strong>${sentence(rest[0] ? [rest[0].text, rest[0].hint].filter(Boolean)
    .join("; ") : problem.detail || problem.title)}</strong></div></div>`;
};

/** Resolves to the run that was started, null if none was. */
export function ask(name, schema) {
  let problem = null, busy = false, draw = () => {};
  const desk = new Desk(() => draw()), known = ["extra", ...Object.keys(schema.properties ?? {}).map((one) => `params.${one}`)];
  return open(`Run ${name}`, (frame) => {
    draw = frame.draw;
    const send = async (event) => {
      event.preventDefault();
      if (busy) return undefined;
      if (isWrong(desk.form)) {
        desk.problems = [{ key: "extra", text: "must be a mapping as JSON", hint: 'such as {"name": "value"}' }];
        draw();
        return void desk.focus("extra");
      }
      busy = true;
      try {
        frame.close(await post(`/flows/${part(name)}/run`, { params: { ...desk.form.extra, ...desk.form.params }, priority: new FormData(event.target)
          .get("priority") }));
      } catch (error) {
        if (error.status === undefined) throw error;
        [problem, desk.problems] = [error, error.problems];
        draw();
        desk.focus(error.problems.find(({ key }) => known.includes(key))?.key);
      } finally {
        busy = false;
      }
      return undefined;
    };
    return html`<form class="body" id="start" novalidate @submit=${send}>${loose(problem, known)}
      <div class="grid2">${paramFields(desk, schema)}${others(desk, schema)}</div>
      <div class="field"><label for="start-priority">Priority</label><span class="select"><select id="start-priority"
        name="priority">${PRIORITIES.map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select></span></div></form>
      <footer><button class="btn" type="button" @click=${() => frame.close(null)}>Not now</button><button class="btn primary" form="start"
        type="submit">${icon("play")}Run now</button></footer>`;
  }, { cls: "wide" });
}
