// Paths that are not a place of their own: on the hub's machine, or inside the source. Each is browsed for where it lies.
import { toast } from "../parts/toast.js";
import { browse } from "./browse.js";

const bare = (path) => path.replace(/^(\.?\/)+|\/+$/g, "").replace(/^\.$/, "");

const isWhole = (path) => !path || path.startsWith("/");

/** What the hub needs to reach a source or a destination, from its top: of this machine, all of it or the workspace. */
export function targetOf({ connection, type, bucket, path } = {}) {
  if (typeof connection === "string") return { name: connection };
  const top = type !== "local" ? "" : isWhole(path) ? "/" : ".";
  return { form: { type, ...connection, ...(bucket ? { bucket } : {}), path: connection?.path ?? top } };
}

/** Look on the machine of the hub, and write the whole path into the field. `files`: one of them can be chosen too. */
export async function onHub(one, { files = false } = {}) {
  const start = String(one.value ?? "");
  const picked = await browse({ target: { form: { type: "local", path: "/" } }, title: "On the machine of the hub", files,
    start: start.startsWith("/") ? start.replace(files ? /\/[^/]*$/ : /$/, "") : "" });
  if (picked !== null) one.set(`/${picked}`);
}

/** Look into the source, and write the path from there into the field. */
export async function inSource(one, source) {
  const top = bare(source?.path ?? "");
  const picked = await browse({ target: targetOf(source), title: "A folder inside the source", start: [top, one.value].filter(Boolean).join("/") });
  if (picked === null) return;
  const inside = top ? picked.startsWith(`${top}/`) && picked.slice(top.length + 1) : picked;
  if (inside) one.set(inside);
  else toast("That folder is not inside the source", { text: `Choose one below ${top || "its top"}.`, tone: "bad" });
}
