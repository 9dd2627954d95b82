// Saving what an editor holds: mistakes go to their fields, and what somebody else changed meanwhile is settled first.
import { toast, trying } from "../parts/toast.js";
import { settleConflict } from "./conflict.js";
import { goTo } from "./savebar.js";

/** A mistake that hides the whole file it is in, whatever the draft says; drafts are called "the job" and such. */
const ofFile = ({ key, file }) => !key && !file.startsWith("the ");

export class Saving {
  busy = false;

  /**
   * `what` it is called in messages, such as "The job"; `name()`: its own; `send(body)` resolves to the hub's answer;
   * `saved(answer, ...asked)` is called with it; `opened(answer)`: what the draft takes of one; `sectionOf` as `goTo` has it.
   */
  constructor(host, draft, { what, name, send, saved, opened = (answer) => answer, sectionOf }) {
    Object.assign(this, { host, draft, what, name, send, saved, opened, sectionOf });
  }

  /** One at a time. What it is called with, `saved` gets too. */
  async save(...asked) {
    if (this.busy) return;
    this.#is(true);
    let isMine = false;
    try {
      await this.saved(await this.send(this.draft.body), ...asked);
    } catch (problem) {
      if (problem.status === undefined) throw problem;      // a mistake in this program
      isMine = await this.#refused(problem);
    } finally {
      this.#is(false);
    }
    if (isMine) await this.save(...asked);
  }

  /** Both versions side by side, before anything is saved. */
  async compare(current) {
    if (await this.#settle(current)) await this.save();
  }

  #is(busy) {
    this.busy = busy;
    this.host.requestUpdate();
  }

  /** Resolves to true if it is to be saved over what is there. */
  async #refused(problem) {
    if (problem.status === 409 && problem.current) return this.#settle(problem.current);
    const isElsewhere = problem.problems.some(ofFile), own = isElsewhere ? [] : problem.problems;
    this.draft.refuse(own);
    if (!own.length) await trying(`${this.what} was not saved`, () => { throw problem; });
    if (!own.length) return false;
    await this.host.updateComplete;
    toast(`${this.what} was not saved`, { text: "It has mistakes; the first one has the focus.", tone: "bad" });
    goTo(this.draft.shown[0], this.sectionOf);
    return false;
  }

  async #settle(current) {
    const choice = await settleConflict(this.name(), this.draft.yaml, current.yaml);
    if (choice === "theirs") this.draft.open(this.opened(current));
    if (choice === "mine") this.draft.version = current.version;
    return choice === "mine";
  }
}
