// The desk of a small form that is sent once: what was typed, and the mistakes that the hub found.
import { getIn, setIn } from "../form/value.js";

export class Desk {
  defs = {};
  needs = "operator";
  form = {};
  problems = [];

  /** `changed` is called when something is to be drawn anew. */
  constructor(changed) {
    this.changed = changed;
  }

  edit = (path, value) => {
    this.form = setIn(this.form, path, value);
    const id = path.join(".");
    this.problems = this.problems.filter(({ key }) => key !== id);
    this.changed();
  };

  problem = (id) => this.problems.find(({ key }) => key === id || key?.startsWith(`${id}.`) || key?.startsWith(`${id}[`));

  within = (id) => (this.problem(id) ? 1 : 0);

  original = (path) => getIn({}, path);

  focus = (id) => document.getElementById(id)?.focus();
}
