// Nobody leaves an editor by accident: what is typed and not saved is asked about first.
import { holdBack } from "../core/router.js";
import { sure } from "../parts/dialog.js";

/** Ask before the page is left while the draft has changes; `name()`: of what is edited. */
export function holdFor(draft, name) {
  const leave = async () => !draft.isChanged
    || sure({ title: `Leave ${name()}?`, text: "What you changed is not saved and would be lost.", keep: "Stay", go: "Leave" });
  leave.unsaved = () => draft.isChanged;
  holdBack(leave);
}

/** The editor is closed, and the page stays. */
export const letGo = () => holdBack(null);
