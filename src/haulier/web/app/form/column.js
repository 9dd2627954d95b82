// Columns as they may be written: a list, or a mapping of names to types or details. Each is shown as {name, …details}.
const FLAGS = ["required", "unique"];

const detailed = (name, details) => {
  if (typeof details !== "string") return { name, ...details };
  const [type, ...flags] = details.replaceAll(",", " ").split(/\s+/).filter(Boolean);
  return { name, ...(type ? { type } : {}), ...Object.fromEntries(flags.map((flag) => [flag, true])) };
};

const isMapping = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The columns, and for each the key by which mistakes in it are told. */
export function read(value) {
  if (isMapping(value)) return Object.entries(value).map(([name, details]) => ({ at: name, column: detailed(name, details) }));
  return (Array.isArray(value) ? value : value ? [value] : []).map((one, at) => ({ at, column: typeof one === "string" ? { name: one } : one }));
}

/** As short as it can be: `decimal required`, or a mapping. */
function brief({ name, ...details }) {
  if (Object.entries(details).some(([key, value]) => key !== "type" && !(FLAGS.includes(key) && value === true))) return details;
  return [details.type ?? "text", ...FLAGS.filter((flag) => details[flag])].join(" ");
}

/** These columns in the shape that `before` has; a list if two of them have one name, or one that would lose its place. */
export function written(columns, before) {
  if (!columns.length) return undefined;
  const names = columns.map(({ name }) => name ?? "");
  if (!isMapping(before) || new Set(names).size < names.length || names.some((name) => /^\d*$/.test(name))) return columns;
  const known = new Map(Object.entries(before).map(([name, details]) => [JSON.stringify(detailed(name, details)), details]));
  return Object.fromEntries(columns.map((one) => [one.name, known.has(JSON.stringify(one)) ? known.get(JSON.stringify(one)) : brief(one)]));
}
