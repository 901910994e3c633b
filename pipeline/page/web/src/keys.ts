// From keys and the mouse to commands. While somebody writes, keys that make text belong to the text.
import { COMMANDS, command, run, type Command } from "./commands";
import type { Desk } from "./desk";

const SHOW_KEY = "F2";

const byKey = new Map<string, Command>();
for (const one of COMMANDS) for (const key of one.keys) byKey.set(key, one);

/** "Ctrl+Shift+Z". Shift is named only where it does not already make another sign. */
export function nameOf(event: KeyboardEvent): string {
  let { key } = event;
  // Alt makes other letters on some keyboards: then the place of the key counts.
  if (event.altKey && !/^[\x20-\x7e]$|^.{2,}$/u.test(key)) key = event.code.replace(/^Key|^Digit/u, "");
  if (key === " ") key = "Space";
  const letter = /^[a-z]$/iu.test(key);
  if (letter) key = key.toUpperCase();
  const shift = event.shiftKey && (letter || key.length > 1);
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`;
}

/** Listens to keys and to the mouse on the transcript, until `close` is called. */
export class Hands {
  private dragging = false;
  /** Originals are shown because the key is down. */
  private held = false;
  private readonly ends = new AbortController();

  constructor(private readonly desk: Desk, private readonly menu: (event: MouseEvent) => void) {
    const { signal } = this.ends;
    const { root } = desk.transcript;
    document.addEventListener("keydown", (event) => this.down(event), { signal });
    document.addEventListener("keyup", (event) => event.key === SHOW_KEY && this.cover(), { signal });
    window.addEventListener("blur", () => this.cover(), { signal }); // the key goes up elsewhere
    root.addEventListener("pointerdown", (event) => this.press(event), { signal });
    root.addEventListener("pointermove", (event) => this.drag(event), { signal });
    document.addEventListener("pointerup", () => (this.dragging = false), { signal });
    root.addEventListener("dblclick", (event) => this.twice(event), { signal });
    root.addEventListener("contextmenu", (event) => this.context(event), { signal });
    root.addEventListener("copy", (event) => this.copy(event), { signal });
  }

  close(): void {
    this.ends.abort();
  }

  /** Originals are covered again, unless the switch is on. */
  private cover(): void {
    if (this.held) this.desk.setOriginals(false);
    this.held = false;
  }

  private down(event: KeyboardEvent): void {
    if (event.defaultPrevented || this.desk.dialog || event.isComposing) return;
    const { desk } = this;
    if (event.key === SHOW_KEY) {
      event.preventDefault();
      if (event.repeat || desk.originals) return;
      this.held = true;
      desk.setOriginals(true);
      return;
    }
    if (desk.writing.open && this.inWriting(event)) return;
    const target = event.target as HTMLElement;
    const name = nameOf(event);
    const one = byKey.get(name);
    const inText = desk.transcript.root.contains(target) || target.contains(desk.transcript.root);
    const makesText = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
    const typing = target.matches("input, textarea, select, [contenteditable]");
    if (one && !(one.reading && desk.writing.open) && (inText ? !this.isText(one, name) : !makesText && !this.belongs(event, typing))) {
      event.preventDefault();
      run(desk, one);
      return;
    }
    if (inText && !desk.writing.open) this.reading(event, makesText);
  }

  /** Space and ? are text while somebody writes. */
  private isText(_: Command, name: string): boolean {
    return this.desk.writing.open && (name === "Space" || name === "?" || name === "Shift+Space");
  }

  /** Keys that the element with the focus needs itself. */
  private belongs(event: KeyboardEvent, typing: boolean): boolean {
    if (["Enter", "Delete", "Backspace"].includes(event.key)) return !event.altKey;
    return typing && (event.ctrlKey ? !/^[fh]$/iu.test(event.key) : false);
  }

  /** True if the key was for the text that is being written. */
  private inWriting(event: KeyboardEvent): boolean {
    const { writing } = this.desk;
    if (event.key === "Escape") writing.cancel();
    else if (event.key === "Enter" && !event.altKey) writing.finish();
    else return false;
    event.preventDefault();
    return true;
  }

  private reading(event: KeyboardEvent, makesText: boolean): void {
    const { cursor, writing } = this.desk;
    const extend = event.shiftKey;
    if (makesText) return this.typeOver(event);
    const moves: Record<string, () => void> = {
      ArrowRight: () => cursor.step(1, extend),
      ArrowLeft: () => cursor.step(-1, extend),
      ArrowDown: () => cursor.line(1, extend),
      ArrowUp: () => cursor.line(-1, extend),
      PageDown: () => cursor.line(15, extend),
      PageUp: () => cursor.line(-15, extend),
      Home: () => (event.ctrlKey ? cursor.moveTo(0, extend) : cursor.lineEnd(-1, extend)),
      End: () => (event.ctrlKey ? cursor.moveTo(Infinity, extend) : cursor.lineEnd(1, extend)),
      Escape: () => cursor.moveTo(cursor.word),
    };
    const move = moves[event.key];
    if (!move || event.altKey || writing.open) return;
    event.preventDefault();
    move();
  }

  /** A letter over a word replaces it, as it does over a selection in any editor. */
  private typeOver(event: KeyboardEvent): void {
    const { cursor, writing, view, review } = this.desk;
    event.preventDefault();
    if (review.frozen) return run(this.desk, command("write"));
    const { first, last } = cursor.range;
    let visible = true;
    for (let n = first; n <= last; n++) visible &&= !view.hiddenAt(n);
    if (visible && view.turnIndex(first) === view.turnIndex(last)) writing.start(first, "select", last);
    else if (!cursor.several) writing.start(first, "end", last);
    else return review.say("Type over words of one turn; what is redacted is changed with Alt+M or shown with Alt+X.");
    writing.insert(event.key);
  }

  private press(event: PointerEvent): void {
    const word = this.desk.transcript.wordAt(event.target as Element);
    if (word < 0 || event.button !== 0) return;
    const { cursor, writing, view, player } = this.desk;
    if ((event.target as Element).closest(".box")) return;
    event.preventDefault();
    writing.finish();
    if (event.shiftKey) return cursor.moveTo(word, true);
    this.dragging = true;
    cursor.select(word, word);
    const last = view.hiddenAt(word)?.last ?? word;
    const times = view.times(word, last);
    if (times && view.facts.has_audio && event.detail < 2) player.hear(times[0] - 0.05, times[1] + 0.6);
  }

  private drag(event: PointerEvent): void {
    if (!this.dragging || !(event.buttons & 1)) return;
    const word = this.desk.transcript.wordAt(document.elementFromPoint(event.clientX, event.clientY));
    if (word >= 0 && word !== this.desk.cursor.word) this.desk.cursor.select(this.desk.cursor.anchor, word);
  }

  private twice(event: MouseEvent): void {
    const { transcript, writing, review, player } = this.desk;
    const word = transcript.wordAt(event.target as Element);
    if (word < 0 || review.frozen) return;
    player.pause();
    writing.start(word, "end");
    const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const box = (caret?.offsetNode.parentElement ?? null)?.closest(".box");
    if (caret && box) getSelection()?.collapse(caret.offsetNode, caret.offset);
  }

  private context(event: MouseEvent): void {
    const { cursor, transcript, writing } = this.desk;
    if (writing.open) return;
    const word = transcript.wordAt(event.target as Element);
    if (word < 0) return;
    event.preventDefault();
    const { first, last } = cursor.range;
    if (word < first || word > last) cursor.select(word, word);
    this.menu(event);
  }

  /** What is copied is what a reader sees: replacements, never what they hide. */
  private copy(event: ClipboardEvent): void {
    if (this.desk.writing.open) return;
    const { first, last } = this.desk.cursor.range;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", this.desk.view.shown(first, last));
  }
}
