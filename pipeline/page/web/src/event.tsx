// Something that was heard and is no word.
import { useState } from "preact/hooks";
import type { Desk } from "./desk";
import { Dialog } from "./dialog";
import type { EventKind } from "./types";

const CHOICES: [label: string, event: EventKind, text: string][] = [
  ["(laughs)", "nonverbal", "laughs"],
  ["(sighs)", "nonverbal", "sighs"],
  ["(crying)", "nonverbal", "crying"],
  ["(coughs)", "nonverbal", "coughs"],
  ["a pause", "pause", ""],
  ["unclear speech", "unclear", ""],
  ["something else", "note", ""],
];

export function EventDialog({ desk, before }: { desk: Desk; before: number }) {
  const { view } = desk;
  const [choice, setChoice] = useState(0);
  const [own, setOwn] = useState("");
  const here = view.facts.events.filter((e) => e.before === before);
  const [, event, text] = CHOICES[choice];
  const said = event === "note" ? own.replace(/[()]/gu, "").trim() : text;
  return (
    <Dialog desk={desk} title="Note before this word" action="Put in" off={event === "note" && !said} onAction={() => {
      const role = event === "nonverbal" ? view.words[before]?.role : undefined;
      const kind = event === "note" ? "nonverbal" : event;
      void desk.edit({ kind: "event", before, event: kind, ...(said && { text: said }), ...(role && { role }) });
      desk.closeDialog();
    }}>
      <p class="quoted">{view.shown(Math.max(0, before - 3), before - 1)} <b>▸</b> {view.shown(before, Math.min(before + 3, view.words.length - 1))}</p>
      <fieldset class="choices">
        <legend>What was heard</legend>
        {CHOICES.map(([label], n) => (
          <label class="check" key={label}>
            <input type="radio" name="event" checked={choice === n} data-first={n === 0} onChange={() => setChoice(n)} /> {label}
          </label>
        ))}
      </fieldset>
      {event === "note" && (
        <div class="fields"><label>In a few words
          <input type="text" value={own} maxLength={200} onInput={(e) => setOwn(e.currentTarget.value)} /></label></div>
      )}
      {here.length > 0 && (
        <fieldset>
          <legend>Here already</legend>
          {here.map((e, n) => (
            <p key={n}>{e.mark} <button type="button" class="quiet small" onClick={() => {
              void desk.edit({ kind: "remove_event", before, event: e.kind, text: e.text });
              desk.closeDialog();
            }}>Take out</button></p>
          ))}
        </fieldset>
      )}
    </Dialog>
  );
}
