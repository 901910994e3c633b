// Writing into the text: a turn becomes an editable text in its place, redactions and notes in it stay closed.
//
// What changed goes to the review when the hands rest for a second, on Enter, and when the text is left. Between two
// redactions only the words that differ are named, so that everything else keeps its times.
import type { Edit } from "./types";
import { tokensOf } from "./words";
import type { Review } from "./review";
import { redaction, eventElement, eventsOf, linesOf, type Section, type Transcript } from "./transcript";
import type { Happening, Range, View } from "./view";

const REST_MS = 1000;

/** A redaction inside the box: its words stand at position `at` among those of the turn. */
interface Closed {
  element: HTMLElement;
  tokens: string[];
  at: number;
}

export class Writing {
  private section: Section | null = null;
  private box: HTMLElement | null = null;
  private chips: Closed[] = [];
  private events: { element: HTMLElement; event: Happening }[] = [];
  /** The words of the turn as they are stored, or on their way to be. */
  private first = 0;
  private words: string[] = [];
  private role = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly transcript: Transcript,
    private readonly review: Review,
    /** Called when the text is left, with the word at the caret, and whether the keyboard stays in the text. */
    private readonly left: (word: number, focus: boolean) => void,
  ) {}

  get open(): boolean {
    return this.section !== null;
  }

  /** Opens the turn of a word: the caret at its end, at its start, or the words [word, last] selected. */
  start(word: number, caret: "start" | "end" | "select", last = word): void {
    this.finish();
    const view = this.review.view;
    const turn = view.turns[view.turnIndex(word)];
    const section = this.transcript.section(view.turnIndex(word));
    if (!turn || !section || this.review.frozen) return;
    this.section = section;
    section.writing = true;
    this.first = turn.first;
    this.role = turn.role;
    this.words = view.words.slice(turn.first, turn.last + 1).map((w) => w.text);
    this.box = this.fill(section, view, word, Math.min(last, turn.last), caret);
    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("blur", () => setTimeout(() => this.finish(), 0));
    this.box.addEventListener("dragstart", (event) => event.preventDefault());
    this.box.addEventListener("drop", (event) => event.preventDefault());
  }

  /** Types text at the caret as if it came from the keyboard. */
  insert(text: string): void {
    document.execCommand("insertText", false, text);
  }

  /** Stores what changed so far and goes on. */
  commit(): Promise<boolean> {
    clearTimeout(this.timer);
    if (!this.box) return Promise.resolve(true);
    const edits = this.changes();
    return edits.length ? this.review.edit(edits) : Promise.resolve(true);
  }

  /** Stores and closes. */
  finish(): void {
    const { section, box } = this;
    if (!section || !box) return;
    void this.commit();
    this.close(section, box);
  }

  /** Closes and forgets what was typed since it was last stored. */
  cancel(): void {
    clearTimeout(this.timer);
    if (this.section && this.box) this.close(this.section, this.box);
  }

  /** What was typed and is not stored, for when the interview has changed under the hands. */
  abandon(): void {
    const { box } = this;
    if (!box) return;
    const text = tokensOf(plain(box)).join(" ");
    if (!this.chips.length) this.review.keep(this.words.join(" "), text, this.first);
    this.cancel();
  }

  /** The words that are being written over are still those of the view. */
  fits(view: View): boolean {
    return this.words.every((text, n) => view.words[this.first + n]?.text === text);
  }

  /** The words at the caret, or those that are selected, for commands that are given while writing. */
  caretRange(): Range {
    const selection = getSelection();
    const caret = selection?.rangeCount ? selection.getRangeAt(0) : null;
    if (!this.box || !caret || !this.box.contains(caret.commonAncestorContainer)) return { first: this.first, last: this.first };
    const last = this.wordAt(caret.endContainer, caret.endOffset, false);
    return { first: Math.min(last, this.wordAt(caret.startContainer, caret.startOffset, !caret.collapsed)), last };
  }

  /** The word at a place in the box. `opens`: a selection begins here, so that between two words the next counts. */
  private wordAt(node: Node, offset: number, opens: boolean): number {
    const range = document.createRange();
    range.selectNodeContents(this.box!);
    range.setEnd(node, offset);
    const before = document.createElement("div");
    before.append(range.cloneContents());
    const closed = before.querySelectorAll(".redaction").length;
    const inChips = this.chips.slice(0, closed).reduce((sum, c) => sum + c.tokens.length, 0);
    const text = plain(before);
    const begun = tokensOf(text).length + (!text || (/\s$/u.test(text) && opens) ? 1 : 0);
    return this.first + Math.max(0, Math.min(this.words.length - 1, begun - 1 + inChips));
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // An empty box is somebody about to type it anew; it is stored when the text is left.
      if (this.box && (plain(this.box).trim() || this.chips.length)) void this.commit();
    }, REST_MS);
  }

  private close(section: Section, box: HTMLElement): void {
    const { last } = this.caretRange();
    const hadFocus = document.activeElement === box || document.activeElement === document.body;
    this.section = null;
    this.box = null;
    section.writing = false;
    this.transcript.redraw(section);
    this.left(last, hadFocus);
  }

  private fill(section: Section, view: View, word: number, last: number, caret: "start" | "end" | "select"): HTMLElement {
    const turn = view.turns[section.index];
    const holder = document.createElement("div");
    holder.className = "lines writing";
    const gutter = document.createElement("div");
    gutter.className = "gutter";
    gutter.ariaHidden = "true";
    const box = document.createElement("div");
    box.className = "box";
    box.contentEditable = "plaintext-only";
    box.setAttribute("role", "textbox");
    box.setAttribute("aria-multiline", "true");
    const lines = linesOf(view, section.index);
    box.setAttribute("aria-label", `${view.facts.roles[turn.role] ?? turn.role}, from line ${lines[0].label}`);
    box.spellcheck = false;
    this.chips = [];
    this.events = [];
    const places: { from?: [Node, number]; to?: [Node, number] } = {};
    lines.forEach((line, index) => {
      const number = document.createElement("div");
      number.className = "no";
      number.textContent = line.label;
      gutter.append(number);
      this.fillLine(box, view, Math.max(line.first, turn.first), Math.min(line.last, turn.last), word, last, places, caret);
      if (index < lines.length - 1) box.append("\n");
    });
    holder.append(gutter, box);
    section.querySelector(".lines")!.replaceWith(holder);
    section.words = [];
    section.content = "";
    box.focus({ preventScroll: true });
    this.setCaret(box, places, caret);
    return box;
  }

  private fillLine(
    box: HTMLElement, view: View, first: number, end: number, word: number, last: number,
    places: { from?: [Node, number]; to?: [Node, number] }, caret: "start" | "end" | "select",
  ): void {
    const index = view.turnIndex(word);
    const turn = view.turns[index];
    const events = eventsOf(view, index);
    for (let n = first; n <= end; n++) {
      for (const event of events) if (event.before === n) this.addEvent(box, event);
      const span = view.hiddenAt(n);
      if (span) {
        if (span.first === n || n === turn.first) this.addChip(box, view, n);
        if (n <= word) places.from = places.to = [box, box.childNodes.length];
        n = Math.min(span.last, turn.last);
      } else {
        const text = document.createTextNode(view.words[n].text);
        box.append(text);
        // A word is typed over without the punctuation around it.
        const [lead, tail] = edges(text.data);
        if (n === word) places.from = [text, lead];
        if (n >= word && n <= last) places.to = [text, caret === "select" ? text.length - tail : text.length];
      }
      if (n < end) box.append(" ");
    }
    if (end === turn.last) {
      for (const event of events) if (event.before > end) this.addEvent(box, event);
    }
  }

  private addChip(box: HTMLElement, view: View, n: number): void {
    const span = view.hiddenAt(n)!;
    const element = redaction(view, span);
    element.contentEditable = "false";
    box.append(element);
    const tokens = view.words.slice(span.first, span.last + 1).map((w) => w.text);
    this.chips.push({ element, tokens, at: span.first - this.first });
  }

  private addEvent(box: HTMLElement, event: Happening): void {
    const element = eventElement(event);
    element.contentEditable = "false";
    box.append(element, " ");
    this.events.push({ element, event });
  }

  private setCaret(
    box: HTMLElement, places: { from?: [Node, number]; to?: [Node, number] }, caret: "start" | "end" | "select",
  ): void {
    const from = caret === "end" ? places.to : places.from;
    const to = caret === "start" ? places.from : places.to;
    const range = document.createRange();
    range.setStart(...(from ?? [box, 0]));
    range.setEnd(...(to ?? [box, 0]));
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
  }

  /** The edits that make the stored words read what stands in the box: notes that are gone, then words, last first. */
  private changes(): Edit[] {
    const box = this.box!;
    const present = this.chips.filter((c) => box.contains(c.element));
    const edits: Edit[] = [];
    const after: string[] = [];
    const places: number[] = [];
    this.regions(box, present).forEach((region, n) => {
      edits.push(...difference(this.first + region.at, region.was, region.now, this.role));
      after.push(...region.now);
      if (present[n]) {
        places.push(after.length);
        after.push(...present[n].tokens);
      }
    });
    const gone: Edit[] = this.events
      .filter((e) => !box.contains(e.element))
      .map(({ event }) => ({ kind: "remove_event", before: event.before, event: event.kind, text: event.text }));
    this.events = this.events
      .filter((e) => box.contains(e.element))
      .map((e) => ({ ...e, event: { ...e.event, before: e.event.before + shift(edits, e.event.before) } }));
    this.chips = present.map((closed, n) => ({ ...closed, at: places[n] }));
    this.words = after;
    return [...gone, ...edits.reverse()];
  }

  /** Stretches between the redactions that are still there: where they begin, what was there and what is. */
  private regions(box: HTMLElement, present: Closed[]): { at: number; was: string[]; now: string[] }[] {
    const now: string[] = [""];
    walk(box, (text, element) => {
      if (element && present.some((c) => c.element === element)) now.push("");
      else now[now.length - 1] += text;
    });
    return now.map((text, n) => {
      const at = n ? present[n - 1].at + present[n - 1].tokens.length : 0;
      const end = n < present.length ? present[n].at : this.words.length;
      return { at, was: this.words.slice(at, end), now: tokensOf(text) };
    });
  }
}

/** How many signs before the first and after the last letter of a word. */
function edges(text: string): [number, number] {
  const lead = /^[^\p{L}\p{N}]*/u.exec(text)![0].length;
  return lead === text.length ? [0, 0] : [lead, /[^\p{L}\p{N}]*$/u.exec(text)![0].length];
}

/** By how much edits of words move a place. */
function shift(edits: Edit[], place: number): number {
  let by = 0;
  for (const edit of edits) {
    if (edit.kind === "insert" && edit.before < place) by += tokensOf(edit.text).length;
    else if (edit.kind === "delete" && edit.first < place) by -= edit.last - edit.first + 1;
    else if (edit.kind === "text" && edit.first < place) by += tokensOf(edit.text).length - (edit.last - edit.first + 1);
  }
  return by;
}

function difference(at: number, was: string[], now: string[], role: string): Edit[] {
  let head = 0;
  while (head < was.length && head < now.length && was[head] === now[head]) head++;
  let tail = 0;
  while (tail < was.length - head && tail < now.length - head && was[was.length - 1 - tail] === now[now.length - 1 - tail]) {
    tail++;
  }
  const removed = was.length - head - tail;
  const text = now.slice(head, now.length - tail).join(" ");
  const first = at + head;
  if (!removed && !text) return [];
  if (!text) return [{ kind: "delete", first, last: first + removed - 1 }];
  if (!removed) return [{ kind: "insert", before: first, text, role }];
  return [{ kind: "text", first, last: first + removed - 1, text }];
}

/** Text and closed elements of a box in order. */
function walk(node: Node, visit: (text: string, element: HTMLElement | null) => void): void {
  for (const child of node.childNodes) {
    if (child instanceof HTMLElement && child.isContentEditable === false && child.matches(".redaction, .event")) {
      visit(" ", child.matches(".redaction") ? child : null);
    } else if (child instanceof Text) visit(child.data, null);
    else if (child instanceof HTMLBRElement) visit("\n", null);
    else {
      visit("\n", null);
      walk(child, visit);
    }
  }
}

function plain(box: HTMLElement): string {
  let text = "";
  walk(box, (part) => (text += part));
  return text;
}
