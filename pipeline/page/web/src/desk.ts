// Everything that belongs to the interview on the page, for commands and components to work with.
import { get, interview } from "./api";
import { Cursor, bringIntoView } from "./cursor";
import { Heard } from "./heard";
import { Player, type Peaks } from "./player";
import { Review } from "./review";
import { Transcript } from "./transcript";
import type { Doubt, Edit, Offer, Session, Span } from "./types";
import type { Range } from "./view";
import { Writing } from "./writing";

export type Tab = "first" | "flags" | "redactions" | "left" | "find";
export type DialogName =
  | { name: "help" }
  | { name: "redact"; range: Range; offers: Offer[] }
  | { name: "change"; span: Span }
  | { name: "merge"; entity: string }
  | { name: "divide"; entity: string }
  | { name: "event"; before: number }
  | { name: "sign" }
  | { name: "done"; files: string[]; messages: string[] };

/** Seconds of sound before and after a place that is looked at. */
const AROUND_S = 1;
const FOLLOW_AGAIN_MS = 4000;

export class Desk {
  readonly transcript = new Transcript();
  readonly cursor: Cursor;
  readonly writing: Writing;
  readonly player: Player;
  readonly heard: Heard;
  tab: Tab = "first";
  /** The panel is open where the window is too narrow to hold it beside the text. */
  drawer = false;
  dialog: DialogName | null = null;
  originals = false;
  doubt: string | null = null;
  hits: Range[] = [];
  private listeners: (() => void)[] = [];
  private spoken: HTMLElement | null = null;
  private spokenWord = -1;
  private scrolledAt = -Infinity;
  private returnTo: HTMLElement | null = null;

  constructor(readonly review: Review, readonly session: Session) {
    const { facts } = review.view;
    this.cursor = new Cursor(this.transcript, () => review.view);
    this.writing = new Writing(this.transcript, review, (word, focus) => this.cursor.select(word, word, focus));
    this.heard = new Heard(review.id, facts.heard, facts.seconds ?? 0);
    this.player = new Player(review.id, () => review.view, this.heard);
    this.transcript.show(review.view);
    this.cursor.select(0, 0, false);
    review.onChange((why) => this.reviewed(why));
    this.player.onTime((seconds) => this.follow(seconds));
    this.player.onChange(() => this.changed());
    if (facts.has_audio) {
      get<Peaks>(interview(review.id, "/peaks")).then((peaks) => {
        this.player.peaks = peaks;
        this.changed();
        this.player.step(0);
      }, () => {});
    }
  }

  get view() {
    return this.review.view;
  }

  onChange(listener: () => void): () => void {
    this.listeners.push(listener);
    return () => (this.listeners = this.listeners.filter((l) => l !== listener));
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** The words that a command works on: the selection, or the word at the caret. */
  get range(): Range {
    if (!this.writing.open) return this.cursor.range;
    const { first, last } = this.writing.caretRange();
    return { first: this.view.hiddenAt(first)?.first ?? first, last: this.view.hiddenAt(last)?.last ?? last };
  }

  /** The redaction or flag that a command works on. */
  get span(): Span | null {
    const { first, last } = this.range;
    for (let n = first; n <= last; n++) {
      const span = this.view.spanAt(n);
      if (span) return span;
    }
    return null;
  }

  edit(...edits: Edit[]): Promise<boolean> {
    return this.review.edit(edits);
  }

  show(tab: Tab): void {
    this.tab = tab;
    this.drawer = true;
    this.changed();
  }

  open(dialog: DialogName): void {
    this.writing.finish();
    this.returnTo = document.activeElement as HTMLElement | null;
    this.dialog = dialog;
    this.changed();
  }

  closeDialog(): void {
    document.querySelector<HTMLDialogElement>("dialog[open]")?.close(); // as long as it is open, nothing else takes the focus
    this.dialog = null;
    this.changed();
    if (this.returnTo?.isConnected && this.returnTo !== document.body) this.returnTo.focus({ preventScroll: true });
    else this.cursor.mark(true);
  }

  setOriginals(on: boolean): void {
    this.originals = on;
    this.transcript.root.classList.toggle("originals", on);
    this.changed();
  }

  /** Moves to some words and plays them with a little of what is around. */
  goTo(range: Range, listen = true, focus = true): void {
    this.writing.finish();
    this.cursor.select(range.first, range.last, focus);
    const element = this.transcript.element(range.first);
    if (element) bringIntoView(element);
    const times = this.view.times(range.first, range.last);
    if (listen && times && this.view.facts.has_audio) this.player.hear(times[0] - AROUND_S, times[1] + AROUND_S);
    this.scrolledAt = performance.now();
  }

  openDoubts(): Doubt[] {
    return this.view.doubts.filter((d) => !d.done);
  }

  goToDoubt(doubt: Doubt | undefined, focus = true): void {
    if (!doubt) return;
    this.doubt = doubt.id;
    this.goTo(doubt, true, focus);
    this.changed();
  }

  /** The next of the list after the one that was looked at last. */
  nextDoubt(by: 1 | -1): void {
    const open = this.view.doubts.filter((d) => !d.done || d.id === this.doubt);
    const at = open.findIndex((d) => d.id === this.doubt);
    const rest = by > 0 ? open.slice(at + 1) : open.slice(0, at < 0 ? open.length : at).reverse();
    this.goToDoubt(rest.find((d) => !d.done) ?? (at < 0 ? undefined : this.openDoubts().at(by > 0 ? 0 : -1)));
  }

  nextFlag(by: 1 | -1 = 1): void {
    const flags = this.view.flags();
    const { first } = this.cursor.range;
    const next = by > 0
      ? (flags.find((f) => f.first > first) ?? flags[0])
      : (flags.findLast((f) => f.first < first) ?? flags.at(-1));
    if (next) this.goTo(next);
  }

  /** The user has scrolled: the text stays where it is for a while. */
  scrolled(): void {
    this.scrolledAt = performance.now();
  }

  close(): void {
    this.review.leave();
    this.writing.finish();
    this.heard.close();
    this.player.close();
  }

  private reviewed(why: "view" | "state"): void {
    if (why === "view") {
      if (this.writing.open && !this.stillThere()) this.writing.abandon();
      this.transcript.show(this.view);
      this.spoken = null;
    }
    this.changed();
  }

  /** The turn that is being written into is where it was. */
  private stillThere(): boolean {
    return this.writing.fits(this.view);
  }

  private follow(seconds: number): void {
    const word = this.view.wordAt(seconds);
    if (word === this.spokenWord && this.spoken?.isConnected) return;
    this.spoken?.classList.remove("spoken");
    this.spokenWord = word;
    this.spoken = this.transcript.element(word);
    if (!this.spoken) return;
    this.spoken.classList.add("spoken");
    const left = performance.now() - this.scrolledAt > FOLLOW_AGAIN_MS;
    if (this.player.playing && left && !this.writing.open) bringIntoView(this.spoken, true);
  }
}
