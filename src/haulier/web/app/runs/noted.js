// What the hub noted of a run or a file, in the words and numbers of these pages.
import { plainly } from "../core/places.js";
import { TRIGGERS } from "../core/states.js";
import { count, local } from "../core/words.js";

const WANTED = /^.*: wanted(?: by (\S+))? \((\w+)\)$/;
const TALLY = /^(\d+) done, (\d+) failed, (\d+) skipped/;
const NAMES = /(^|: )(?:Unavailable|Throttled|Busy|Held|Failed|NotFound|IsFolder|AlreadyExists|Denied|Unsupported|Invalid|NoSpace|Corrupt|Malformed) (?=\S)/;
const MANY = /\b\d{4,}(?= (?:files?|bytes?|rows?|tasks?|payments?)\b)/g;

/** `3,000 done, 1 failed`: what there was none of is left out. */
function tally(_, ...numbers) {
  const words = ["done", "failed", "skipped"].map((word, at) => (Number(numbers[at]) ? `${count(Number(numbers[at]))} ${word}` : ""));
  return words.filter(Boolean).join(", ") || "nothing was done";
}

/** The text of an event. */
export function noted(text) {
  const wanted = WANTED.exec(text ?? "");
  if (wanted) return [TRIGGERS[wanted[2]] ?? wanted[2], wanted[1]].filter(Boolean).join(", ");
  return plainly(local(text)).replace(NAMES, "$1").replace(TALLY, tally).replace(MANY, (digits) => count(Number(digits)));
}
