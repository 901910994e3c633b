// Where the hands are: one word, or a stretch of words from an anchor to it. Redactions are taken whole.
import type { Transcript } from "./transcript";
import type { Range, View } from "./view";

export class Cursor {
  anchor = 0;
  word = 0;
  private marked: HTMLElement[] = [];
  private current: HTMLElement | null = null;
  private listeners: (() => void)[] = [];

  constructor(private readonly transcript: Transcript, private readonly view: () => View) {
    transcript.onDrawn(() => this.mark());
  }

  onMove(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The words that are selected: at least the one of the cursor. */
  get range(): Range {
    const view = this.view();
    let first = Math.min(this.anchor, this.word);
    let last = Math.max(this.anchor, this.word);
    first = view.hiddenAt(first)?.first ?? first;
    last = view.hiddenAt(last)?.last ?? last;
    return { first, last };
  }

  get several(): boolean {
    return this.anchor !== this.word;
  }

  select(first: number, last: number, focus = true): void {
    const most = Math.max(0, this.view().words.length - 1);
    this.anchor = Math.max(0, Math.min(first, most));
    this.word = Math.max(0, Math.min(last, most));
    this.mark(focus);
    for (const listener of this.listeners) listener();
  }

  moveTo(word: number, extend = false): void {
    this.select(extend ? this.anchor : word, word);
    this.reveal();
  }

  /** One word on or back; a redaction is one step. */
  step(by: 1 | -1, extend: boolean): void {
    const view = this.view();
    if (!extend && this.several) {
      const { first, last } = this.range;
      return this.moveTo(by > 0 ? last : first);
    }
    const span = view.hiddenAt(this.word);
    const next = by > 0 ? (span?.last ?? this.word) + 1 : (span?.first ?? this.word) - 1;
    if (next >= 0 && next < view.words.length) this.moveTo(view.hiddenAt(next)?.first ?? next, extend);
  }

  /** The word above or below, by what is seen. */
  line(by: number, extend: boolean): void {
    const view = this.view();
    const target = view.lines[Math.max(0, Math.min(view.lines.length - 1, view.lineIndex(this.word) + by))];
    if (!target) return;
    const here = this.transcript.element(this.word)?.getBoundingClientRect();
    const middle = here ? here.left + here.width / 2 : 0;
    let best = target.first;
    let nearest = Infinity;
    for (let n = target.first; n <= target.last; n++) {
      const box = this.transcript.element(n)?.getBoundingClientRect();
      const away = box ? Math.abs(box.left + box.width / 2 - middle) : Infinity;
      if (away < nearest) [best, nearest] = [n, away];
    }
    this.moveTo(best, extend);
  }

  lineEnd(by: 1 | -1, extend: boolean): void {
    const view = this.view();
    const line = view.lines[view.lineIndex(this.word)];
    if (line) this.moveTo(by > 0 ? line.last : line.first, extend);
  }

  turn(by: 1 | -1): void {
    const view = this.view();
    const next = view.turns[view.turnIndex(this.word) + by];
    if (next) this.moveTo(next.first);
  }

  reveal(): void {
    const element = this.transcript.element(this.word);
    if (element) bringIntoView(element);
  }

  /** Puts the marks onto the elements as they are now. */
  mark(focus = false): void {
    for (const element of this.marked) element.classList.remove("selected", "on");
    this.current?.classList.remove("current");
    this.current?.removeAttribute("tabindex");
    const { first, last } = this.range;
    this.marked = [];
    for (let n = first; this.several && n <= last; n++) {
      const element = this.transcript.element(n);
      if (!element || this.marked.includes(element)) continue;
      element.classList.add("selected");
      element.classList.toggle("on", n < last);
      this.marked.push(element);
    }
    const hadFocus = this.current !== null && document.activeElement === document.body;
    this.current = this.transcript.element(this.word);
    if (!this.current) return;
    this.current.classList.add("current");
    this.current.tabIndex = 0;
    if (focus || (hadFocus && !document.querySelector("dialog[open]"))) this.current.focus({ preventScroll: true });
  }
}

/** Scrolls only if the element is near the edge or outside; then into the upper middle. */
export function bringIntoView(element: HTMLElement, calm = false): void {
  const frame = element.closest<HTMLElement>(".scroll");
  if (!frame) return;
  const outer = frame.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  if (inner.top > outer.top + 60 && inner.bottom < outer.bottom - outer.height * 0.15) return;
  const to = frame.scrollTop + inner.top - outer.top - outer.height * 0.35;
  const still = !calm || matchMedia("(prefers-reduced-motion: reduce)").matches;
  frame.scrollTo({ top: to, behavior: still ? "instant" : "smooth" });
}
