// Buttons that know who may press them: off, but there and able to say why, for those who may not.
import { html, nothing } from "lit";
import { may, whyNot } from "../core/session.js";
import { icon } from "./icon.js";

const underWay = new WeakMap();       // of a button that was pressed: what for, until that is done

/** Whoever presses twice means it once. */
function once(pressed, what, on) {
  if (underWay.get(pressed) === what) return;
  const doing = on();
  if (!doing?.finally) return;
  underWay.set(pressed, what);
  doing.finally(() => underWay.get(pressed) === what && underWay.delete(pressed));
}

/**
 * `label` is shown unless `bare`; `needs` is a role; `off` is a reason why it cannot be pressed now.
 * `on` gets the click. `cls` adds to `btn`.
 */
export function button({ label, icon: image, on, needs, off = "", cls = "", bare = false, busy = false, keys, type = "button", name }) {
  const why = whyNot(needs) || off;
  const press = (event) => {
    if (why || busy) event.preventDefault();
    else once(event.currentTarget, name ?? label, () => on?.(event));
  };
  return html`<button class="btn ${cls} ${bare ? "sq" : ""}" type=${type} aria-disabled=${why ? "true" : nothing}
    aria-busy=${busy ? "true" : nothing}
    aria-label=${bare || name ? (name ?? label) : nothing} title=${why || (bare ? (name ?? label) : nothing)}
      aria-keyshortcuts=${keys ?? nothing} @click=${press}>
    ${image ? icon(busy ? "copying" : why && !may(needs) && !bare ? "lock" : image) : ""}${bare ? "" : label}</button>`;
}

/** A link that looks like a button; a button that is off, for those who may not go there. `save`: the file it is saved as. */
export function link({ label, icon: image, href, needs, cls = "", keys, save }) {
  if (!may(needs)) return button({ label, icon: image, needs, cls });
  return html`<a class="btn ${cls}" href=${href} aria-keyshortcuts=${keys ?? nothing} download=${save ?? nothing}>${image
    ? icon(image) : ""}${label}</a>`;
}
