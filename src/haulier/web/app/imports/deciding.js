// What a person says of a payment, told to the hub; and what it answers if somebody else was quicker.
import { html } from "lit";
import { post } from "../core/api.js";
import { sentence } from "../core/words.js";
import { open } from "../parts/dialog.js";
import { toast } from "../parts/toast.js";
import { money } from "./money.js";
import { payerOf } from "./words.js";

const CONFLICT = 409;

export const SAID = { confirm: "is matched", split: "is matched", reject: "is for none of them", unmatch: "waits for review again",
  park: "is parked", ignore: "is ignored" };

/** Tell the hub, as of the version that was seen. A Problem is thrown on. */
export const tell = (payment, action, more = {}) => post(`/imports/payments/${payment.id}/decide`, { version: payment.version, action, ...more });

/** Resolves to the payment as it is then; to null if somebody else decided meanwhile, and to undefined if nothing came of it. */
export async function decide(payment, action, more) {
  try {
    return await tell(payment, action, more);
  } catch (problem) {
    return refused(payment, problem);
  }
}

/** Whether somebody else was quicker; other conflicts are about the flow of the import. */
export const isMeanwhile = ({ status, current, detail }) => status === CONFLICT && (Boolean(current) || /meanwhile/.test(detail));

/** Say what the hub refused; null where what was seen is not so any more. */
export function refused(payment, problem) {
  if (problem.status === undefined) throw problem;
  const isLate = isMeanwhile(problem);
  toast(isLate ? "Somebody decided meanwhile" : `Nothing was decided about ${payerOf(payment)}`, { tone: isLate ? "warn" : "bad", icon: isLate
    ? "warn" : "bad", text: sentence(problem.detail || problem.title) });
  return isLate ? null : undefined;
}

const ASKED = {
  reject: { title: "None of these?", go: "Reject", text: "It stays in the queue as unmatched, and its candidates stay to be seen." },
  unmatch: { title: "Un-match this payment?", go: "Un-match",
    text: "It waits for review again, what it was for is open again, and with the next run those are told who were told of the match." },
  again: { title: "Take this payment up again?", go: "Take it up", text: "It waits for review, as any payment that was not matched." },
  ignore: { title: "Ignore this payment?", go: "Ignore",
    text: "It is no money for any item, such as a transfer between own accounts. It can be taken up again." },
};

/** Ask for a few words first. Resolves to them, "" too; null if it is not to be. */
export function why(payment, name) {
  const { title, go, text } = ASKED[name];
  return open(title, ({ close }) => {
    const send = (event) => {
      event.preventDefault();
      close(new FormData(event.target).get("text").trim());
    };
    return html`<form class="body" id="why" @submit=${send}><p><strong>${payerOf(payment)}</strong>, ${money(payment.amount)} ${payment.currency}</p><p
      class="small muted">${text}</p><div class="field"><label for="why-text">Why <span class="opt">optional</span></label><textarea class="area"
        id="why-text" name="text" rows="2" maxlength="2000" aria-describedby="why-help"></textarea><p class="help" id="why-help">It is kept in the trail,
          with your name.</p></div></form>
      <footer><button class="btn" type="button" autofocus @click=${() => close(null)}>Not now</button><button class="btn primary" form="why"
        type="submit">${go}</button></footer>`;
  });
}
