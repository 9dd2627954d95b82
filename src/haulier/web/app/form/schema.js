// Reading a JSON Schema as pydantic writes it: references, what may be null, and which control fits.
const TEXTS = ["duration", "size", "rate"];

/** The schema behind a reference; what is said beside the reference wins. */
export function resolved(schema, defs) {
  if (!schema?.$ref) return schema ?? {};
  const { $ref, ...own } = schema;
  return { ...resolved(defs[$ref.split("/").at(-1)], defs), ...own };
}

/** The schema without "or nothing": its one other shape, or all of them. */
export function shapes(schema, defs) {
  const whole = resolved(schema, defs), list = whole.anyOf ?? whole.oneOf;
  if (!list) return [whole];
  return list.map((one) => resolved(one, defs)).filter((one) => one.type !== "null");
}

/** One flat schema: that of the only shape, with the title, help and default of the whole. */
export function flat(schema, defs) {
  const whole = resolved(schema, defs), all = shapes(schema, defs);
  if (all.length !== 1) return whole;
  const { anyOf, oneOf, ...own } = whole, one = { ...all[0], ...own };
  return one.items?.$ref ? { ...one, items: resolved(one.items, defs) } : one;
}

const typesOf = (schema) => [schema.type].flat().filter(Boolean);

/** Which control: secret, choice, date, tick, number, text, lines, list, pairs, object, union, other. */
export function kindOf(schema) {
  const types = typesOf(schema);
  if (schema.properties) return "object";
  if (schema.writeOnly && !types.includes("object")) return "secret";
  if (schema.enum) return "choice";
  if (TEXTS.includes(schema.format)) return "text";
  if (schema.format === "date") return "date";
  if (types.includes("boolean")) return "tick";
  if (types.includes("array")) return schema.items?.properties ? "list" : "lines";
  if (types.includes("object")) return "pairs";
  if (schema.anyOf || schema.oneOf) return "union";
  if (types.includes("integer") || types.includes("number")) return "number";
  return types.includes("string") || !types.length ? "text" : "other";
}
