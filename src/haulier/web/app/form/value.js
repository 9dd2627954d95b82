// Values inside a form's object, by path: nothing is changed in place.
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

export const getIn = (value, path) => path.reduce((inside, key) => inside?.[key], value);

/** A copy with another value at `path`; undefined takes the key out, and what is empty then, if `keep` does not name it. */
export function setIn(value, [key, ...rest], inner, keep = []) {
  const now = Array.isArray(value) ? [...value] : { ...(isObject(value) ? value : {}) };
  const set = rest.length ? setIn(now[key], rest, inner) : inner;
  const gone = set === undefined || (rest.length && inner === undefined && isObject(set) && !Object.keys(set).length
    && !keep.includes(key));
  if (!gone) now[key] = set;
  else if (Array.isArray(now)) now.splice(key, 1);
  else delete now[key];
  return now;
}

/** `a.b[1].c`, as the hub names places in a form. */
export const idOf = (path) => path.reduce((text, key) => (typeof key === "number" ? `${text}[${key}]` : text
  ? `${text}.${key}` : String(key)), "");

/** The ids of the fields of an object at `path`, by their keys. */
export const idsOf = (schema, path = []) => Object.fromEntries(Object.keys(schema?.properties ?? {}).map((key) => [key, idOf([...path, key])]));

/** How many leaves differ. */
export function differences(one, other) {
  if (Object.is(one, other)) return 0;
  if (!isObject(one) && !isObject(other)) return JSON.stringify(one) === JSON.stringify(other) ? 0 : 1;
  const keys = new Set([...Object.keys(isObject(one) ? one : {}), ...Object.keys(isObject(other) ? other : {})]);
  return Math.max([...keys].reduce((sum, key) => sum + differences(one?.[key], other?.[key]), 0), isObject(one) !== isObject(other)
    ? 1 : 0);
}

export const isMask = (value) => typeof value === "string" && /^(•{3,}|\*{6,})$/.test(value);

/** `fresh` with the secrets that were typed in `old`: the hub shows them as dots only. */
export function withSecrets(fresh, old) {
  if (isMask(fresh)) return typeof old === "string" ? old : fresh;
  if (Array.isArray(fresh)) return fresh.map((one, at) => withSecrets(one, old?.[at]));
  if (!isObject(fresh)) return fresh;
  return Object.fromEntries(Object.entries(fresh).map(([key, value]) => [key, withSecrets(value, old?.[key])]));
}
