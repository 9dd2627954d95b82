// The desk of a part that is written anew as a whole, whatever in it is changed.
import { setIn } from "./value.js";

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** `write` gets the part as it is then; what is its default is left out. `more` changes the desk, as `defs` of a plugin. */
export const inside = (desk, base, value, write, more = {}) => ({ ...desk, ...more,
  edit: (path, now, schema) => write(setIn(value, path.slice(base.length), schema?.default !== undefined && same(now, schema.default)
    ? undefined : now)) });
