// The bar at the bottom of an editor: what is wrong, what is not saved, and the buttons.
import { html } from "lit";
import { counted } from "../core/words.js";
import { button } from "../parts/button.js";
import { icon } from "../parts/icon.js";

/** Move to the first mistake: to its field if there is one, else to its section or line. */
export function goTo(problem, sectionOf) {
  for (let id = problem.key; id; id = id.replace(/(\.[^.[]*|\[\d+\]|^[^.[]*)$/, "")) {
    const found = document.getElementById(id);
    if (found && !found.matches("section")) {
      for (let folded = found.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
      found.scrollIntoView({ block: "center" });
      return found.focus({ preventScroll: true });
    }
  }
  const section = document.getElementById(`sec-${sectionOf?.(problem.key)}`);
  const wrong = section?.querySelector('[aria-invalid="true"]') ?? section?.querySelector("input, select, textarea");
  if (wrong) wrong.focus({ preventScroll: true });
  if (section) return section.scrollIntoView({ block: "start" });
  return document.querySelector("hl-yaml")?.go(problem.line || 1);
}

/** `saved` is what it says of a new thing; `extra` are more buttons before "Save". */
export function saveBar(draft, { saving, discard, save, extra = "", sectionOf, saved }) {
  const { shown } = draft, changes = draft.isChanged ? Math.max(1, draft.changes) : 0;
  return html`<div class="savebar"><span class="savesaid" role="status">${shown.length
    ? html`<span class="state is-bad">${icon("bad")}${counted(shown.length, "problem")}</span> <button class="btn link" type="button"
      @click=${() => goTo(shown[0], sectionOf)}>Go to it</button>`
    : html`<span class="state ${changes || saved ? "" : "is-ok"}">${icon(changes || saved ? "edit" : "ok")}${changes
      ? `${counted(changes, "change")} not saved` : saved ?? "Saved"}</span>`}
    ${shown.length && changes ? html`<span class="small muted hide-s">${counted(changes, "change")} not saved</span>` : ""}</span>
    <span class="push row">${button({ label: "Discard", cls: "quiet", off: changes ? "" : "Nothing was changed",
      on: discard })}${extra}${button({ label: "Save", cls: "primary", needs: "admin", keys: "Control+S", busy: saving,
        on: () => save() })}</span></div>`;
}
