// A line of a few points beside a number: which way it goes, nothing more.
import { html } from "lit";

const WIDTH = 64, HEIGHT = 22, EDGE = 3;

/** The path through the values, 16 points at most. */
function sparkPath(values) {
  const step = Math.max(1, Math.ceil(values.length / 16));
  const sums = [];
  for (let at = 0; at < values.length; at += step) sums.push(values.slice(at, at + step).reduce((sum, one) => sum + one, 0));
  const most = Math.max(...sums, 1), across = WIDTH / Math.max(1, sums.length - 1);
  return `M${sums.map((one, at) =>
    `${(at * across).toFixed(1)} ${(HEIGHT - EDGE - (one / most) * (HEIGHT - 2 * EDGE)).toFixed(1)}`).join(" ")}`;
}

export const spark = (values) => (values?.length > 1 && values.some(Boolean)
  ? html`<svg class="spark" viewBox="0 0 64 22" preserveAspectRatio="none" aria-hidden="true"><path d=${sparkPath(values)}></path></svg>`
    : "");
