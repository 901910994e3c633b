// Hiding words: as whom, behind which words, where else, and whether the key sheet should know from now on.
import { useState } from "preact/hooks";
import { interview, post } from "./api";
import type { Desk } from "./desk";
import { Dialog } from "./dialog";
import type { Edit, Entity, Offer, ViewData } from "./types";
import { CATEGORIES, STAND_INS } from "./words";
import type { Range } from "./view";

const OFFERED: Record<string, string> = { same: "the same words", part: "a part of the name", "sounds alike": "sounds alike" };
/** What can stand on a sheet. */
const SHEETED = ["PERSON", "PLACE", "ORG"];
type Sheet = "" | "key" | "study";

export function RedactDialog({ desk, range, offers }: { desk: Desk; range: Range; offers: Offer[] }) {
  const { view } = desk;
  const said = view.said(range.first, range.last).replace(/^\P{L}+|[^\p{L}\p{N}]+$/gu, "");
  const known = knownAs(desk, said);
  const [entity, setEntity] = useState(known?.id ?? "");
  const [category, setCategory] = useState(known?.category ?? guess(said));
  const [replacement, setReplacement] = useState(known?.replacement ?? proposal(desk, category));
  const [chosen, setChosen] = useState(() => new Set(offers.filter((o) => o.why !== "sounds alike").map((o) => o.first)));
  const [sheet, setSheet] = useState<Sheet>("");
  const bracketed = brackets(replacement);
  const store = async () => {
    const as = entity ? { category, entity } : { category, replacement: bracketed };
    const places: Range[] = [range, ...offers.filter((o) => chosen.has(o.first))];
    const edits: Edit[] = places.map(({ first, last }) => ({ kind: "redact", first, last, ...as }));
    const done = desk.edit(...edits);
    desk.closeDialog();
    if (!(await done) || !sheet || !SHEETED.includes(category)) return;
    const entry = { name: said, replacement: bracketed.slice(1, -1), category };
    try {
      const answer = await post<{ view: ViewData; messages: string[] }>(interview(desk.review.id, "/sheet"), { entry, to: sheet });
      if (!desk.review.pending) desk.review.take(answer.view);
      if (answer.messages.length) desk.review.say(answer.messages.join(" "));
    } catch (error) {
      desk.review.say((error as Error).message);
    }
  };
  return (
    <Dialog desk={desk} title="Redact" action={chosen.size ? `Redact ${chosen.size + 1} places` : "Redact"}
      off={bracketed.length < 3} onAction={() => void store()}>
      <p class="quoted">{view.said(range.first, range.last)}</p>
      <div class="fields">
        <label>Who or what
          <select value={entity} data-first onChange={(event) => {
            const id = event.currentTarget.value;
            const one = view.entity(id);
            setEntity(id);
            setCategory(one?.category ?? category);
            setReplacement(one?.replacement ?? proposal(desk, category));
          }}>
            <option value="">New in this interview</option>
            {view.entities.map((one) => <option value={one.id} key={one.id}>{one.replacement}</option>)}
          </select>
        </label>
        <label>Kind
          <select value={category} disabled={!!entity} onChange={(event) => {
            setCategory(event.currentTarget.value);
            setReplacement(proposal(desk, event.currentTarget.value));
          }}>
            {Object.entries(CATEGORIES).map(([key, name]) => <option value={key} key={key}>{name}</option>)}
          </select>
        </label>
        <label>Stands in the transcript as
          <input type="text" value={replacement} disabled={!!entity} maxLength={80} spellcheck={false}
            onInput={(event) => setReplacement(event.currentTarget.value)} />
        </label>
      </div>
      {offers.length > 0 && (
        <fieldset class="offers">
          <legend>Also here</legend>
          {offers.map((offer) => (
            <label class="check" key={offer.first}>
              <input type="checkbox" checked={chosen.has(offer.first)} onChange={() => setChosen(toggled(chosen, offer.first))} />
              <span><b class="line-no">{view.lineLabel(offer.first)}</b> {around(desk, offer)}{" "}
                <small>{OFFERED[offer.why] ?? offer.why}</small></span>
            </label>
          ))}
        </fieldset>
      )}
      {SHEETED.includes(category) && <fieldset>
        <legend>From now on</legend>
        <label class="check"><input type="radio" name="sheet" checked={sheet === ""} onChange={() => setSheet("")} /> this interview, these places</label>
        <label class="check"><input type="radio" name="sheet" checked={sheet === "key"} onChange={() => setSheet("key")} /> on this interview's key sheet too</label>
        <label class="check"><input type="radio" name="sheet" checked={sheet === "study"} onChange={() => setSheet("study")} /> on the study sheet too, for all interviews</label>
      </fieldset>}
    </Dialog>
  );
}

function around(desk: Desk, { first, last }: Range) {
  const { view } = desk;
  return (
    <>
      {view.shown(Math.max(0, first - 4), first - 1)} <mark>{view.said(first, last)}</mark>{" "}
      {view.shown(last + 1, Math.min(view.words.length - 1, last + 4))}
    </>
  );
}

function toggled(set: Set<number>, n: number): Set<number> {
  const next = new Set(set);
  if (!next.delete(n)) next.add(n);
  return next;
}

/** Somebody of that name who is hidden elsewhere. */
function knownAs(desk: Desk, said: string): Entity | undefined {
  const plain = said.toLowerCase();
  return desk.view.entities.find((e) => e.forms.some((form) => form.toLowerCase() === plain));
}

function guess(said: string): string {
  if (/@/u.test(said)) return "EMAIL";
  if (/^[\d\s]{7,}$/u.test(said)) return "PHONE";
  if (/\d/u.test(said)) return "DATE";
  return "PERSON";
}

/** "[person 4]": the next number that nobody has here. */
export function proposal(desk: Desk, category: string): string {
  const word = STAND_INS[category] ?? "detail";
  if (!["PERSON", "PLACE", "ORG"].includes(category)) return `[${word}]`;
  const numbers = desk.view.entities
    .map((e) => new RegExp(`^\\[${word}(?: (\\d+))?\\]$`, "u").exec(e.replacement))
    .filter((found) => found !== null)
    .map((found) => Number(found[1] ?? 1));
  return numbers.length ? `[${word} ${Math.max(...numbers) + 1}]` : `[${word}]`;
}

/** With its brackets, whether or not they were typed. */
export function brackets(text: string): string {
  return `[${text.replace(/[[\]\n]/gu, "").trim()}]`;
}
