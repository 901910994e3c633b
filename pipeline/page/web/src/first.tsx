// What to look at first: doubtful stretches, the most important at the top.
import { useState } from "preact/hooks";
import { command, run } from "./commands";
import type { Desk } from "./desk";
import { useDesk } from "./hooks";
import type { Doubt } from "./types";
import { clock, count } from "./words";

const WHY: Record<string, string> = {
  recovered: "Recovered speech",
  "low confidence": "Hard to hear",
  speaker: "Who speaks?",
  "may be a name": "May be a name",
  "may be no name": "May be no name",
  flag: "Flag",
  unclear: "Unclear",
};

export function FirstPanel({ desk }: { desk: Desk }) {
  useDesk(desk);
  const { doubts } = desk.view;
  const stretches = desk.view.facts.stretches ?? [];
  return (
    <>
      {stretches.length > 0 && <Second desk={desk} stretches={stretches} />}
      {doubts.length > 0 ? null : <p class="empty">Nothing is in doubt. Listen, read, and sign off.</p>}
      {doubts.length > 0 && <Doubts desk={desk} />}
    </>
  );
}

/** Stretches drawn by chance, for a second pair of eyes. */
function Second({ desk, stretches }: { desk: Desk; stretches: [number, number][] }) {
  return (
    <section class="second">
      <h2>Second listening</h2>
      <p class="hint">Listen to these stretches and put right what you hear, as if nobody had.</p>
      <div class="buttons">
        {stretches.map(([start, end]) => (
          <button type="button" class="quiet small" key={start} onClick={() => {
            desk.cursor.moveTo(Math.max(0, desk.view.wordAt(start)));
            desk.player.hear(start, end);
          }}>{clock(start)} – {clock(end)}</button>
        ))}
      </div>
    </section>
  );
}

function Doubts({ desk }: { desk: Desk }) {
  const [done, setDone] = useState(false);
  const { doubts } = desk.view;
  const open = doubts.filter((d) => !d.done);
  const shown = done ? doubts : open;
  return (
    <>
      <p class="hint">
        {open.length ? `${count(open.length, "place")} to look at, the most important first.` : "All of it was looked at."}{" "}
        <kbd>Alt N</kbd> next, <kbd>Alt C</kbd> right as it stands.
      </p>
      <ol class="items">{shown.map((doubt) => <Item desk={desk} doubt={doubt} key={doubt.id} />)}</ol>
      {open.length < doubts.length && (
        <button type="button" class="quiet" onClick={() => setDone(!done)}>
          {done ? "Hide what is done" : `Show ${doubts.length - open.length} done`}
        </button>
      )}
    </>
  );
}

function Item({ desk, doubt }: { desk: Desk; doubt: Doubt }) {
  const { view } = desk;
  const start = view.times(doubt.first, doubt.last)?.[0];
  const here = desk.doubt === doubt.id;
  return (
    <li class={`item ${doubt.done ? "done" : ""} ${here ? "here" : ""}`}>
      <button type="button" class="place" aria-current={here || undefined} onClick={() => desk.goToDoubt(doubt, false)}>
        <span class={`why ${doubt.why.replaceAll(" ", "-")}`}>{WHY[doubt.why] ?? doubt.why}</span>
        <span class="where">line {view.lineLabel(doubt.first)}{start !== undefined && `, ${clock(start)}`}</span>
        <span class="sentence">{doubt.text}</span>
        <span class="snippet">{shorten(view.shown(doubt.first, doubt.last))}</span>
      </button>
      {here && !doubt.done && !desk.review.frozen && (
        <button type="button" class="quiet small" onClick={() => run(desk, command("confirm"))}>Right as it stands</button>
      )}
    </li>
  );
}

export function shorten(text: string, most = 110): string {
  return text.length > most ? `${text.slice(0, most).replace(/\s\S*$/u, "")} …` : text;
}
