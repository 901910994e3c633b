// Everything that can be done, with its keys. Menus, the list under "?" and the keyboard are made from this table.
import type { Desk } from "./desk";
import { get, interview } from "./api";
import type { Edit, Offer } from "./types";
import { hides, type Range } from "./view";

export type Group = "Listen" | "Words" | "Redaction" | "Go";
export interface Command {
  id: string;
  group: Group;
  label: string;
  /** The first is shown in menus. */
  keys: string[];
  run: (desk: Desk) => void;
  /** It changes the interview: not while that is signed or locked. */
  changes?: boolean;
  when?: (desk: Desk) => boolean;
  /** Its keys mean something else while somebody writes. */
  reading?: boolean;
}

const STEP_S = 3;

const sound = (desk: Desk) => desk.view.facts.has_audio;
const hidden = (desk: Desk) => !!desk.span && hides(desk.span);
const flagged = (desk: Desk) => desk.span?.action === "flag";

/** A change: what was typed is stored first, because the change counts its words. */
function change(id: string, group: Group, label: string, keys: string[], run: Command["run"], more: Partial<Command> = {}): Command {
  return { id, group, label, keys, changes: true, ...more, run: (desk) => {
    if (desk.review.frozen) return desk.review.say(FROZEN);
    const range = desk.range;
    if (desk.writing.open) {
      desk.writing.finish();
      desk.cursor.select(range.first, range.last);
    }
    run(desk);
  } };
}

export const FROZEN = "It is signed, and stands as it is.";

export const COMMANDS: Command[] = [
  { id: "play", group: "Listen", label: "Play or pause", keys: ["F4", "Space", "Ctrl+Space", "MediaPlayPause"], when: sound,
    run: (desk) => desk.player.toggle() },
  { id: "from", group: "Listen", label: "Play from this word", keys: ["F9", "Shift+Space"], when: sound, run: playFrom },
  { id: "back", group: "Listen", label: "Back 3 seconds", keys: ["F7", "MediaTrackPrevious"], when: sound,
    run: (desk) => desk.player.step(-STEP_S) },
  { id: "on", group: "Listen", label: "On 3 seconds", keys: ["F8", "MediaTrackNext"], when: sound,
    run: (desk) => desk.player.step(STEP_S) },
  { id: "slower", group: "Listen", label: "Slower", keys: ["Alt+ArrowDown"], when: sound,
    run: (desk) => desk.player.faster(-1) },
  { id: "faster", group: "Listen", label: "Faster", keys: ["Alt+ArrowUp"], when: sound,
    run: (desk) => desk.player.faster(1) },
  { id: "normal", group: "Listen", label: "Normal speed", keys: ["Alt+0"], when: sound,
    run: (desk) => desk.player.setRate(1) },
  { id: "loop", group: "Listen", label: "Repeat this turn", keys: ["Alt+L"], when: sound, run: loopTurn },
  { id: "skip", group: "Listen", label: "Skip silence", keys: ["Alt+I"], when: sound,
    run: (desk) => desk.player.setSkipSilence(!desk.player.skipSilence) },
  { id: "silenced", group: "Listen", label: "The silenced copy", keys: ["Alt+Q"], when: (desk) => sound(desk) && desk.view.facts.has_silenced,
    run: (desk) => desk.player.setSilenced(!desk.player.silenced) },

  { id: "write", group: "Words", label: "Type into the text", keys: ["Enter"], reading: true, changes: true,
    run: (desk) => desk.writing.start(desk.cursor.word, "end") },
  change("delete", "Words", "Delete these words", ["Delete", "Backspace"],
    (desk) => void desk.edit({ kind: "delete", ...desk.cursor.range }), { reading: true }),
  change("confirm", "Words", "Right as it stands", ["Alt+C"], confirm),
  change("speaker", "Words", "Change speaker", ["Alt+S"], (desk) => setSpeaker(desk, nextRole(desk))),
  change("aside", "Words", "Aside of the listener", ["Alt+Shift+S"], aside),
  change("split", "Words", "New turn from this word", ["Alt+Enter"],
    (desk) => void desk.edit({ kind: "split", before: desk.cursor.range.first })),
  change("join", "Words", "Join with the turn before", ["Alt+J"],
    (desk) => void desk.edit({ kind: "join", first: desk.view.turns[desk.view.turnIndex(desk.cursor.word)].first })),
  change("event", "Words", "Note: laughs, pause …", ["Alt+E"],
    (desk) => desk.open({ name: "event", before: desk.cursor.range.first })),
  change("unclear", "Words", "Unclear speech here", ["Alt+U"],
    (desk) => void desk.edit({ kind: "event", before: desk.cursor.range.first, event: "unclear" })),
  change("overlap", "Words", "Spoken at the same time", ["Alt+O"], overlap),
  change("swap", "Words", "Swap the two speakers throughout", [], (desk) => void desk.edit({ kind: "swap_roles" })),
  change("undo", "Words", "Undo", ["Ctrl+Z"], (desk) => void desk.review.undo(),
    { reading: true, when: (desk) => desk.view.facts.undo > 0 || desk.review.pending }),
  change("redo", "Words", "Redo", ["Ctrl+Shift+Z", "Ctrl+Y"], (desk) => void desk.review.redo(),
    { reading: true, when: (desk) => desk.view.facts.redo > 0 }),

  change("redact", "Redaction", "Redact these words …", ["Alt+R"], (desk) => void redact(desk)),
  change("accept", "Redaction", "Accept", ["Alt+A"], (desk) => onSpan(desk, "accept", false), { when: hidden }),
  change("accept-all", "Redaction", "Accept every mention", ["Alt+Shift+A"], (desk) => onSpan(desk, "accept", true),
    { when: hidden }),
  change("reject", "Redaction", "Show again", ["Alt+X"], (desk) => onSpan(desk, "reject", false), { when: hidden }),
  change("reject-all", "Redaction", "Show every mention", ["Alt+Shift+X"], (desk) => onSpan(desk, "reject", true),
    { when: hidden }),
  change("change", "Redaction", "Change …", ["Alt+M"],
    (desk) => desk.span && desk.open({ name: "change", span: desk.span }), { when: hidden }),
  change("keep", "Redaction", "Flag: keep readable", ["Alt+K"], (desk) => decide(desk, "keep"), { when: flagged }),
  change("hide", "Redaction", "Flag: hide", ["Alt+H"], (desk) => decide(desk, "replace"), { when: flagged }),
  { id: "originals", group: "Redaction", label: "Originals: hold to see", keys: ["F2"],
    run: (desk) => desk.setOriginals(!desk.originals) },

  { id: "doubt", group: "Go", label: "Next to look at", keys: ["Alt+N"], run: (desk) => desk.nextDoubt(1) },
  { id: "doubt-back", group: "Go", label: "Previous to look at", keys: ["Alt+P"], run: (desk) => desk.nextDoubt(-1) },
  { id: "flag", group: "Go", label: "Next flag", keys: ["Alt+F"], run: (desk) => desk.nextFlag() },
  { id: "redaction", group: "Go", label: "Next redaction", keys: ["Alt+."], run: nextRedaction },
  { id: "unheard", group: "Go", label: "Next that was not heard", keys: ["Alt+G"], when: sound, run: nextUnheard },
  { id: "turn-on", group: "Go", label: "Next turn", keys: ["Ctrl+ArrowDown"], run: (desk) => desk.cursor.turn(1), reading: true },
  { id: "turn-back", group: "Go", label: "Previous turn", keys: ["Ctrl+ArrowUp"], run: (desk) => desk.cursor.turn(-1),
    reading: true },
  { id: "find", group: "Go", label: "Find and replace", keys: ["Ctrl+F", "Ctrl+H"], run: (desk) => {
    desk.writing.finish();
    desk.show("find");
  } },
  { id: "tab-first", group: "Go", label: "Panel: look first", keys: ["Alt+1"], run: (desk) => desk.show("first") },
  { id: "tab-flags", group: "Go", label: "Panel: flags", keys: ["Alt+2"], run: (desk) => desk.show("flags") },
  { id: "tab-redactions", group: "Go", label: "Panel: redactions", keys: ["Alt+3"], run: (desk) => desk.show("redactions") },
  { id: "tab-left", group: "Go", label: "Panel: what is left", keys: ["Alt+4"], run: (desk) => desk.show("left") },
  { id: "help", group: "Go", label: "All keys", keys: ["?", "F1"], run: (desk) => desk.open({ name: "help" }) },
];

export function command(id: string): Command {
  return COMMANDS.find((c) => c.id === id)!;
}

export function enabled(desk: Desk, one: Command): boolean {
  if (one.changes && (desk.review.frozen || !desk.view.words.length)) return false;
  return one.when ? one.when(desk) : true;
}

export function run(desk: Desk, one: Command): void {
  if (enabled(desk, one)) one.run(desk);
  else if (one.changes && desk.review.frozen) desk.review.say(FROZEN);
}

function playFrom(desk: Desk): void {
  const start = desk.view.times(desk.range.first, desk.view.words.length - 1)?.[0];
  if (start === undefined) return;
  desk.player.seek(start);
  desk.player.play();
}

function loopTurn(desk: Desk): void {
  if (desk.player.loop) return desk.player.setLoop(null);
  const turn = desk.view.turns[desk.view.turnIndex(desk.range.first)];
  const times = turn && desk.view.times(turn.first, turn.last);
  if (times) desk.player.setLoop([Math.max(0, times[0] - 0.2), times[1] + 0.2]);
}

/** One word stands for its turn. */
function stretch(desk: Desk): Range {
  if (desk.cursor.several) return desk.cursor.range;
  const { first, last } = desk.view.turns[desk.view.turnIndex(desk.cursor.word)];
  return { first, last };
}

export function setSpeaker(desk: Desk, role: string): void {
  if (desk.review.frozen) return desk.review.say(FROZEN);
  void desk.edit({ kind: "speaker", ...stretch(desk), role });
}

/** Roles that are there, and one person more. */
export function rolesOf(desk: Desk): [string, string][] {
  const known = Object.entries(desk.view.facts.roles);
  if (!known.some(([role]) => role === "P2")) known.push(["P2", "Another person"]);
  return known;
}

function nextRole(desk: Desk): string {
  const known = Object.keys(desk.view.facts.roles);
  const now = desk.view.words[stretch(desk).first]?.role;
  return known[(known.indexOf(now) + 1) % known.length] ?? "P";
}

function aside(desk: Desk): void {
  const turn = desk.view.turns[desk.view.turnIndex(desk.cursor.word)];
  const other = Object.keys(desk.view.facts.roles).find((role) => role !== turn.role);
  if (other) void desk.edit({ kind: "speaker", ...desk.cursor.range, role: other, aside: true });
}

function overlap(desk: Desk): void {
  const range = desk.cursor.range;
  void desk.edit({ kind: "overlap", ...range, on: !desk.view.words[range.first].flags.includes("overlap") });
}

function confirm(desk: Desk): void {
  const { first, last } = desk.cursor.range;
  const doubt = desk.view.doubts.find((d) => !d.done && d.first <= last && first <= d.last);
  void desk.edit({ kind: "confirm", first: doubt?.first ?? first, last: doubt?.last ?? last });
  if (doubt) desk.nextDoubt(1);
}

/** Offers of other mentions are asked for before the dialogue opens; without an answer it opens all the same. */
async function redact(desk: Desk): Promise<void> {
  const range = desk.cursor.range;
  await desk.review.settled();
  const query = `/offers?first=${range.first}&last=${range.last}`;
  const found = await get<{ offers: Offer[] }>(interview(desk.review.id, query)).catch(() => ({ offers: [] }));
  desk.open({ name: "redact", range, offers: found.offers });
}

function onSpan(desk: Desk, kind: "accept" | "reject", all: boolean): void {
  if (desk.span) void desk.edit({ kind, span: desk.span.id, all });
}

export function decide(desk: Desk, decision: "keep" | "replace", span = desk.span): void {
  if (!span) return;
  const edit: Edit = { kind: "decide", span: span.id, decision };
  void desk.edit(edit);
  if (desk.view.flags().length) desk.nextFlag();
}

function nextRedaction(desk: Desk): void {
  const spans = desk.view.spans.filter(hides).sort((a, b) => a.first - b.first);
  const next = spans.find((s) => s.first > desk.range.last) ?? spans[0];
  if (next) desk.goTo(next);
}

/** The first word whose sound was never played. */
function nextUnheard(desk: Desk): void {
  const { ranges } = desk.heard;
  const played = (time: number) => ranges.some(([a, b]) => a <= time + 0.1 && time <= b);
  const next = desk.view.words.findIndex((w) => w.start !== null && !played(w.start));
  if (next < 0) return;
  desk.cursor.moveTo(next);
  desk.player.seek(Math.max(0, desk.view.words[next].start! - 0.5));
  desk.player.play();
}
