// What an edit does to the page at once, before the server has answered. The server's view then takes its place; what
// is computed here need only be right for a moment, but it must never show a hidden word.
import type { Edit, Span } from "./types";
import { STAND_INS, tokensOf } from "./words";
import { splice } from "./splice";
import { defaultMark, type Facts, type Line, type View, type Word } from "./view";

export function applied(view: View, edits: Edit[]): View {
  return edits.reduce((now, edit) => now.with(changes(now, edit)), view);
}

function changes(view: View, edit: Edit): Partial<Facts> {
  switch (edit.kind) {
    case "text":
      return splice(view, edit.first, edit.last - edit.first + 1, tokensOf(edit.text));
    case "insert":
      return splice(view, edit.before, 0, tokensOf(edit.text), edit.role);
    case "delete":
      return splice(view, edit.first, edit.last - edit.first + 1, []);
    case "split":
      return regrouped(view, withFlag(view.words, edit.before, edit.before, "opens_turn", true));
    case "join":
      return joined(view, edit.first);
    case "speaker":
      return spoken(view, edit.first, edit.last, edit.role, !!edit.aside);
    case "swap_roles":
      return swapped(view);
    case "event": {
      const mark = defaultMark(edit.event, edit.text ?? "");
      const made = { before: edit.before, kind: edit.event, text: edit.text ?? "", role: edit.role ?? null, mark };
      return { events: [...view.facts.events, made].sort((a, b) => a.before - b.before) };
    }
    case "remove_event":
      return { events: view.facts.events.filter(
        (e) => !(e.before === edit.before && e.kind === edit.event && (edit.text ?? e.text) === e.text)) };
    case "overlap":
      return { words: withFlag(view.words, edit.first, edit.last, "overlap", edit.on) };
    case "confirm":
      return {
        words: mapped(view.words, edit.first, edit.last, (w) => ({ ...w, flags: without(w.flags, "uncertain") })),
        doubts: view.doubts.map((d) => (d.first <= edit.last && edit.first <= d.last ? { ...d, done: true } : d)),
      };
    default:
      return { spans: decided(view, edit) };
  }
}

/** Edits of redactions. */
function decided(view: View, edit: Edit): Span[] {
  const touched = (span: Span, id: string, all: boolean) => {
    const named = view.span(id);
    return span.id === id || (all && !!named && span.entity === named.entity && !!span.entity);
  };
  switch (edit.kind) {
    case "redact": {
      const known = edit.entity ? view.entity(edit.entity) : undefined;
      const shown = known?.replacement ?? edit.replacement ?? `[${STAND_INS[edit.category] ?? "detail"}]`;
      const made: Span = {
        id: `new-${edit.first}-${edit.last}`, first: edit.first, last: edit.last, entity: edit.entity ?? "",
        category: edit.category, shown, action: "hide", method: "reviewer", decision: "accepted",
      };
      return [...view.spans.filter((s) => s.last < edit.first || s.first > edit.last), made];
    }
    case "reject":
      return view.spans.map((s) =>
        touched(s, edit.span, edit.all) ? { ...s, action: "keep", decision: "rejected" } : s);
    case "accept":
      return view.spans.map((s) => (touched(s, edit.span, edit.all) ? { ...s, decision: "accepted" } : s));
    case "change":
      return view.spans.map((s) => (touched(s, edit.span, edit.all)
        ? { ...s, category: edit.category ?? s.category, shown: edit.replacement ?? s.shown, decision: "edited" }
        : s));
    case "decide":
      return view.spans.map((s) => {
        if (s.id !== edit.span) return s;
        return edit.decision === "keep"
          ? { ...s, action: "keep", decision: "rejected" }
          : { ...s, action: "hide", shown: edit.replacement ?? s.shown, decision: "accepted" };
      });
    default:
      return view.spans; // merging and dividing waits for the server
  }
}

function spoken(view: View, first: number, last: number, role: string, aside: boolean): Partial<Facts> {
  const words = mapped(view.words, first, last, (w) => {
    const flags = without(without(w.flags, "backchannel"), "opens_turn");
    return { ...w, role, flags: aside ? `${flags} backchannel`.trim() : flags };
  });
  return regrouped(view, words);
}

function joined(view: View, first: number): Partial<Facts> {
  const index = view.turnIndex(first);
  const before = view.turns[index - 1];
  const turn = view.turns[index];
  if (!before || !turn) return {};
  const words = mapped(view.words, turn.first, turn.last, (w) => ({
    ...w,
    role: w.role === turn.role ? before.role : w.role,
    flags: without(w.flags, "opens_turn"),
  }));
  return regrouped(view, words);
}

function swapped(view: View): Partial<Facts> {
  const other = (role: string) => (/^[IP]/.test(role) ? (role[0] === "I" ? "P" : "I") + role.slice(1) : role);
  return {
    words: view.words.map((w) => ({ ...w, role: other(w.role) })),
    turns: view.turns.map((t) => ({ ...t, role: other(t.role) })),
    events: view.facts.events.map((e) => ({ ...e, role: e.role && other(e.role) })),
  };
}

/** Turns anew: one ends where somebody else speaks (a listener's aside does not end it) or a word opens a turn. */
function regrouped(view: View, words: Word[]): Partial<Facts> {
  const turns: Facts["turns"] = [];
  const numbered = words.map((word, n) => {
    const turn = turns[turns.length - 1];
    const aside = word.flags.includes("backchannel");
    if (!turn || word.flags.includes("opens_turn") || (!aside && word.role !== turn.role)) {
      turns.push({ first: n, last: n, role: word.role });
    } else turn.last = n;
    return word.turn === turns.length - 1 ? word : { ...word, turn: turns.length - 1 };
  });
  return { words: numbered, turns, lines: cut(view.lines, numbered) };
}

/** Lines end where a turn ends; the number of a new piece is known when the server answers. */
function cut(lines: Line[], words: Word[]): Line[] {
  return lines.flatMap((line) => {
    const pieces: Line[] = [];
    for (let n = line.first; n <= line.last; n++) {
      const piece = pieces[pieces.length - 1];
      if (piece && words[n].turn === words[piece.first].turn) piece.last = n;
      else pieces.push({ label: pieces.length ? "" : line.label, first: n, last: n });
    }
    return pieces;
  });
}

function withFlag(words: Word[], first: number, last: number, flag: string, on: boolean): Word[] {
  return mapped(words, first, last, (w) => {
    const rest = without(w.flags, flag);
    return { ...w, flags: on ? `${rest} ${flag}`.trim() : rest };
  });
}

function mapped(words: Word[], first: number, last: number, change: (word: Word) => Word): Word[] {
  const copy = words.slice();
  for (let n = first; n <= last && n < copy.length; n++) copy[n] = change(copy[n]);
  return copy;
}

function without(flags: string, flag: string): string {
  return flags.split(" ").filter((f) => f && f !== flag).join(" ");
}
