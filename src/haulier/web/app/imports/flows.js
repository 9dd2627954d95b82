// Which imports there are: tasks of flows that take files in, as they are called in the ledger.
import { get, part } from "../core/api.js";

const of = ({ flow, nodes }) => nodes.filter(({ type }) => type === "import").map(({ id }) => `${flow.name}/${id}`);

/** `bank/take` and so on, sorted; those whose flow cannot be read are left out. */
export async function importers() {
  const { items } = await get("/flows"), flows = items.filter(({ types }) => types.includes("import"));
  const found = await Promise.all(flows.map(({ name }) => get(`/flows/${part(name)}`).then(of, () => [])));
  return found.flat().sort();
}
