// The way to the hub: JSON over fetch, and problems as errors that say what to do.
const ROOT = "/api/v1";
const MINUTE = 60_000;

/** What the hub refused, or why it could not be asked. */
export class Problem extends Error {
  constructor(status, title, detail = "", body = {}) {
    super(detail || title);
    Object.assign(this, { status, title, detail, problems: body.problems ?? [], current: body.current });
    this.retryAfter = body.retry_after ?? null;
  }
}

/** Called when the hub says that nobody is signed in; the shell sets it. */
export const signedOut = { then: () => {} };

const UNREACHABLE = () => new Problem(0, "The hub does not answer", "The hub does not answer. Is it running, and is the network up?");

async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const title = body.title || `The hub answered with ${response.status}`;
  const problem = new Problem(response.status, title, body.detail ?? "", body);
  problem.retryAfter ??= Number(response.headers.get("Retry-After")) || null;
  return problem;
}

function timed(signal) {
  const limit = AbortSignal.timeout(MINUTE);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}

async function ask(method, path, body, signal) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-Haulier"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(ROOT + path, { method, headers, signal: timed(signal), body: body === undefined
      ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw error.name === "TimeoutError" ? new Problem(0, "The hub answered too slowly", "The hub took longer than a minute to answer.")
      : UNREACHABLE();
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await problemOf(response);
  if (response.status === 401 && path !== "/session") signedOut.then();
  throw problem;
}

/** `?a=1&b=2`, without what is empty. */
function query(values) {
  const kept = Object.entries(values ?? {}).filter(([, value]) => value !== "" && value != null);
  return kept.length ? `?${new URLSearchParams(kept)}` : "";
}

/** Where a browser can fetch it by itself. */
export const addressOf = (path, values) => ROOT + path + query(values);

export const get = (path, values, signal) => ask("GET", path + query(values), undefined, signal);
export const post = (path, body = {}, signal) => ask("POST", path, body, signal);
export const put = (path, body) => ask("PUT", path, body);
export const remove = (path, values) => ask("DELETE", path + query(values));

/** One piece of a path. */
export const part = (text) => encodeURIComponent(text);
