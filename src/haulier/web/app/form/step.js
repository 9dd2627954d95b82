// One step as it may be written: a word, a word with an argument, a mapping with its type, or a mapping of one key.
const ARGUMENTS = { bash_script: "path", compress: "level", compress_bz2: "level", zstd: "level", rename: "template", timestamp: "format",
  gpg_encrypt: "recipients" };

const argument = (name, text) => {
  const key = ARGUMENTS[name];
  if (!key) return {};
  return { [key]: key === "recipients" ? text.split(",").map((one) => one.trim()) : /^\d+$/.test(text) ? Number(text) : text };
};

/** Its name, its settings, and where in it they are. */
export function read(step) {
  if (typeof step === "string") {
    const [name, text] = step.split(/:(.*)/s);
    return { name: name.trim(), settings: text === undefined ? {} : argument(name.trim(), text), inside: [] };
  }
  if (typeof step?.type === "string") {
    const { type, ...settings } = step;
    return { name: type, settings, inside: [] };
  }
  const [[name, inner] = ["?", {}]] = Object.entries(step ?? {});
  return { name, settings: typeof inner === "string" ? argument(name, inner) : (inner ?? {}), inside: typeof inner === "string"
    ? [] : [name] };
}

/** With these settings, in the shape that it has; a word if there are none. */
export function written(step, settings) {
  const { name, inside } = read(step);
  if (!Object.keys(settings).length) return name;
  return inside.length ? { [name]: settings } : { type: name, ...settings };
}

const told = (value) => (Array.isArray(value) ? value.join(", ") : typeof value === "object"
  ? Object.keys(value).join(", ") : String(value));

/** Its settings in one line. */
export function summary(step) {
  const { settings } = read(step);
  return Object.entries(settings).map(([key, value]) => (Object.values(ARGUMENTS).includes(key) && key !== "level"
    ? told(value) : `${key.replaceAll("_", " ")} ${told(value)}`)).join(", ");
}
