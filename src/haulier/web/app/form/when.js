// A schedule as it may be written, taken apart for its form and put together again, as short as it can be.
export const PERIODS = [["interval", "Every so often"], ["hourly", "Every hour"], ["daily", "Every day"],
  ["weekly", "Every week"], ["monthly", "Every month"]];
export const UNITS = [["s", "seconds"], ["m", "minutes"], ["h", "hours"], ["d", "days"]];
export const DAYS = [["mon", "Mon"], ["tue", "Tue"], ["wed", "Wed"], ["thu", "Thu"], ["fri", "Fri"], ["sat", "Sat"], ["sun", "Sun"]];

const NAMED = ["hourly", "daily", "weekly", "monthly"];
const WORDS = /^(?:every\s+|(?=(?:hourly|daily|weekly|monthly)\b))(.+?)(?:\s+on\s+(\S+))?(?:\s+at\s+(\S+))?$/i;
const EMPTY = { mode: "none", cron: "", period: "interval", many: "15", unit: "m", minute: "0", at: "02:00", on: [], misfire: "once",
  overlap: "skip", misfire_max: undefined, timezone: undefined, enabled: undefined, isMapping: false };

const split = (on) => (Array.isArray(on) ? on.map(String) : on ? String(on).split(",") : []);

function every(text, at, on) {
  const word = String(text).trim().toLowerCase();
  if (NAMED.includes(word)) {
    const [clock, minute] = (at ?? "").split(":");
    return { mode: "every", period: word, at: at && word !== "hourly" ? `${clock.padStart(2, "0")}:${minute}` : word === "hourly"
      ? "00:00" : "00:00", minute: word === "hourly" ? String(Number(minute ?? 0)) : "0", on: split(on) };
  }
  const [, many, unit] = /^(\d+)\s*(s|m|h|d)/.exec(word) ?? [null, String(text), typeof text === "number" ? "s" : "m"];
  return { mode: "every", period: "interval", many, unit };
}

/** Everything that the form shows, from a word, a mapping or nothing. */
export function parsed(value) {
  if (value === undefined || value === null || value === "") return { ...EMPTY };
  if (typeof value === "object") {
    const { cron, every: text, at, on, ...rest } = value;
    return { ...EMPTY, ...(cron ? { mode: "cron", cron } : every(text ?? "", at, on)), ...rest, isMapping: true };
  }
  const words = WORDS.exec(String(value).trim());
  return { ...EMPTY, ...(words ? every(words[1], words[3], words[2]) : { mode: "cron", cron: String(value) }) };
}

const two = (text) => String(text || 0).padStart(2, "0");

function parts({ period, many, unit, minute, at, on }) {
  if (period === "interval") return { every: `${many}${unit}` };
  const time = period === "hourly" ? (Number(minute) ? `:${two(minute)}` : undefined) : at && at !== "00:00" ? at : undefined;
  return { every: period, ...(time ? { at: time } : {}), ...(on.length && ["weekly", "monthly"].includes(period) ? { on } : {}) };
}

function words({ every: often, at, on }) {
  const start = NAMED.includes(often) ? often : `every ${often}`;
  return `${start}${on ? ` on ${on.join(",")}` : ""}${at ? ` at ${at}` : ""}`;
}

/** The shortest way to write it. */
export function unparsed(now) {
  if (now.mode === "none") return undefined;
  const rules = { ...(now.timezone ? { timezone: now.timezone } : {}), ...(now.misfire !== "once" ? { misfire: now.misfire } : {}),
    ...(now.misfire === "all" && now.misfire_max !== undefined ? { misfire_max: now.misfire_max } : {}),
    ...(now.overlap !== "skip" ? { overlap: now.overlap } : {}), ...(now.enabled === false ? { enabled: false } : {}) };
  const when = now.mode === "cron" ? { cron: now.cron } : parts(now);
  if (now.isMapping || Object.keys(rules).length) return { ...when, ...rules };
  return now.mode === "cron" ? now.cron : words(when);
}

/** The cron expression that says the same, to begin from. */
export function toCron({ mode, period, many, unit, minute, at, on }) {
  if (mode !== "every") return "0 2 * * *";
  const [clock, past] = (at || "00:00").split(":").map(Number);
  return { interval: unit === "m" ? `*/${many} * * * *` : unit === "h" ? `0 */${many} * * *` : "0 2 * * *",
    hourly: `${Number(minute) || 0} * * * *`, daily: `${past} ${clock} * * *`,
    weekly: `${past} ${clock} * * ${on.join(",") || "sun"}`,
      monthly: `${past} ${clock} ${on.join(",").replace("last", "L") || "1"} * *` }[period];
}
