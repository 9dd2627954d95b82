// What came of logging in at a place, in full; settings that the answer names are one step away.
import { html } from "lit";
import { sentence } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";
import { labelOf } from "./labels.js";
import { goTo } from "./savebar.js";

export const milliseconds = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`);

const named = (text, keys) => keys.filter((key) => key.includes("_") && new RegExp(`\\b${key}\\b`).test(text));

const goThere = (key, at) => button({ label: labelOf(key), cls: "link", on: () => goTo({ key: at }) });

/** `result` is the answer of a test, `"busy"`, or nothing; `ids` has the fields that are shown, by their keys. */
export function outcome(result, ids = {}) {
  if (!result || result === "busy") return "";
  const { ok, text, seconds, hint } = result, settings = ok ? [] : named(text, Object.keys(ids));
  return html`<p class="result is-${ok ? "ok" : "bad"}" role=${ok ? "status" : "alert"}>${icon(ok ? "ok" : "bad")}<span><strong>${ok
    ? `Reached in ${milliseconds(seconds)}.` : sentence(text)}</strong>
    <span class="muted">${ok ? sentence(text.replace(/^The login works; /, "")) : hint ? sentence(hint) : ""}${settings.length
      ? html`Go to ${settings.map((key, at) => html`${at ? ", " : ""}${goThere(key, ids[key])}`)}.` : ""}</span></span></p>`;
}
