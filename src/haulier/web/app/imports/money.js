// Amounts of money: texts such as "-1299.50", reckoned exactly, never as floating-point numbers.

/** [whole number, digits behind the point] */
function scaled(text) {
  const [whole, part = ""] = String(text).split(".");
  return [BigInt(`${whole}${part}`), part.length];
}

function written(number, places) {
  const sign = number < 0n ? "-" : "", digits = String(number < 0n ? -number : number).padStart(places + 1, "0");
  return places ? `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}` : `${sign}${digits}`;
}

const raised = ([number, places], to) => number * 10n ** BigInt(to - places);

/** `a - b` */
export function less(a, b) {
  const one = scaled(a), other = scaled(b), places = Math.max(one[1], other[1]);
  return written(raised(one, places) - raised(other, places), places);
}

export const plus = (a, b) => less(a, negated(b));

export const negated = (text) => (String(text).startsWith("-") ? String(text).slice(1) : `-${text}`);

export const sum = (texts) => texts.reduce(plus, "0");

export const isNought = (text) => scaled(text ?? "0")[0] === 0n;

export const isNegative = (text) => scaled(text)[0] < 0n;

const absolute = (text) => String(text).replace("-", "");

/** The one nearer to nothing, of two amounts with the same sign. */
export const smaller = (a, b) => (isNegative(less(absolute(a), absolute(b))) ? a : b);

/** `4,182,330.50`, with two decimals at least. */
export function money(text) {
  if (text == null || text === "") return "–";
  const [whole, part = ""] = String(text).split(".");
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${groups}.${part.padEnd(2, "0")}`;
}

/** What a person typed as an amount: `1 299,50` and `1,299.50` are 1299.50; null if it is none. */
export function amountOf(typed) {
  const text = typed.replace(/[\s\u00a0\u202f'’]/g, "").replace("−", "-");
  const plain = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(",", "") : text.replace(/^(-?\d+),(\d{1,2})$/, "$1.$2");
  return /^-?\d+(\.\d+)?$/.test(plain) ? plain : null;
}
