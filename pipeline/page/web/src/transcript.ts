// The transcript on the page: a section a turn, a row a printed line, an element a word.
//
// The elements are made by hand, not by the components that draw the rest: nine thousand words must be there in a
// moment, and an edit may touch only the turns that it changes.
import { clock } from "./words";
import type { Span } from "./types";
import type { Happening, Line, Turn, View, Word } from "./view";

export interface Section extends HTMLElement {
  index: number;
  content: string;
  labels: string;
  /** The element of each word, by its position in the turn; the words of a redaction share one. */
  words: HTMLElement[];
  /** It is being written into, and must be left alone. */
  writing: boolean;
}
interface WordElement extends HTMLElement {
  offset: number;
}

export class Transcript {
  readonly root: HTMLElement;
  private sections: Section[] = [];
  private view: View | null = null;
  private drawn: (() => void)[] = [];

  constructor() {
    this.root = document.createElement("div");
    this.root.className = "transcript";
    this.root.lang = "en-GB";
  }

  /** Called after turns were drawn anew. */
  onDrawn(listener: () => void): void {
    this.drawn.push(listener);
  }

  show(view: View): void {
    if (this.view === view) return;
    this.view = view;
    const ahead = matchingSections(this.sections, wanted(view));
    this.place(view, ahead);
    for (const listener of this.drawn) listener();
  }

  section(turn: number): Section | undefined {
    return this.sections[turn];
  }

  element(word: number): HTMLElement | null {
    const turn = this.view?.turnIndex(word) ?? -1;
    const section = this.sections[turn];
    return section?.words[word - this.view!.turns[turn].first] ?? null;
  }

  /** The word at an element inside the transcript; a redaction counts as its first. */
  wordAt(element: Element | null): number {
    const word = element?.closest<WordElement>(".w");
    const section = element?.closest<Section>(".turn");
    if (!word || !section || !this.view) return -1;
    return this.view.turns[section.index].first + word.offset;
  }

  turnAt(element: Element | null): number {
    return element?.closest<Section>(".turn")?.index ?? -1;
  }

  /** Draws a turn anew that was written into. */
  redraw(section: Section): void {
    if (!this.view || this.sections[section.index] !== section) return;
    const content = contentOf(this.view, section.index);
    this.fill(section, this.view, content);
  }

  private place(view: View, ahead: { start: number; end: number }): void {
    const target = wanted(view);
    const kept = this.sections;
    const tail = kept.length - ahead.end;
    const made: Section[] = [];
    for (let n = ahead.start; n < target.length - ahead.end; n++) {
      const reusable = kept.slice(ahead.start, tail).find((s) => s.content === target[n].content && !made.includes(s));
      made.push(reusable ?? this.make(view, target[n].content, n));
    }
    const next = kept[tail] ?? null;
    for (const section of kept.slice(ahead.start, tail)) if (!made.includes(section)) section.remove();
    let before: Section | null = next;
    for (const section of [...made].reverse()) {
      if (section.nextSibling !== before || section.parentNode !== this.root) this.root.insertBefore(section, before);
      before = section;
    }
    this.sections = [...kept.slice(0, ahead.start), ...made, ...kept.slice(tail)];
    this.sections.forEach((section, index) => {
      section.index = index;
      if (!section.writing) label(section, view);
    });
  }

  private make(view: View, content: string, index: number): Section {
    const section = document.createElement("section") as Section;
    section.index = index;
    section.writing = false;
    this.fill(section, view, content);
    return section;
  }

  private fill(section: Section, view: View, content: string): void {
    const turn = view.turns[section.index];
    section.content = content;
    section.labels = "";
    section.words = [];
    section.className = `turn ${roleClass(turn.role)}`;
    const lines = linesOf(view, section.index);
    section.style.setProperty("--lines", String(lines.length));
    section.setAttribute("role", "group"); // hundreds of landmarks would be none
    section.setAttribute("aria-label", view.facts.roles[turn.role] ?? turn.role);
    section.replaceChildren(who(view, turn), body(section, view, turn, lines));
    label(section, view);
  }
}

interface Wanted {
  content: string;
  first: number;
}

const contents = new WeakMap<View, Wanted[]>();

/** What each turn should show. */
function wanted(view: View): Wanted[] {
  let list = contents.get(view);
  if (!list) {
    const marked = doubtful(view);
    list = view.turns.map((turn, n) => ({ content: contentOf(view, n, marked), first: turn.first }));
    contents.set(view, list);
  }
  return list;
}

/** How many sections at the start and at the end stay as they are. One that is being written into stays. */
function matchingSections(sections: Section[], target: Wanted[]): { start: number; end: number } {
  const most = Math.min(sections.length, target.length);
  const same = (section: Section, want: Wanted) => section.writing || section.content === want.content;
  let start = 0;
  while (start < most && same(sections[start], target[start])) start++;
  let end = 0;
  while (end < most - start && same(sections[sections.length - 1 - end], target[target.length - 1 - end])) end++;
  return { start, end };
}

function contentOf(view: View, index: number, marked = doubtful(view)): string {
  const turn = view.turns[index];
  const parts: string[] = [turn.role, view.facts.roles[turn.role] ?? ""];
  for (let n = turn.first; n <= turn.last; n++) {
    const word = view.words[n];
    const span = view.spanAt(n);
    parts.push(word.text, word.role, word.flags, marked.has(n) ? "?" : "");
    if (span) parts.push(span.shown, span.lead ?? "", span.tail ?? "", span.action, span.decision, span.category, String(span.first - turn.first));
  }
  for (const line of linesOf(view, index)) parts.push(String(line.first - turn.first));
  for (const event of eventsOf(view, index)) parts.push(event.mark, String(event.before - turn.first));
  return parts.join("\u0001");
}

const doubtfulOf = new WeakMap<View, Set<number>>();

/** Words that somebody should look at. */
function doubtful(view: View): Set<number> {
  const known = doubtfulOf.get(view);
  if (known) return known;
  const marked = new Set<number>();
  doubtfulOf.set(view, marked);
  for (const doubt of view.doubts) {
    if (doubt.done) continue;
    for (let n = doubt.first; n <= doubt.last && n - doubt.first < 60; n++) marked.add(n);
  }
  return marked;
}

interface Layout {
  lines: Line[][];
  events: Happening[][];
}
const layouts = new WeakMap<View, Layout>();

/** The lines and the events of each turn. */
function layout(view: View): Layout {
  let made = layouts.get(view);
  if (!made) {
    const { turns } = view;
    made = { lines: turns.map(() => []), events: turns.map(() => []) };
    layouts.set(view, made);
    let at = 0;
    for (const line of view.lines) {
      const spoken = line.last >= line.first;
      while (spoken && at < turns.length - 1 && turns[at].last < line.first) at++;
      const next = turns[at + 1];
      if (!spoken && next && next.last < next.first && next.first === line.first) at++;
      made.lines[line.turn ?? at]?.push(line);
    }
    let turn = 0;
    for (const event of view.facts.events) {
      while (turn < turns.length - 1 && turns[turn].last < event.before && turns[turn].first !== event.before) turn++;
      made.events[turn]?.push(event);
    }
    turns.forEach(({ first, last }, n) => made!.lines[n].length || made!.lines[n].push({ label: "", first, last }));
  }
  return made;
}

export function linesOf(view: View, turn: number): Line[] {
  return layout(view).lines[turn];
}

/** What was heard in a turn besides words: each stands before one of its words, or at its end. */
export function eventsOf(view: View, turn: number): Happening[] {
  return layout(view).events[turn].filter((event) => event.mark);
}

export function roleClass(role: string): string {
  return role[0] === "I" ? "interviewer" : role[0] === "P" ? "participant" : "unknown";
}

function who(view: View, turn: Turn): HTMLElement {
  const header = document.createElement("header");
  header.className = "who";
  const name = document.createElement("span");
  name.textContent = view.facts.roles[turn.role] ?? turn.role;
  header.append(name);
  const start = view.times(turn.first, turn.last)?.[0];
  if (start !== undefined) {
    const time = document.createElement("time");
    time.textContent = clock(start);
    header.append(time);
  }
  return header;
}

function body(section: Section, view: View, turn: Turn, lines: Line[]): HTMLElement {
  const marked = doubtful(view);
  const events = eventsOf(view, section.index);
  const holder = document.createElement("div");
  holder.className = "lines";
  let aside = false;
  for (const line of lines) {
    const row = document.createElement("div");
    row.className = "line";
    const number = document.createElement("span");
    number.className = "no";
    number.ariaHidden = "true";
    const text = document.createElement("span");
    text.className = "text";
    for (let n = Math.max(line.first, turn.first); n <= Math.min(line.last, turn.last); n++) {
      for (const event of events) if (event.before === n) text.append(eventElement(event), " ");
      const inAside = view.words[n].role !== turn.role;
      const offset = n - turn.first;
      const span = view.hiddenAt(n);
      if (span && section.words[offset - 1] && view.hiddenAt(n - 1) === span) {
        section.words[offset] = section.words[offset - 1];
        continue; // the rest of a redaction that began on the line before
      }
      const element = span ? redaction(view, span) : wordElement(view, n, marked);
      (element as WordElement).offset = offset;
      if (inAside) {
        element.classList.add("aside");
        if (!aside) element.dataset.before = `(${view.words[n].role}: `;
        if (n === turn.last || view.words[n + 1].role === turn.role) element.dataset.after = ")";
      }
      aside = inAside;
      section.words[offset] = element;
      if (span) {
        const last = Math.min(span.last, line.last, turn.last);
        for (let k = n; k <= last; k++) section.words[k - turn.first] = element;
        n = last;
      }
      text.append(element, " ");
    }
    if (line === lines[lines.length - 1]) {
      for (const event of events) if (event.before > turn.last) text.append(eventElement(event), " ");
    }
    row.append(number, text);
    holder.append(row);
  }
  return holder;
}

export function eventElement(event: Happening): HTMLElement {
  const element = document.createElement("span");
  element.className = "event";
  element.textContent = event.mark;
  return element;
}

function wordElement(view: View, n: number, marked: Set<number>): HTMLElement {
  const word = view.words[n];
  const element = document.createElement("span");
  element.className = "w";
  element.textContent = word.text;
  if (marked.has(n)) element.classList.add("doubt");
  if (word.flags) markFlags(element, view, n, word);
  const span = view.spanAt(n);
  if (span) element.classList.add("flagged", n < span.last ? "more" : "end");
  return element;
}

function markFlags(element: HTMLElement, view: View, n: number, word: Word): void {
  if (word.flags.includes("uncertain")) element.classList.add("unsure");
  if (!word.flags.includes("overlap")) return;
  const overlapped = (k: number) =>
    view.words[k]?.turn === word.turn && view.words[k].flags.includes("overlap");
  if (!overlapped(n - 1)) element.dataset.before = "//";
  if (!overlapped(n + 1)) element.dataset.after = "//";
}

/** A redaction: the replacement as a chip, what it hides for when originals are looked at, what is readable around it. */
export function redaction(view: View, span: Span): HTMLElement {
  const element = document.createElement("span");
  element.className = "w redaction";
  const chip = document.createElement("span");
  chip.className = `chip ${span.decision ? "decided" : "open"}`;
  const shown = document.createElement("span");
  shown.className = "shown";
  shown.textContent = span.shown;
  const said = document.createElement("span");
  said.className = "said";
  const text = view.said(span.first, span.last);
  const { lead = "", tail = "" } = span;
  said.textContent = text.slice(lead.length, text.length - tail.length);
  chip.append(shown, said);
  element.append(lead, chip, tail);
  return element;
}

/** Numbers of lines change far more often than their text. */
function label(section: Section, view: View): void {
  const lines = linesOf(view, section.index);
  const labels = lines.map((line) => line.label).join(" ");
  if (section.labels === labels) return;
  section.labels = labels;
  const numbers = section.querySelectorAll<HTMLElement>(".no");
  lines.forEach((line, n) => {
    if (numbers[n]) numbers[n].textContent = line.label;
  });
}
