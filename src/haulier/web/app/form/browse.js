// Look into a place, folder by folder, and choose one; or a file.
import { html } from "lit";
import { post } from "../core/api.js";
import { moment, sentence, size } from "../core/words.js";
import { open } from "../parts/dialog.js";
import { icon } from "../parts/icon.js";

const bare = (path) => path.replace(/^\/+|\/+$/g, "");
const last = (path) => path.replace(/\/+$/, "").split("/").at(-1);

/** Resolves to the path that was chosen, without a slash at its ends; null if none was. `files`: one of them will do. */
export function browse({ target, title, start = "", files = false }) {
  const at = { path: bare(start).replace(/^\.$/, ""), answer: null, problem: null, busy: false };
  return open(title, ({ close, draw }) => {
    const go = async (path) => {
      Object.assign(at, { path, busy: true });
      draw();
      try {
        at.answer = await post("/connections/browse", { ...target, path });
        at.problem = null;
      } catch (problem) {
        if (problem.status === undefined) throw problem;
        at.problem = problem;
      }
      at.busy = false;
      draw();
    };
    if (!at.answer && !at.problem && !at.busy) queueMicrotask(() => go(at.path));
    return html`<div class="body browse" aria-busy=${at.busy}>${trail(at.path, go)}${at.problem
      ? trouble(at.problem, go) : list(at, go, files ? (path) => close(bare(path)) : null)}</div>
      <footer><span class="small muted push-end clip mono">${at.path || "top folder"}</span><button class="btn" type="button"
        @click=${() => close(null)}>Close</button>
      <button class="btn primary" type="button" aria-disabled=${at.problem ? "true" : "false"}
        @click=${() => !at.problem && close(at.path)}>Choose this folder</button></footer>`;
  }, { cls: "wide" });
}

function trail(path, go) {
  const steps = path.split("/").filter(Boolean);
  return html`<nav aria-label="Folder"><ol class="crumbs"><li><button class="btn link" type="button"
    @click=${() => go("")}>Top</button></li>
    ${steps.map((step, at) => html`<li><button class="btn link" type="button"
      @click=${() => go(steps.slice(0, at + 1).join("/"))}>${step}</button></li>`)}</ol></nav>`;
}

const trouble = (problem, go) =>
  html`<div class="notice is-bad"
    role="alert">${icon("bad")}<div><strong>It cannot be looked into</strong><p>${sentence(problem.problems[0]?.text
      ?? problem.message)}</p></div>
  <button class="btn sm" type="button" @click=${() => go("")}>Go to the top</button></div>`;

function list({ answer, busy }, go, choose) {
  if (!answer) return html`<ul class="folder"
    aria-hidden="true">${[1, 2, 3, 4].map(() => html`<li><span class="bone w60"></span></li>`)}</ul>`;
  const { folders, files, is_whole: isWhole } = answer;
  const inside = (one) => html`${icon("file")}<span class="grow clip" title=${one.path}>${last(one.path)}</span><span
    class="tiny nowrap">${size(one.size)}</span><span class="tiny nowrap hide-s">${moment(one.modified)}</span>`;
  if (!folders.length && !files.length) return html`<p class="muted small folder-none">${busy ? "" : "This folder is empty."}</p>`;
  return html`<ul class="folder">${folders.map((one) =>
    html`<li><button type="button" @click=${() => go(bare(one))}>${icon("folder")}<span
      class="grow clip">${last(one)}</span>${icon("right")}</button></li>`)}
    ${files.map((one) => (choose ? html`<li><button type="button" @click=${() => choose(one.path)}>${inside(one)}</button></li>`
      : html`<li class="muted">${inside(one)}</li>`))}
    ${isWhole ? "" : html`<li class="tiny muted">There is more; only the first are shown.</li>`}</ul>`;
}
