// Another kind or another replacement, for one mention or for all.
import { useState } from "preact/hooks";
import type { Desk } from "./desk";
import { Dialog } from "./dialog";
import { brackets } from "./redact";
import type { Span } from "./types";
import { CATEGORIES, count } from "./words";

export function ChangeDialog({ desk, span }: { desk: Desk; span: Span }) {
  const entity = desk.view.entity(span.entity);
  const mentions = desk.view.mentionsOf(span.entity).length;
  const before = entity?.replacement ?? span.shown;
  const [category, setCategory] = useState(span.category);
  const [replacement, setReplacement] = useState(before);
  const [all, setAll] = useState(true);
  const text = brackets(replacement);
  return (
    <Dialog desk={desk} title="Change this redaction" action="Change" off={text.length < 3} onAction={() => {
      void desk.edit({ kind: "change", span: span.id, all: all && mentions > 1, category, replacement: text });
      desk.closeDialog();
    }}>
      <div class="fields">
        <label>Stands in the transcript as
          <input type="text" value={replacement} data-first maxLength={80} spellcheck={false}
            onInput={(event) => setReplacement(event.currentTarget.value)} />
        </label>
        <label>Kind
          <select value={category} onChange={(event) => setCategory(event.currentTarget.value)}>
            {Object.entries(CATEGORIES).map(([key, name]) => <option value={key} key={key}>{name}</option>)}
          </select>
        </label>
      </div>
      {mentions > 1 && (
        <fieldset>
          <legend>Where</legend>
          <label class="check"><input type="radio" name="where" checked={all} onChange={() => setAll(true)} /> all {count(mentions, "mention")}</label>
          <label class="check"><input type="radio" name="where" checked={!all} onChange={() => setAll(false)} /> this mention only: it is somebody else</label>
        </fieldset>
      )}
    </Dialog>
  );
}
