// What is being edited: a form and a YAML text that are one document, kept in step by the hub.
import { Problem } from "../core/api.js";
import { may } from "../core/session.js";
import { differences, getIn, setIn, withSecrets } from "./value.js";

const PAUSE = 350;
let isPressed = false;      // a pointer is down: what it is on must not move before it is up
addEventListener("pointerdown", () => { isPressed = true; }, true);
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => { isPressed = false; }, true);

export class Draft {
  form = {};
  yaml = "";
  version = null;
  problems = [];
  side = "form";            // which of the two was changed last
  isBroken = false;         // the YAML cannot be read: the form shows what was before
  isChecking = false;
  defs = {};                // definitions of the schema
  #first = { form: {}, yaml: "" };
  #hasFresh = false;        // secrets were typed that the text only shows as dots
  #touched = new Set();
  #showsAll = false;
  #asked = 0;
  #timer = 0;

  /** `check(body)` asks the hub; `keep` names what stays when it is empty. */
  constructor(host, { check, keep = [] }) {
    Object.assign(this, { host, check, keep });
    host.addController(this);
  }

  hostDisconnected() {
    clearTimeout(this.#timer);
  }

  /** Begin with what the hub has; `isNew` shows no mistakes before something was typed. */
  open({ form, yaml, version = null, problems = [] }, { isNew = false } = {}) {
    clearTimeout(this.#timer);
    this.#asked += 1;       // what is on its way is about what was here before
    this.isChecking = false;
    Object.assign(this, { form: form ?? {}, yaml: yaml ?? "", version, problems, side: "form", isBroken: form == null });
    this.#first = { form: this.form, yaml: this.yaml };
    [this.#touched, this.#showsAll, this.#hasFresh] = [new Set(), !isNew, false];
    if (form == null) this.side = "yaml";
    this.host.requestUpdate();
  }

  /** As it was opened. */
  get first() {
    return { ...this.#first, version: this.version };
  }

  get isChanged() {
    return this.side === "yaml" ? this.yaml !== this.#first.yaml : this.changes > 0;
  }

  get changes() {
    return differences(this.#first.form, this.form) || (this.yaml !== this.#first.yaml && this.side === "yaml" ? 1 : 0);
  }

  /** A field was changed. A default that was not written stays unwritten. */
  edit = (path, value, schema) => {
    const isDefault = schema?.default !== undefined && JSON.stringify(value) === JSON.stringify(schema.default)
      && getIn(this.#first.form, path) === undefined;
    this.form = setIn(this.form, path, isDefault ? undefined : value, this.keep);
    this.#turn("form");
    this.#later();
  };

  /** The whole form anew, as a change of many fields at once. */
  replace = (form) => {
    this.form = form;
    this.#turn("form");
    this.#later();
  };

  write(yaml) {
    this.yaml = yaml;
    this.#turn("yaml");
    this.#later();
  }

  /** An answer that is still on its way would be about the other side, and put it over what is typed now. */
  #turn(side) {
    if (this.side !== side) this.#asked += 1;
    this.side = side;
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.ask(), PAUSE);
    this.host.requestUpdate();
  }

  /** What is to be saved: text as it was written, or the form in the layout of the text. Typed secrets are only in the form. */
  get body() {
    if (this.side === "yaml" && !this.#hasFresh) return { yaml: this.yaml };
    return this.yaml ? { form: this.form, yaml: this.yaml } : { form: this.form };
  }

  /** Ask the hub for the other half and the mistakes; an answer to an older question is dropped. */
  async ask() {
    if (!may("admin")) return;
    clearTimeout(this.#timer);
    const number = (this.#asked += 1), side = this.side;
    this.isChecking = true;
    this.host.requestUpdate();
    try {
      let answer = await this.check(side === "yaml" ? { yaml: this.yaml } : this.body);
      if (number !== this.#asked) return;
      if (side === "form") this.yaml = answer.yaml;
      else if (answer.form) {
        this.form = withSecrets(answer.form, this.form);
        this.#hasFresh = JSON.stringify(this.form) !== JSON.stringify(answer.form);
        if (this.#hasFresh) answer = { ...(await this.check(this.body)), form: this.form };
        if (number !== this.#asked) return;
      }
      this.isBroken = side === "yaml" && !answer.form;
      this.problems = answer.problems ?? [];
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (number === this.#asked && problem.problems.length) this.problems = problem.problems;
    } finally {
      if (number === this.#asked) this.isChecking = false;
      this.host.requestUpdate();
    }
  }

  /** The hub refused to save: every mistake is shown from now on. */
  refuse(problems) {
    if (problems.length) this.problems = problems;
    this.#showsAll = true;
    this.host.requestUpdate();
  }

  // ---- what fields ask (the `desk` of fields.js)

  original = (path) => {
    return getIn(this.#first.form, path);
  };

  /** The reader leaves a field, maybe to press a button: its mistakes wait until that is done. */
  leave = ({ target }) => {
    const touch = () => this.touch(target.name || target.id);
    if (isPressed) addEventListener("pointerup", () => setTimeout(touch), { once: true });
    else touch();
  };

  /** From now on the mistakes of this field are shown. */
  touch = (id) => {
    if (!id || this.#touched.has(id)) return;
    this.#touched.add(id);
    this.host.requestUpdate();
  };

  #isShown(key) {
    return this.#showsAll || this.side === "yaml" || [...this.#touched].some((id) => id === key || key.startsWith(`${id}.`)
      || key.startsWith(`${id}[`));
  }

  problem = (id) => {
    return this.problems.find((one) => one.key === id && this.#isShown(one.key));
  };

  /** The mistakes at or below this place that are shown. */
  within = (id) => {
    return this.problems.filter((one) => (one.key === id || one.key.startsWith(`${id}.`) || one.key.startsWith(`${id}[`))
      && this.#isShown(one.key)).length;
  };

  get shown() {
    return this.problems.filter((one) => this.#isShown(one.key));
  }

  focus = (id) => {
    this.host.updateComplete.then(() => document.getElementById(id)?.focus());
  };
}

