// All keys, under "?".
import { COMMANDS, type Command, type Group } from "./commands";
import type { Desk } from "./desk";
import { Dialog } from "./dialog";

const GROUPS: Group[] = ["Listen", "Words", "Redaction", "Go"];
const TEXT: [string, string][] = [
  ["a letter", "Types over the selected word or words"],
  ["Enter", "Opens the turn for typing; again: done"],
  ["double click", "Opens the turn for typing at this place"],
  ["Esc", "While typing: back to what was stored last"],
  ["← → ↑ ↓", "Moves from word to word; with Shift: selects"],
];
const SIGNS: Record<string, string> = {
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", MediaPlayPause: "media key", MediaTrackPrevious: "media key",
  MediaTrackNext: "media key", Delete: "Del",
};

/** "Alt+ArrowUp" -> "Alt ↑". */
export function keyName(key: string): string {
  return key.split("+").map((part) => SIGNS[part] ?? part).join(" ");
}

export function Help({ desk }: { desk: Desk }) {
  return (
    <Dialog desk={desk} title="Keys" wide>
      <div class="keys">
        <section>
          <h3>Typing</h3>
          <dl>{TEXT.map(([key, what]) => <Row key={key} keys={[key]} what={what} />)}</dl>
        </section>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {COMMANDS.filter((c) => c.group === group && c.keys.length).map((c) => (
                <Row key={c.id} keys={shown(c)} what={c.label} />
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>Foot pedal</h3>
          <p>
            Set the pedal to send F7 (back), F4 (play or pause) and F8 (on), as it does for most transcription programs.
            Media keys work as well. All keys with Alt, F or Ctrl work while you type.
          </p>
        </section>
      </div>
    </Dialog>
  );
}

function shown(one: Command): string[] {
  return one.keys.filter((key) => !key.startsWith("Media")).map(keyName);
}

function Row({ keys, what }: { keys: string[]; what: string }) {
  return (
    <div>
      <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
      <dd>{what}</dd>
    </div>
  );
}
