// The proof, and what becomes of the source after it. Older ways to write them are read, and written anew when changed.
import { html } from "lit";
import { choice } from "./controls.js";
import { errorOf, field, framed, tiedTo } from "./fields.js";
import { choicesOf } from "./labels.js";
import { inSource, onHub } from "./paths.js";
import { resolved } from "./schema.js";

const OLD = { size_match: "size", file_exists: "exists", checksum_match: "checksum" };

const checkOf = (form) => form.check ?? OLD[form.verification?.method] ?? "size";

/** The action, and the settings that go with it. */
function settleOf({ settle, backup }) {
  if (backup?.enabled) return { action: "archive", ...(backup.location ? { location: backup.location } : {}),
    ...(backup.retention_days ? { retention_days: backup.retention_days } : {}) };
  if (typeof settle === "string") return { action: settle };
  return settle ? { action: "archive", ...settle } : { action: "keep" };
}

/** As short as it can be: nothing, a word, or a mapping. */
function written(settle) {
  const { action, ...rest } = settle;
  if (action === "archive" && Object.keys(rest).length) return settle;
  return action === "keep" ? undefined : action;
}

const radios = (name, now, pick, off) =>
  html`<div class="radios">${Object.entries(choicesOf(name)).map(([word, [label, help]]) =>
    html`<label class="tick"><input type="radio" name=${name} value=${word} .checked=${word === now} ?disabled=${off}
      @change=${() => pick(word)}><span>${label}<span class="help">${help}</span></span></label>`)}</div>`;

export function checkAndSettle(desk, form, off) {
  const defs = desk.defs, settle = settleOf(form), shape = resolved({ $ref: "#/$defs/SettleForm" }, defs),
    kinds = resolved({ $ref: "#/$defs/Check" }, defs).enum;
  const without = (key) => { const { [key]: _, ...rest } = form; return rest; };
  const setCheck = (word) => desk.replace({ ...without("verification"), check: word });
  const set = (now) => { const { backup, settle: _, ...rest } = form,
    value = written(now); desk.replace(value === undefined ? rest : { ...rest, settle: value }); };
  const edit = (path, value) => {
    const { [path.at(-1)]: _, ...rest } = settle;
    set(value === undefined ? rest : { ...rest, [path.at(-1)]: value });
  };
  const look = (one) => (one.key === "folder" ? inSource(one, form.source) : onHub(one));
  const own = { ...desk, edit, browse: look, problem: (id) => desk.problem(id) ?? desk.problem(id.replace("settle.", "backup.")) };
  const part = (key, over) => field(own, key, shape.properties[key], settle[key], ["settle", key], over);
  const check = { id: "check", key: "check", schema: { enum: kinds }, value: checkOf(form), set: setCheck, desk,
    tied: tiedTo(desk, "check", "check"), invalid: Boolean(desk.problem("check")) };
  return html`<div class="grid2">${framed({ id: "check", label: "Check", control: choice(check),
    help: choicesOf("check")[checkOf(form)]?.[1] ?? "", desk })}
    <fieldset class="field"><legend>Then the source is</legend>${radios("settle", settle.action, (action) => set({ ...settle, action }),
      off)}${errorOf(desk, "settle")}</fieldset>
    ${settle.action === "archive" ? html`${part("location",
      { schema: { format: "path" }, help: "On the machine where the hub runs, relative to the workspace; backups if it is empty. The job's name is added.",
        hint: "backups" })}${part("retention_days", { help: "0 or nothing keeps for ever." })}
      ${part("folder", { schema: { format: "path" }, help: "Instead: a folder inside the source, such as done." })}${part("keep_original")}` : ""}</div>`;
}
