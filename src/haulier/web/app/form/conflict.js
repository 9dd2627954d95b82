// Somebody else changed the file meanwhile: both versions side by side, and nothing is lost.
import { html } from "lit";
import { open } from "../parts/dialog.js";

/** Lines of `one` that `other` does not have. */
function only(one, other) {
  const has = new Map();
  for (const line of other.split("\n")) has.set(line, (has.get(line) ?? 0) + 1);
  return one.split("\n").map((line) => {
    const left = has.get(line) ?? 0;
    if (left) has.set(line, left - 1);
    return [line, !left];
  });
}

const side = (title, note, lines) => html`<section class="version"><h3>${title}</h3><p class="tiny muted">${note}</p>
  <div class="code lines" tabindex="0" role="region"
    aria-label=${title}>${lines.map(([line, differs], at) =>
      html`<span class="ln ${differs ? "differs" : ""}"><i>${at + 1}</i>${line}${differs ? html`<span class="sr"> (only here)</span>`
        : ""}</span>`)}</div></section>`;

/** Resolves to `mine` or `theirs`; null to go on editing. */
export const settleConflict = (name, mine, theirs) => open(`${name} was changed while you edited it`,
  ({ close }) => html`<div class="body"><p class="small">The file is not what it was when you opened it. Lines that differ are marked.</p>
  <div class="versions">${side("Yours", "not saved", only(mine, theirs))}${side("Theirs", "in the file now",
    only(theirs, mine))}</div></div>
  <footer><button class="btn" type="button" autofocus @click=${() => close(null)}>Go on editing</button><button class="btn" type="button"
    @click=${() => close("theirs")}>Take theirs</button>
  <button class="btn primary" type="button" @click=${() => close("mine")}>Save mine over it</button></footer>`, { cls: "wider" });
