// How imports and payments are told: one state that matters most, and why a payment was not matched.
import { html } from "lit";
import { ofImport, ofMatch } from "../core/states.js";
import { BASE } from "../core/router.js";
import { count, counted, sentence } from "../core/words.js";

export const importHref = (id, payment) => `${BASE}/imports/${id}${payment ? `?payment=${payment}` : ""}`;

const WHY = {
  no_reference: "no reference", unknown_reference: "no open item has its reference", bad_check_digit: "the check digit is wrong",
  amount_differs: "the amount differs", currency_differs: "the currency differs", already_paid: "paid already",
  ambiguous: "several items fit as well", outside_window: "too far from the due date", no_original: "a return of an unknown payment",
  pending: "not booked yet",
};
const GAPS = { rounding: "rounding", fee: "a fee", discount: "a discount", overpaid: "too much was paid", underpaid: "too little was paid",
  fx: "another currency" };

/** State, word and tone of an import: that of one that is done says what it waits for. */
export function stateOf(one) {
  const about = ofImport(one.state);
  if (one.state !== "done") return about;
  if (one.open_rejects) return { ...about, word: "Done, with rejects", tone: "warn", icon: "warn" };
  return one.review ? { ...about, word: "Done, to review", tone: "warn", icon: "warn" } : about;
}

/** What waits for a person, in a few words. */
export function waitsFor({ open_rejects: open, review }) {
  if (open && review) return `${counted(open, "reject")}, ${count(review)} to review`;
  return open ? counted(open, "reject") : review ? `${counted(review, "payment")} to review` : "";
}

export const payerOf = ({ payer }) => payer?.name || payer?.account || "Unknown payer";

/** Why a payment is in front of a person. */
export const whyOf = ({ why, reasons, state }) => reasons?.[0] || WHY[why] || ofMatch(state).word.toLowerCase();

export const codeOf = (why) => (WHY[why] ? sentence(WHY[why]) : "");

export const gapOf = (gap) => GAPS[gap] ?? "";

/** Whether a decision is told to others: nobody hears of what is parked or ignored. */
export const isTold = ({ state, posted }) => !posted && !["parked", "ignored", "duplicate"].includes(state);

/** How sure a rule is. */
export const sureness = (score) => `${Math.round(100 * (score ?? 0))} %`;

/** The keys of a queue, for those who have some. */
export const keysNote = html`<span class="keys-note tiny muted hide-s"><kbd>J</kbd> <kbd>K</kbd> move, <kbd>A</kbd> accept, <kbd>P</kbd> park</span>`;
