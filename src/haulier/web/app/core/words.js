// Numbers and times as people read them. Times are in the workspace's zone, 24 hours.
const COUNT = new Intl.NumberFormat("en-US");
const FORMATS = {
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  hour: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { weekday: "short", day: "numeric", month: "short" },
  weekday: { weekday: "short" },
  date: { day: "numeric", month: "short" },
  full: { weekday: "long", day: "numeric", month: "long" },
  year: { year: "numeric", month: "2-digit", day: "2-digit" },
};
let zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
let made = {};

/** All times from now on are of this zone. */
export function setZone(name) {
  try {
    Intl.DateTimeFormat("en-GB", { timeZone: name });
    zone = name;
    made = {};
  } catch {
    // a name this browser does not know: its own zone stays
  }
}

export const zoneName = () => zone;

function written(moment, how) {
  made[how] ??= new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...FORMATS[how] });
  return made[how].format(moment);
}

const at = (time) => (time ? new Date(time) : null);

/** `18,412` */
export const count = (number) => COUNT.format(number ?? 0);

/** `64.0 kB, 64,007 bytes`; few bytes are said once. */
export const exactly = (bytes) => (bytes < 1000 ? counted(bytes, "byte") : `${size(bytes)}, ${counted(bytes, "byte")}`);

/** `1 file`, `12 files` */
export const counted = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** `38.2 GB`: three digits are enough. */
export function size(bytes) {
  if (bytes == null) return "–";
  const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
  let value = bytes, unit = 0;
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  if (!unit) return `${Math.round(value)} B`;
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${units[unit]}`;
}

/** The number of a size and its unit, for where they are set apart. */
export const sized = (bytes) => size(bytes).split(" ");

export const speed = (rate) => (rate ? `${size(rate)}/s` : "–");

/** `99.94 %`, and never 100 where it is not. */
export function percent(share) {
  const hundredths = Math.floor(share * 10_000 + 1e-9) / 100;
  return hundredths === 100 || hundredths === 0 ? String(hundredths) : hundredths.toFixed(2);
}

/** `0:31`, `8:20:11` */
export function clockspan(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return "–";
  const whole = Math.round(seconds), hours = Math.floor(whole / 3600), pad = (n) => String(n).padStart(2, "0");
  const rest = `${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest.replace(/^0/, "");
}

/** `0.4 s`, `12 s`, `3 min`, `2 h 5 min`, `3 days` */
export function span(seconds) {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(hours / 24)} days`;
}

/** `12 ms`, `0.4 s`, and `0:41` from ten seconds on: as short as it can be compared. */
export function lasted(seconds) {
  if (seconds == null || Number.isNaN(seconds)) return "–";
  if (seconds < 0.0995) return `${Math.round(Math.max(0, seconds) * 1000)} ms`;
  return seconds < 9.95 ? span(seconds) : clockspan(seconds);
}

/** Seconds between two times; to now, if the second is not there. */
export const between = (from, to) => (from ? (at(to) ?? Date.now()) - at(from) : NaN) / 1000;

export const clock = (time) => (time ? written(at(time), "clock") : "–");
export const hour = (time) => (time ? written(at(time), "hour") : "–");
/** How to tell these times apart: with seconds, where less than a minute lies between them. */
export const clockOf = ([one, other]) => (other && Math.abs(between(one, other)) < 60 ? clock : hour);
export const day = (time) => (time ? written(at(time), "day").replace(",", "") : "–");
export const today = () => written(new Date(), "full").replace(",", "");

/** `14:32:05` today, `Sat 14:32` this week, `21 Nov 14:32` before, with the year when it is long ago. */
export function moment(time) {
  if (!time) return "–";
  const then = at(time), days = Math.abs(Date.now() - then) / 86_400_000;
  if (written(then, "year") === written(new Date(), "year")) return written(then, "clock");
  return days < 300 ? `${written(then, days < 6 ? "weekday" : "date")} ${written(then, "hour")}` : exact(time);
}

/** As `moment`, without seconds. */
export const brief = (time) => moment(time).replace(/^(\d\d:\d\d):\d\d$/, "$1");

/** `2026-11-21 14:32:05` */
export function exact(time) {
  if (!time) return "–";
  const [date, month, year] = written(at(time), "year").split("/");
  return `${year}-${month}-${date} ${written(at(time), "clock")}`;
}

/** `in 13 min`, `in 1 h 28`, or `due now` */
export function until(time) {
  const seconds = (at(time) - Date.now()) / 1000;
  if (seconds < 1) return "due now";
  return `in ${seconds > 36_000 && seconds < 172_800
    ? `${Math.round(seconds / 3600)} h` : span(Math.max(seconds, 10)).replace(/( h \d+) min$/, "$1")}`;
}

/** A schedule's sentence. A few seconds or minutes are the same in every zone: theirs is left out. */
export const timing = (told) => (told ?? "").replace(/^(every (?:\d+ )?(?:second|minute)s?), [A-Z][\w/+-]*$/, "$1");

/** `2 min ago` */
export function ago(time) {
  const seconds = (Date.now() - at(time)) / 1000;
  return seconds < 45 ? "just now" : `${span(seconds)} ago`;
}

/** `maja.lind` → `ML` */
export const initials = (name) => name.split(/[^\p{L}\p{N}]+/u).filter(Boolean).map((one) => one[0]).slice(0, 2).join("").toUpperCase();

/** Moments that the hub wrote into a sentence, as they are told on these pages. */
export const local = (text) => (text ?? "").replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? UTC/g, (_, date, time) =>
  moment(`${date}T${time}Z`));

/** The folder of a path, and its last piece. */
export function pieces(path) {
  const cut = path.lastIndexOf("/");
  return cut < 0 ? ["", path] : [path.slice(0, cut) || "/", path.slice(cut + 1)];
}

/** Ends with a full stop, and begins with a capital unless it begins with a name. */
export function sentence(text) {
  if (!text) return "";
  const begun = /^[a-z]+(?=[ ,;]|\.? |\.?$)/.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
