// The session has ended while something is not saved: one signs in again over the page, and nothing is lost.
import { html } from "lit";
import { Problem, addressOf, get } from "../core/api.js";
import { events } from "../core/events.js";
import { session, signIn } from "../core/session.js";
import { ask } from "./dialog.js";
import { toast } from "./toast.js";

let isAsking = false;

const byPassword = (name) => ask("Sign in again", html`<p class="small">The session of ${name} has ended. What is not saved is still
  here.</p><div class="field"><label for="asked-password">Password</label><input class="input" id="asked-password" name="password"
    type="password" autocomplete="current-password" autofocus></div>`, { go: "Sign in", send: ({ password }) => signIn(name, password) });

/** Who has no password here signs in on another page meanwhile. */
const elsewhere = (name) => ask("Sign in again", html`<p class="small">The session of ${name} has ended. What is not saved is still
  here: <a href=${addressOf("/session/oidc")} target="_blank">sign in on another page</a>, and come back to this one.</p>`,
{ go: "I have signed in", send: () => isBack(name) });

async function isBack(name) {
  const { user } = await get("/session");
  if (user.name !== name) throw new Problem(409, "Somebody else has signed in", `${user.name} has signed in, and not ${name}.`);
  return user;
}

/** Asks for the password, once at a time; nothing is heard of the hub meanwhile. Whoever closes it is asked again by the next action. */
export async function signedInAgain() {
  if (isAsking) return;
  isAsking = true;
  events.close();
  const { name, issuer } = session.user;
  const isIn = await (issuer ? elsewhere(name) : byPassword(name));
  isAsking = false;
  if (!isIn) return;
  events.open();
  toast("Signed in again", { text: "What was not saved is still here." });
}
