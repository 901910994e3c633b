// Words put in and taken out: everything that counts words moves with them.
import type { Facts, Line, Turn, View, Word } from "./view";

interface Placed {
  first: number;
  last: number;
}

/** How positions move when `removed` words at `at` give way to `added` ones. */
class Move {
  constructor(
    readonly at: number,
    readonly removed: number,
    readonly added: number,
    /** Words that are put in between two ranges belong to the one that follows. */
    readonly toNext: boolean,
  ) {}

  first(n: number): number {
    if (n < this.at) return n;
    if (n >= this.at + this.removed) {
      const opened = this.removed === 0 && n === this.at && this.toNext;
      return opened ? n : n + this.added - this.removed;
    }
    return this.added ? Math.min(n, this.at + this.added - 1) : this.at;
  }

  last(n: number): number {
    if (n < this.at) return this.removed === 0 && n === this.at - 1 && !this.toNext ? n + this.added : n;
    if (n >= this.at + this.removed - 1) return n + this.added - this.removed;
    return this.added ? Math.min(n, this.at + this.added - 1) : this.at - 1;
  }

  ranges<T extends Placed>(items: T[]): T[] {
    const moved: T[] = [];
    for (const item of items) {
      if (item.last < this.at - 1) {
        moved.push(item);
        continue;
      }
      const first = this.first(item.first);
      const last = this.last(item.last);
      if (last >= first) moved.push(first === item.first && last === item.last ? item : { ...item, first, last });
    }
    return moved;
  }
}

/**
 * The words [first, first + removed) become `tokens`, which get the times of those that they replace. Words that are
 * hidden and stay the same stay hidden; what was hidden and is not there any more is no redaction any more.
 */
export function splice(view: View, first: number, removed: number, tokens: string[], role?: string): Partial<Facts> {
  const old = view.words.slice(first, first + removed);
  const before = view.words[first - 1];
  const after = view.words[first + removed];
  const model = old[0] ?? (role && after && before?.role !== role ? after : before) ?? after;
  const toNext = !!after && after === model;
  const move = new Move(first, removed, tokens.length, toNext);
  const made = tokens.map((text, n) => madeWord(text, n, tokens.length, old, model, view, first));
  if (role) made.forEach((word) => (word.role = role));
  const words = [...view.words.slice(0, first), ...made, ...view.words.slice(first + removed)];
  const turns = move.ranges<Turn>(view.turns);
  if (turns.length !== view.turns.length) renumber(words, turns);
  return {
    words,
    turns,
    lines: move.ranges<Line>(view.lines),
    events: view.facts.events.map((e) => (e.before < first ? e : { ...e, before: move.first(e.before) })),
    spans: movedSpans(view, move, tokens),
    doubts: move.ranges(view.doubts),
  };
}

function movedSpans(view: View, move: Move, tokens: string[]): Facts["spans"] {
  const end = move.at + move.removed;
  const edges = new Move(move.at, move.removed, move.added, true); // a redaction takes in nothing that is put beside it
  let from = 0;
  const kept: Facts["spans"] = [];
  for (const span of view.spans) {
    const before = span.last < move.at;
    if (before || span.first >= end) {
      const shift = before ? 0 : move.added - move.removed;
      kept.push(shift ? { ...span, first: span.first + shift, last: span.last + shift } : span);
    } else if (span.action === "flag" || span.action === "keep") {
      kept.push(...edges.ranges([span]));
    } else {
      const said = view.words.slice(span.first, span.last + 1).map((w) => w.text);
      const at = find(tokens, said, from);
      if (at < 0) continue;
      from = at + said.length;
      kept.push({ ...span, first: move.at + at, last: move.at + at + said.length - 1 });
    }
  }
  return kept;
}

function find(tokens: string[], wanted: string[], from: number): number {
  for (let n = from; n + wanted.length <= tokens.length; n++) {
    if (wanted.every((token, k) => tokens[n + k] === token)) return n;
  }
  return -1;
}

function madeWord(
  text: string, n: number, of: number, old: Word[], model: Word | undefined, view: View, first: number,
): Word {
  const kept = old.length === of ? old[n] : null;
  if (kept) return { ...kept, text, conf: kept.text === text ? kept.conf : null, flags: lasting(kept.flags) };
  const start = old[0]?.start ?? view.words[first - 1]?.end ?? null;
  const end = old[old.length - 1]?.end ?? start;
  const at = (k: number) => (start === null || end === null ? null : start + ((end - start) * k) / of);
  return { text, start: at(n), end: at(n + 1), role: model?.role ?? "P", turn: model?.turn ?? 0, conf: null,
    flags: n === 0 ? lasting(old[0]?.flags ?? "") : "" };
}

/** Flags that say where a word stands, not how well it was heard. */
function lasting(flags: string): string {
  return flags.split(" ").filter((f) => f === "backchannel" || f === "overlap" || f === "opens_turn").join(" ");
}

function renumber(words: Word[], turns: Turn[]): void {
  turns.forEach((turn, index) => {
    for (let n = turn.first; n <= turn.last; n++) if (words[n].turn !== index) words[n] = { ...words[n], turn: index };
  });
}
