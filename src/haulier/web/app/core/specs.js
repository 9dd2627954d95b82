// What the hub can do: the schemas of jobs, stores and steps. Asked for once.
import { get } from "./api.js";

let asked = null;

/** {job, stores, steps}; asked again after a failure. */
export function specs() {
  asked ??= get("/specs").catch((problem) => { asked = null; throw problem; });
  return asked;
}
