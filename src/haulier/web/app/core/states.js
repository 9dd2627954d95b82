// One table: what a state is called, which tone it has, and which icon. Nothing else decides that.
const TRANSFER = {
  queued: ["Queued", "idle", "queued"],
  copying: ["Copying", "running", "copying"],
  verifying: ["Verifying", "running", "verifying"],
  settling: ["Settling", "running", "settling"],
  waiting: ["Waiting", "warn", "waiting"],
  paused: ["Paused", "idle", "paused"],
  done: ["Done", "ok", "ok"],
  skipped: ["Skipped", "idle", "skipped"],
  failed: ["Failed", "bad", "bad"],
  cancelled: ["Cancelled", "idle", "cancelled"],
};
const RUN = {
  ...TRANSFER,
  running: ["Running", "running", "copying"],
  crashed: ["Interrupted", "warn", "unlink"],
};
const TASK = {
  queued: TRANSFER.queued,
  running: RUN.running,
  waiting: TRANSFER.waiting,
  done: TRANSFER.done,
  failed: TRANSFER.failed,
  skipped: TRANSFER.skipped,
  blocked: ["Blocked", "warn", "warn"],
  cancelled: TRANSFER.cancelled,
  asks: ["Needs approval", "warn", "hand"],
};
const VERDICT = {
  move: ["Send", "ok", "ok"],
  skip: ["Skip", "idle", "skipped"],
  wait: ["Wait", "warn", "waiting"],
  fail: ["Refuse", "bad", "bad"],
};
const LEVEL = {
  debug: ["Debug", "", "info"],
  info: ["Info", "", "info"],
  warning: ["Warning", "warn", "warn"],
  error: ["Error", "bad", "bad"],
  critical: ["Critical", "bad", "bad"],
};
const ATTENTION = {
  failed: ["Failed", "bad", "bad"],
  waiting: ["Waiting", "warn", "waiting"],
  late: ["Late", "warn", "waiting"],
  broken: ["Mistake", "bad", "warn"],
  approval: ["Approval", "warn", "hand"],
};
const ARRIVAL = {
  open: ["Expected", "idle", "queued"],
  warned: ["Missing", "warn", "waiting"],
  late: ["Late", "bad", "waiting"],
  met: ["In time", "ok", "ok"],
  recovered: ["Came late", "warn", "ok"],
  missed: ["Never came", "bad", "bad"],
};
const IMPORT = {
  reading: ["Reading", "running", "copying"],
  matched: ["Telling", "running", "copying"],
  done: ["Done", "ok", "ok"],
  failed: ["Failed", "bad", "bad"],
  refused: ["Refused", "bad", "bad"],
  duplicate: ["Seen before", "idle", "skipped"],
};
const REJECT = {
  open: ["Open", "bad", "bad"],
  fixed: ["Fixed", "running", "edit"],
  replayed: ["Taken", "ok", "ok"],
  dropped: ["Dropped", "idle", "skipped"],
};
const MATCH = {
  matched: ["Matched", "ok", "ok"],
  suggested: ["Suggested", "warn", "info"],
  ambiguous: ["Several fit", "warn", "warn"],
  unmatched: ["Unmatched", "warn", "warn"],
  duplicate: ["Duplicate", "idle", "skipped"],
  ignored: ["Ignored", "idle", "cancelled"],
  parked: ["Parked", "idle", "paused"],
};
const UNKNOWN = (name) => [name ? name[0].toUpperCase() + name.slice(1) : "–", "idle", "info"];

const from = (table) => (name) => {
  const [word, tone, icon] = table[String(name).toLowerCase()] ?? UNKNOWN(name);
  return { word, tone, icon, spins: icon === "copying" };
};

export const ofTransfer = from(TRANSFER);
const inRun = from(RUN);
/** Of a run, or of what has a state as runs have. */
export const ofRun = ({ state, lost = false }) => inRun(lost ? "crashed" : state);
export const ofTask = from(TASK);
export const ofVerdict = from(VERDICT);
export const ofLevel = from(LEVEL);
export const ofAttention = from(ATTENTION);
export const ofArrival = from(ARRIVAL);
export const ofImport = from(IMPORT);
export const ofReject = from(REJECT);
export const ofMatch = from(MATCH);

export const ACTIVE = ["copying", "verifying", "settling", "queued"];
export const OVER = ["done", "failed", "cancelled", "crashed"];
/** Nothing becomes of it by itself any more: a transfer or a run. */
export const isSettled = (name) => [...OVER, "skipped"].includes(name);
export const TASK_OVER = ["done", "failed", "skipped", "blocked", "cancelled"];
export const TRIGGERS = { hand: "by hand", schedule: "by schedule", arrival: "a file arrived", retry: "again, for what failed",
  api: "by a program" };
