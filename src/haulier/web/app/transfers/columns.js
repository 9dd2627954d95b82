// The columns of a list of transfers.
import { html } from "lit";
import { get, part } from "../core/api.js";
import { BASE } from "../core/router.js";
import { ofTransfer } from "../core/states.js";
import { between, count, exact, lasted, moment, pieces, size, speed } from "../core/words.js";
import { route, state } from "../parts/icon.js";

const ROUTE = 12;

function took({ created, finished, state: now }) {
  return finished ? lasted(between(created, finished)) : now === "queued" ? "–" : lasted(between(created));
}

function rate(row) {
  if (row.speed) return speed(row.speed);
  const seconds = row.state === "done" ? between(row.created, row.finished) : 0;
  return seconds >= 1 ? speed(row.size / seconds) : "–";
}

/** What a file is now: its state, and how far it is while it moves. */
function shown(row) {
  const about = ofTransfer(row.state);
  const moves = row.state === "copying" && row.size && row.moved != null;
  return state(about, moves ? `${about.word} ${Math.min(99, Math.floor((100 * row.moved) / row.size))} %` : about.word);
}

function file(row, keep) {
  const [folder] = pieces(row.path);
  return html`<a class="clip name" tabindex="-1" href="${BASE}/transfers/${row.id}${keep}" title=${row.path}>${row.name}</a>${folder
    ? html`<span class="path clip">${folder}</span>` : ""}`;
}

/** One row, as it is now. */
export const oneTransfer = async (id) => (await get(`/transfers/${id}`)).transfer;

/** `keep` is the query that a file's address keeps; `hasJob` is false where all are of one job. */
export const columns = ({ keep = "", hasJob = true } = {}) => [
  { label: "State", cls: "c-state", cell: shown },
  { label: "File", cls: "c-file", sort: "name", cell: (row) => file(row, keep) },
  ...(hasJob ? [{ label: "Job", cls: "c-job",
    cell: (row) => html`<a class="clip plain" tabindex="-1" href="${BASE}/jobs/${part(row.flow)}" title=${row.flow}>${row.flow}</a>` }]
      : []),
  { label: "From, to", cls: "c-route", cell: (row) => route(row.source, row.destination, false, ROUTE) },
  { label: "Size", num: true, cls: "c-size", sort: "size", cell: (row) => size(row.size) },
  { label: "Took", num: true, cls: "c-took", cell: took },
  { label: "Speed", num: true, cls: "c-speed", cell: rate },
  { label: "Started", num: true, cls: "c-at", sort: "created",
    cell: (row) => html`<time datetime=${row.created} title=${exact(row.created)}>${moment(row.created)}</time>` },
  { label: "Tries", num: true, cls: "c-tries", cell: (row) => count(row.tries) },
];
