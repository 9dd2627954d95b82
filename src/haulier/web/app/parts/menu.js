// Menus: a native popover beside the button that opens it.
import { html } from "lit";
import { may, whyNot } from "../core/session.js";
import { icon } from "./icon.js";

/** Put the popover where its button is; wide screens only, as a sheet places itself. */
function beside(event) {
  if (event.newState !== "open") return;
  const menu = event.target, edge = document.querySelector(`[popovertarget="${menu.id}"]`)?.getBoundingClientRect();
  if (!edge || menu.classList.contains("more")) return;
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = edge.bottom + 4 + height < innerHeight || edge.top < height + 8;
  menu.style.setProperty("left", `${Math.max(8, Math.min(edge.right - width, innerWidth - width - 8))}px`);
  menu.style.setProperty("top", `${below ? edge.bottom + 4 : edge.top - height - 4}px`);
  menu.querySelector("button, a")?.focus({ preventScroll: true });
}

function arrows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...event.currentTarget.querySelectorAll("button, a")];
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
}

/** Each item: {label, icon, on | href, needs, note}. `trigger` gets the popover's id. */
export function menu(id, label, items) {
  const pick = (event, item) => {
    if (!may(item.needs)) return event.preventDefault();
    event.currentTarget.closest("[popover]").hidePopover();
    return item.on?.(event);
  };
  return html`<div class="menu" id=${id} popover role="group" aria-label=${label}
    @beforetoggle=${(event) => event.newState === "open" && requestAnimationFrame(() => beside(event))} @keydown=${arrows}>
    ${items.filter(Boolean).map((item) => (item.href
      ? html`<a href=${item.href} @click=${(event) => pick(event, item)}>${item.icon ? icon(item.icon) : ""}${item.label}</a>`
      : html`<button type="button" aria-disabled=${may(item.needs) ? "false" : "true"} title=${whyNot(item.needs)}
        @click=${(event) => pick(event, item)}>${item.icon ? icon(item.icon) : ""}<span class="grow">${item.label}</span>${item.note
          ? html`<span class="tiny muted">${item.note}</span>` : ""}</button>`))}</div>`;
}
