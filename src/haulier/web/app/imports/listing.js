// Payments, a page at a time: those that wait for a person, of all imports or of one; or all of one.
import { get } from "../core/api.js";

export const PAGE = 50;
const STEP = 200, MOST = 1000;
export const REVIEW = ["suggested", "ambiguous", "unmatched", "parked"];

/**
 * {items, next}. `of`: {intake, flow, text, all}; `after`: where a page before it ended; `want`: so many at least.
 * The queue is that of whole flows: for one import it is looked through from its first payment on, as far as it has some.
 */
export async function payments({ intake, flow, text, all }, after, want, signal) {
  if (all) return get(`/imports/${intake.id}/payments`, { after, limit: Math.min(MOST, want) }, signal);
  if (!intake) return get("/imports/review", { flow, text, after, limit: Math.min(MOST, want) }, signal);
  const [first] = after ? [] : (await get(`/imports/${intake.id}/payments`, { limit: 1 }, signal)).items;
  let next = after || (first ? first.id - 1 : null);
  const items = [];
  while (next !== null && items.length < Math.min(want, intake.review)) {
    const page = await get("/imports/review", { flow: intake.flow, after: next || "", limit: STEP }, signal);
    items.push(...page.items.filter((one) => one.import === intake.id));
    next = page.next;
  }
  return { items, next };
}
