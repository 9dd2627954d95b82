// Short news at the corner: said, readable for a while, and gone.
import { html, render } from "lit";
import { sentence } from "../core/words.js";
import { icon } from "./icon.js";

const READABLE = 7000;
const shown = new Map();
let next = 0;

function place() {
  let box = document.querySelector(".toasts.floating");
  if (!box) {
    box = document.createElement("section");
    box.className = "toasts floating";
    box.setAttribute("aria-label", "News");
    document.body.append(box);
  }
  return box;
}

function draw() {
  render([...shown].map(([id, one]) => html`<div class="toast" role=${one.tone === "bad" ? "alert" : "status"}>
    <span class="is-${one.tone}">${icon(one.icon)}</span><div><strong>${one.title}</strong>${one.text ? html`<p>${one.text}</p>` : ""}</div>
    ${one.action ? html`<button class="btn sm" type="button" @click=${() => { gone(id); one.action.on(); }}>${one.action.label}</button>`
      : html`<button class="btn quiet sq sm" type="button" aria-label="Dismiss" title="Dismiss"
        @click=${() => gone(id)}>${icon("x")}</button>`}</div>`), place());
}

function gone(id) {
  shown.delete(id);
  draw();
}

/** `action` is {label, on}. */
export function toast(title, { text = "", tone = "ok", icon: image = tone, action } = {}) {
  const id = (next += 1);
  shown.set(id, { title, text, tone, icon: image, action });
  draw();
  setTimeout(() => gone(id), tone === "bad" ? 2 * READABLE : READABLE);
}

/** Do it, and say what went wrong, if something does. Resolves to the answer, undefined after a problem. */
export async function trying(what, doing) {
  try {
    return await doing();
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    toast(what, { text: sentence(problem.detail || problem.title), tone: "bad" });
    return undefined;
  }
}
