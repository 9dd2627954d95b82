// Known services: chosen by name, they say what the other fields mean when they are empty.
import { labelOf } from "./labels.js";

const nameOf = (preset) => (typeof preset === "string" ? preset : preset.name ?? preset.id);

const presetTitles = (presets) => Object.fromEntries((presets ?? []).map((one) => [nameOf(one), [one.title ?? nameOf(one)]]));

/** What changes in the fields of a store with presets: a select of them, and hints in the fields they fill. */
export function presetOver(presets, own) {
  if (!presets?.length) return {};
  const names = presets.map(nameOf), chosen = presets.find((one) => nameOf(one) === own.preset);
  const over = { preset: { label: labelOf("preset"), help: "Fills in endpoint, region and addressing; what is written by hand wins.",
    schema: { enum: ["", ...names], titles: { "": ["Another one"], ...presetTitles(presets) }, default: "" } } };
  for (const [key, value] of Object.entries((typeof chosen === "object" ? chosen.settings ?? chosen : null) ?? {})) {
    if (!["name", "id", "title"].includes(key) && value !== "" && typeof value === "string") over[key] = { hint: value,
      schema: key === "addressing_style" ? { default: value } : undefined };
  }
  return over;
}
