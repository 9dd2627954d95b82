// Places as people call them: what is in a named connection is told by that connection's name.
import { get } from "./api.js";
import { events, seldom } from "./events.js";

const QUIET = 2000;
const cut = (location) => (location ?? "").replace(/\/$/, "");

let known = [];       // [location, name], the longest first
let asked = null;

async function learn() {
  const { items } = await get("/connections");
  known = items.map((one) => [cut(one.location), one.name]).filter(([start]) => start).sort(([one], [other]) =>
    other.length - one.length);
}

/** Ask for the connections, once; resolves when they are known, or cannot be. */
export const places = () => (asked ??= learn().catch(() => { asked = null; }));

/** After a change of the workspace they are asked for again. */
events.addEventListener("jobs", seldom(() => asked && learn().catch(() => {}), QUIET));

/** `nordbank/in` for `sftp://me@host/home/in`; as it is where no connection leads there. */
export function called(location) {
  if (!location) return "";
  const found = known.find(([start]) => location === start || location.startsWith(`${start}/`));
  return found ? `${found[1]}${location.slice(found[0].length)}`.replace(/(.)\/$/, "$1") : location;
}

/** A sentence in which the addresses of connections are their names. */
export function plainly(text) {
  return (text ?? "").replace(/\b[a-z][a-z0-9+]*:\/\/[^\s,;]+/gi, (address) => {
    const end = /[.:)]*$/.exec(address)[0];
    return called(address.slice(0, address.length - end.length)) + end;
  });
}
