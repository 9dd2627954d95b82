// The session has ended while something is not saved: one signs in again over the page, and nothing is lost.
import { html } from "lit";
import { events } from "../core/events.js";
import { session, signIn } from "../core/session.js";
import { ask } from "./dialog.js";
import { toast } from "./toast.js";

let isAsking = false;

/** Asks for the password, once at a time; nothing is heard of the hub meanwhile. Whoever closes it is asked again by the next action. */
export async function signedInAgain() {
  if (isAsking) return;
  isAsking = true;
  events.close();
  const { name } = session.user;
  const isIn = await ask("Sign in again", html`<p class="small">The session of ${name} has ended. What is not saved is still here.</p>
    <div class="field"><label for="asked-password">Password</label><input class="input" id="asked-password" name="password" type="password"
      autocomplete="current-password" autofocus></div>`, { go: "Sign in", send: ({ password }) => signIn(name, password) });
  isAsking = false;
  if (!isIn) return;
  events.open();
  toast("Signed in again", { text: "What was not saved is still here." });
}
