// Native dialogs: a question before something costly, and a frame for small forms.
import { html, render } from "lit";
import { sentence } from "../core/words.js";
import { icon } from "./icon.js";

let made = 0;

/** Open a dialog with this inside; `body` gets `close(answer)`. Resolves to the answer, null if it was dismissed. */
export function open(title, body, { cls = "", role = "dialog" } = {}) {
  const box = document.createElement("dialog"), id = `dialog-${(made += 1)}`;
  const before = document.activeElement;
  box.className = cls;
  box.setAttribute("role", role);
  box.setAttribute("aria-labelledby", id);
  document.body.append(box);
  return new Promise((resolve) => {
    let answer = null;
    const close = (given) => { answer = given; box.close(); };
    const draw = () => render(html`<header><h2 id=${id} class="grow">${title}</h2></header>${body({ close, draw, box })}`, box);
    box.addEventListener("close", () => {
      box.remove();
      if (before?.isConnected) before.focus();
      resolve(answer);
    });
    box.addEventListener("click", (event) => event.target === box && outside(box, event) && box.close());
    draw();
    box.showModal();
  });
}

function outside(box, { clientX, clientY }) {
  const edge = box.getBoundingClientRect();
  return clientX < edge.left || clientX > edge.right || clientY < edge.top || clientY > edge.bottom;
}

/** Ask before something that costs: begins on the safe button. True if it is to be done. */
export async function sure({ title, text, keep = "Keep", go, danger = true }) {
  return (await open(title, ({ close }) => html`<div class="body"><p>${text}</p></div>
    <footer><button class="btn" type="button" autofocus @click=${() => close(null)}>${keep}</button>
    <button class="btn ${danger ? "danger solid" : "primary"}" type="button" @click=${() => close(true)}>${go}</button></footer>`,
  { role: "alertdialog" })) === true;
}

/** A problem that a dialog's form met. */
export const mishap = (problem) => (problem ? html`<div class="notice is-bad" role="alert">${icon("bad")}
  <div><strong>${sentence(problem.problems?.[0]?.text ?? (problem.detail || problem.title))}</strong></div></div>` : "");

/** What a form calls when it is sent: once at a time, however often that is pressed. */
export function sending(send) {
  let isBusy = false;
  return async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    await send(event.target).finally(() => { isBusy = false; });
  };
}

/** A dialog with a form: `send(values)` is tried until it is taken; resolves to its answer. */
export const ask = (title, inside, { go, send }) => {
  let problem = null;
  return open(title, ({ close, draw }) => {
    const submit = sending(async (form) => {
      try {
        close((await send(Object.fromEntries(new FormData(form)))) ?? true);
      } catch (met) {
        if (met.status === undefined) throw met;
        problem = met;
        draw();
      }
    });
    return html`<form id="asking" class="body" novalidate @submit=${submit}>${mishap(problem)}${inside}</form><footer><button class="btn"
      type="button" @click=${() => close(null)}>Close</button><button class="btn primary" type="submit"
        form="asking">${go}</button></footer>`;
  });
};
