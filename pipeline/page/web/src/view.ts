// One interview in memory. A View is never changed: an edit makes another one (see optimistic.ts).
import type { Doubt, Entity, EventKind, Span, Unfitting, ViewData } from "./types";

export interface Word {
  text: string;
  start: number | null;
  end: number | null;
  role: string;
  turn: number;
  conf: number | null;
  flags: string;
}
export interface Turn {
  first: number;
  last: number;
  role: string;
}
export interface Line {
  label: string;
  first: number;
  last: number;
  turn?: number;
}
export interface Happening {
  before: number;
  kind: EventKind;
  text: string;
  role: string | null;
  mark: string;
}
export interface Range {
  first: number;
  last: number;
}

type Plain = Omit<ViewData, "words" | "turns" | "lines" | "events" | "spans">;

/** Everything about an interview that is no matter of position. */
export interface Facts extends Plain {
  words: Word[];
  turns: Turn[];
  lines: Line[];
  events: Happening[];
  spans: Span[];
}

export class View {
  private spanOf: Map<number, Span> | null = null;
  private timed: number[] | null = null;

  constructor(readonly facts: Facts) {}

  static from(data: ViewData): View {
    return new View({
      ...data,
      words: data.words.map(([text, start, end, role, turn, conf, flags]) => ({
        text, start, end, role, turn, conf, flags,
      })),
      turns: data.turns.map(([first, last, role]) => ({ first, last, role })),
      lines: data.lines.map(([label, first, last, turn]) => ({ label: String(label), first, last, turn })),
      events: data.events.map(([before, kind, text, role, mark]) => ({
        before, kind, text, role, mark: mark ?? defaultMark(kind, text),
      })),
    });
  }

  with(changes: Partial<Facts>): View {
    return new View({ ...this.facts, ...changes });
  }

  get words(): Word[] {
    return this.facts.words;
  }
  get turns(): Turn[] {
    return this.facts.turns;
  }
  get lines(): Line[] {
    return this.facts.lines;
  }
  get spans(): Span[] {
    return this.facts.spans;
  }
  get entities(): Entity[] {
    return this.facts.entities;
  }
  get doubts(): Doubt[] {
    return this.facts.doubts;
  }
  get unfitting(): Unfitting[] {
    return this.facts.unfitting;
  }

  /** The redaction or flag on a word, if it is in force. */
  spanAt(word: number): Span | null {
    if (!this.spanOf) {
      this.spanOf = new Map();
      for (const span of this.spans) {
        if (span.action === "keep") continue;
        for (let n = span.first; n <= span.last; n++) this.spanOf.set(n, span);
      }
    }
    return this.spanOf.get(word) ?? null;
  }

  /** The span that hides a word. */
  hiddenAt(word: number): Span | null {
    const span = this.spanAt(word);
    return span && hides(span) ? span : null;
  }

  flags(): Span[] {
    return this.spans.filter((s) => s.action === "flag" && !s.decision).sort((a, b) => a.first - b.first);
  }

  span(id: string): Span | undefined {
    return this.spans.find((s) => s.id === id);
  }

  entity(id: string): Entity | undefined {
    return this.entities.find((e) => e.id === id);
  }

  mentionsOf(entity: string): Span[] {
    return this.spans.filter((s) => s.entity === entity && hides(s)).sort((a, b) => a.first - b.first);
  }

  lineIndex(word: number): number {
    return lastAtOrBefore(this.lines, word);
  }

  lineLabel(word: number): string {
    return this.lines[this.lineIndex(word)]?.label ?? "";
  }

  turnIndex(word: number): number {
    return this.words[word]?.turn ?? -1;
  }

  /** What a reader of the transcript sees of these words: replacements in place of what they hide. */
  shown(first: number, last: number): string {
    const parts: string[] = [];
    for (let n = first; n <= last && n < this.words.length; n++) {
      const span = this.hiddenAt(n);
      if (!span) parts.push(this.words[n].text);
      else {
        parts.push(`${span.lead ?? ""}${span.shown}${span.tail ?? ""}`);
        n = span.last;
      }
    }
    return parts.join(" ");
  }

  said(first: number, last: number): string {
    return this.words.slice(first, last + 1).map((w) => w.text).join(" ");
  }

  /** The word that is spoken at a time, or was last; -1 before the first. */
  wordAt(seconds: number): number {
    const order = (this.timed ??= this.words
      .map((_, n) => n)
      .filter((n) => this.words[n].start !== null)
      .sort((a, b) => this.words[a].start! - this.words[b].start!));
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.words[order[middle]].start! <= seconds) low = middle + 1;
      else high = middle;
    }
    return low ? order[low - 1] : -1;
  }

  /** Start and end in seconds of the words in a range that have times. */
  times(first: number, last: number): [number, number] | null {
    let from: number | null = null;
    let to: number | null = null;
    for (let n = first; n <= last && n < this.words.length; n++) {
      const { start, end } = this.words[n];
      if (start !== null && (from === null || start < from)) from = start;
      if (end !== null && (to === null || end > to)) to = end;
    }
    return from === null || to === null ? null : [from, to];
  }
}

export function hides(span: Span): boolean {
  return span.action === "hide" || span.action === "replace";
}

export function defaultMark(kind: EventKind, text: string): string {
  if (kind === "pause") return text.startsWith("(") ? text : "(pause)";
  if (kind === "unclear") return "(unclear)";
  return text.startsWith("(") ? text : `(${text})`;
}

/** Index of the last item whose `first` is not after `word`; -1 if there is none. Items are in order. */
function lastAtOrBefore(items: { first: number }[], word: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].first <= word) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
