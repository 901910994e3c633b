// The interview that is open: its view, what is on its way to the server, and what could not be stored.
//
// An edit is shown at once and sent in its turn; one request is on its way at a time. The answer's view replaces ours,
// and what was done meanwhile is laid over it. Where that is impossible (another tab has changed the interview), what
// was typed is kept and offered again.
import { ApiError, GoneError, get, interview, post } from "./api";
import { applied } from "./optimistic";
import type { Edit, ViewData } from "./types";
import { View } from "./view";

export type Saved = "saved" | "saving" | "lost";
/** Words that were typed and are not stored: `was` stood there when they were typed. */
export interface Kept {
  id: number;
  was: string;
  text: string;
  near: number;
}
interface Job {
  path: "edits" | "undo" | "redo" | "replace";
  edits: Edit[];
  body: object;
  before: View;
  after: View;
  settled: (done: boolean) => void;
}

const RETRY_MS = 2000;

export class Review {
  view: View;
  saved: Saved = "saved";
  problem = "";
  kept: Kept[] = [];
  /** The reviewer wants to change an interview that is signed or locked. */
  reopened = false;
  private base: View;
  private queue: Job[] = [];
  private busy = false;
  private leaving = false;
  private listeners: ((why: "view" | "state") => void)[] = [];
  private numbers = 0;

  constructor(readonly id: string, data: ViewData) {
    this.view = this.base = View.from(data);
  }

  static async open(id: string): Promise<Review> {
    return new Review(id, await get<ViewData>(interview(id)));
  }

  onChange(listener: (why: "view" | "state") => void): void {
    this.listeners.push(listener);
  }

  /** Shows and stores edits. True once they are stored. */
  edit(edits: Edit[]): Promise<boolean> {
    if (!edits.length) return Promise.resolve(true);
    return this.add("edits", edits, { edits });
  }

  undo(): Promise<boolean> {
    return this.add("undo", [], {});
  }

  redo(): Promise<boolean> {
    return this.add("redo", [], {});
  }

  replaceAll(find: string, text: string, whole_words: boolean, exact: boolean): Promise<boolean> {
    return this.add("replace", [], { find, text, whole_words, case: exact, preview: false });
  }

  /** Everything that is done is stored, or is in `kept`. */
  async settled(): Promise<void> {
    while (this.queue.length && this.saved !== "lost") await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Signed or locked, and nobody has said that it is to be changed all the same. */
  get frozen(): boolean {
    return (this.view.facts.locked || this.view.facts.signed !== null) && !this.reopened;
  }

  reopen(): void {
    this.reopened = true;
    this.problem = "";
    this.tell("state");
  }

  get pending(): boolean {
    return this.queue.length > 0;
  }

  /** The view as the server has it, for what needs its version. */
  get version(): string {
    return this.base.facts.version;
  }

  /** Takes a view that came as the answer to something else (signing). */
  take(data: ViewData): void {
    this.base = View.from(data);
    this.view = this.base;
    this.tell("view");
  }

  async reload(): Promise<void> {
    this.take(await get<ViewData>(interview(this.id)));
  }

  /** The page goes away: whatever is sent from now on must go out without it. */
  leave(): void {
    this.leaving = true;
  }

  forget(kept: Kept): void {
    this.kept = this.kept.filter((k) => k !== kept);
    this.tell("state");
  }

  /** Looks for the words that stood there, nearest first, and puts in what was typed. False if they are gone. */
  offerAgain(kept: Kept): boolean {
    const was = kept.was.split(" ").filter(Boolean);
    const words = this.view.words;
    let best = -1;
    for (let n = 0; was.length && n + was.length <= words.length; n++) {
      if (was.every((text, k) => words[n + k].text === text)) {
        if (best < 0 || Math.abs(n - kept.near) < Math.abs(best - kept.near)) best = n;
      }
    }
    if (best < 0) return false;
    this.forget(kept);
    void this.edit([{ kind: "text", first: best, last: best + was.length - 1, text: kept.text }]);
    return true;
  }

  say(problem: string): void {
    this.problem = problem;
    this.tell("state");
  }

  keep(was: string, text: string, near: number): void {
    if (text.trim() && text !== was) this.kept = [...this.kept, { id: ++this.numbers, was, text, near }];
  }

  private add(path: Job["path"], edits: Edit[], body: object): Promise<boolean> {
    return new Promise((settled) => {
      const before = this.view;
      this.view = applied(before, edits);
      this.problem = "";
      this.queue.push({ path, edits, body, before, after: this.view, settled });
      if (this.saved === "saved") this.saved = "saving";
      this.tell("view");
      void this.send();
    });
  }

  private async send(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.queue.length) {
      const job = this.queue[0];
      try {
        const body = { ...job.body, version: this.base.facts.version, reopen: this.reopened };
        const answer = await post<{ view?: ViewData } & Partial<ViewData>>(
          interview(this.id, `/${job.path}`), body, this.leaving);
        this.stored(job, View.from((answer.view ?? answer) as ViewData));
      } catch (error) {
        if (!(await this.failed(job, error))) break;
      }
    }
    this.busy = false;
  }

  private stored(job: Job, view: View): void {
    this.queue.shift();
    job.settled(true);
    this.base = view;
    this.layOver();
    this.saved = this.queue.length ? "saving" : "saved";
    this.tell("view");
  }

  /** What waits is laid over the server's view, as long as it is about the same words. */
  private layOver(): void {
    this.view = this.base;
    for (let n = 0; n < this.queue.length; n++) {
      const job = this.queue[n];
      if (!sameWords(job.before, this.view)) {
        this.giveUp(this.queue.splice(n));
        return;
      }
      job.before = this.view;
      this.view = job.after = applied(this.view, job.edits);
    }
  }

  /** True if sending goes on at once. */
  private async failed(job: Job, error: unknown): Promise<boolean> {
    if (error instanceof ApiError && error.status === 409 && error.body.view) {
      const newer = View.from(error.body.view as ViewData);
      if (job.edits.length && sameWords(job.after, newer) && sameSpans(job.after, newer)) {
        this.stored(job, newer); // it had been stored, and only the answer was lost
        return true;
      }
      this.base = newer;
      this.view = newer;
      this.problem = "This interview was changed in another tab or by a command. You see it as it is now.";
      this.giveUp(this.queue.splice(0));
      this.saved = "saved";
      this.tell("view");
      return false;
    }
    if (error instanceof GoneError || (error instanceof ApiError && (error.status === 507 || error.status === 401))) {
      this.saved = "lost";
      this.problem = error instanceof ApiError ? error.message : "";
      this.tell("state");
      if (error instanceof ApiError && error.status === 401) return false;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return true;
    }
    this.queue.shift();
    job.settled(false);
    this.keepTyped(job);
    this.layOver();
    this.problem = error instanceof Error ? error.message : String(error);
    this.saved = this.queue.length ? "saving" : "saved";
    this.tell("view");
    return true;
  }

  private giveUp(jobs: Job[]): void {
    for (const job of jobs) {
      this.keepTyped(job);
      job.settled(false);
    }
  }

  private keepTyped(job: Job): void {
    for (const edit of job.edits) {
      if (edit.kind === "text") this.keep(job.before.said(edit.first, edit.last), edit.text, edit.first);
      if (edit.kind === "insert") {
        const beside = edit.before > 0 ? job.before.said(edit.before - 1, edit.before - 1) : "";
        this.keep(beside, `${beside} ${edit.text}`.trim(), edit.before - 1);
      }
    }
  }

  private tell(why: "view" | "state"): void {
    for (const listener of this.listeners) listener(why);
  }
}

function sameWords(a: View, b: View): boolean {
  return a.words.length === b.words.length && a.words.every((word, n) => word.text === b.words[n].text);
}

/** The same words are hidden. */
function sameSpans(a: View, b: View): boolean {
  return a.words.every((_, n) => !!a.hiddenAt(n) === !!b.hiddenAt(n));
}
