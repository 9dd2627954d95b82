// The list as CSV: what the filters show, up to a limit, made in the browser.
import { get } from "../core/api.js";

const MOST = 10_000, AT_ONCE = 500;
const FIELDS = ["id", "state", "path", "flow", "run", "source", "destination", "target", "size", "sha256", "tries", "error", "created",
  "finished"];

/** A cell; what a spreadsheet would compute is kept as text. */
const cell = (value) => {
  const text = value == null ? "" : String(value), safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Save what these values show; resolves to how many rows it has. */
export async function exportCsv(values) {
  const rows = [];
  for (let offset = 0; offset < MOST; offset += AT_ONCE) {
    const page = await get("/transfers", { ...values, limit: AT_ONCE, offset });
    rows.push(...page.items);
    if (offset + AT_ONCE >= page.total) break;
  }
  const text = [FIELDS, ...rows.map((row) => FIELDS.map((field) => row[field]))].map((row) => row.map(cell).join(",")).join("\r\n");
  save(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv" }), "transfers.csv");
  return rows.length;
}

/** Have the browser save this under that name. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
