// Two entities that are one, and one that is two.
import { useState } from "preact/hooks";
import type { Desk } from "./desk";
import { Dialog } from "./dialog";
import { brackets, proposal } from "./redact";
import { categoryName } from "./words";

export function MergeDialog({ desk, entity }: { desk: Desk; entity: string }) {
  const one = desk.view.entity(entity);
  const others = desk.view.entities.filter((e) => e.id !== entity && desk.view.mentionsOf(e.id).length);
  const [into, setInto] = useState(others.find((e) => e.category === one?.category)?.id ?? others[0]?.id ?? "");
  return (
    <Dialog desk={desk} title={`${one?.replacement ?? ""} is the same as …`} action="Join them" off={!into} onAction={() => {
      void desk.edit({ kind: "merge", entity, into });
      desk.closeDialog();
    }}>
      <p>All its mentions will stand in the transcript as the other does.</p>
      <div class="fields">
        <label>The same as
          <select value={into} data-first onChange={(event) => setInto(event.currentTarget.value)}>
            {others.map((e) => <option value={e.id} key={e.id}>{e.replacement} ({categoryName(e.category).toLowerCase()})</option>)}
          </select>
        </label>
      </div>
    </Dialog>
  );
}

export function DivideDialog({ desk, entity }: { desk: Desk; entity: string }) {
  const { view } = desk;
  const one = view.entity(entity);
  const spans = view.mentionsOf(entity);
  const [theirs, setTheirs] = useState<string[]>([]);
  const [replacement, setReplacement] = useState(proposal(desk, one?.category ?? "PERSON"));
  const text = brackets(replacement);
  const off = !theirs.length || theirs.length === spans.length || text.length < 3;
  return (
    <Dialog desk={desk} title={`${one?.replacement ?? ""} is more than one`} action="Divide" off={off} onAction={() => {
      void desk.edit({ kind: "divide", entity, spans: theirs, replacement: text });
      desk.closeDialog();
    }}>
      <fieldset class="offers">
        <legend>These mentions are somebody else</legend>
        {spans.map((span) => (
          <label class="check" key={span.id}>
            <input type="checkbox" checked={theirs.includes(span.id)} onChange={() =>
              setTheirs(theirs.includes(span.id) ? theirs.filter((id) => id !== span.id) : [...theirs, span.id])} />
            <span><b class="line-no">{view.lineLabel(span.first)}</b> {view.shown(Math.max(0, span.first - 4), span.first - 1)}{" "}
              <mark>{view.said(span.first, span.last)}</mark> {view.shown(span.last + 1, Math.min(view.words.length - 1, span.last + 4))}</span>
          </label>
        ))}
      </fieldset>
      <div class="fields">
        <label>They stand in the transcript as
          <input type="text" value={replacement} maxLength={80} spellcheck={false} onInput={(event) => setReplacement(event.currentTarget.value)} />
        </label>
      </div>
    </Dialog>
  );
}
