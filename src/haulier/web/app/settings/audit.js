// Who did what, newest first. Nothing can be taken out of it unseen.
import { Element, define, html } from "../core/element.js";
import { get } from "../core/api.js";
import { keep } from "../core/router.js";
import { exact, moment, sentence } from "../core/words.js";
import { cardHead, empty } from "../parts/page.js";
import "../parts/table.js";

const said = (what) => sentence(what.replaceAll(".", " ")).replace(/\.$/, "");

const COLUMNS = [
  { label: "What", cls: "a-main",
    cell: (one) => html`<span class="clip name">${said(one.what)}</span>${one.text ? html`<span
      class="path clip" title=${one.text}>${one.text}</span>` : ""}` },
  { label: "About", cls: "a-sub", cell: (one) => html`<span class="clip">${one.about}</span>` },
  { label: "Who", cls: "a-state", cell: (one) => html`<span class="clip">${one.who}</span>` },
  { label: "From", cls: "need-2", cell: (one) => html`<span class="muted mono">${one.address || "–"}</span>` },
  { label: "When", cls: "a-end", num: true, cell: (one) => html`<time datetime=${one.at} title=${exact(one.at)}>${moment(one.at)}</time>` },
];

export class Audit extends Element {
  static properties = { route: { attribute: false } };

  render() {
    return html`<section class="card"
      aria-labelledby="h-audit">${cardHead("h-audit", "Audit", "who did what; every entry is chained to the one before")}
      <hl-table label="Audit" noun="entry" cls="rows2 audit" .columns=${COLUMNS}
        .ask=${({ limit, offset }, signal) => get("/audit", { limit, offset }, signal)} .values=${{}}
          .offset=${Number(this.route.query.get("page") ?? 0)}
        .none=${() => empty("lock", "Nothing was done yet", "Sign-ins, changes and runs by hand are noted here.")}
          @table-turn=${({ detail }) => keep({ page: detail.offset || "" })}></hl-table></section>`;
  }
}

define("hl-audit", Audit);
