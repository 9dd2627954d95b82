// Who is signed in, and what they may do. The server decides anyway; this only says it beforehand.
import { get, post, remove } from "./api.js";

const ORDER = ["viewer", "operator", "admin"];

export const session = { user: null };

/** The user behind the cookie, or null. */
export async function resume() {
  try {
    session.user = (await get("/session")).user;
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    session.user = null;
  }
  mark();
  return session.user;
}

export async function signIn(username, password) {
  session.user = (await post("/session", { username, password })).user;
  mark();
}

export async function signOut() {
  await remove("/session").catch(() => {});
  forget();
}

export function forget() {
  session.user = null;
  mark();
}

function mark() {
  const { dataset } = document.documentElement;
  if (session.user) dataset.role = session.user.role;
  else delete dataset.role;
}

/** Whether the signed-in user has this role, or one that includes it. */
export function may(needed) {
  return !needed || ORDER.indexOf(session.user?.role) >= ORDER.indexOf(needed);
}

/** Why a control is off, for its title. */
export function whyNot(needed) {
  return may(needed) ? "" : `Needs the ${needed} role`;
}
