// Find and replace, with what would change to be seen first.
import { useEffect, useRef, useState } from "preact/hooks";
import { interview, post } from "./api";
import type { Desk } from "./desk";
import { useDesk } from "./hooks";
import { count } from "./words";

const SHOWN = 200;

export function FindPanel({ desk }: { desk: Desk }) {
  useDesk(desk);
  const [find, setFind] = useState("");
  const [text, setText] = useState("");
  const [whole, setWhole] = useState(true);
  const [exact, setExact] = useState(false);
  const [asked, setAsked] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    return () => setHits(desk, []);
  }, []);
  const { version } = desk.view.facts;
  useEffect(() => {
    if (!find.trim()) {
      setHits(desk, []);
      return;
    }
    const waiting = setTimeout(async () => {
      await desk.review.settled();
      const body = { version: desk.review.version, find, text, whole_words: whole, case: exact, preview: true };
      post<{ hits: [number, number][] }>(interview(desk.review.id, "/replace"), body).then(
        (answer) => setHits(desk, answer.hits.map(([first, last]) => ({ first, last }))),
        (error: Error) => desk.review.say(error.message),
      );
    }, 150);
    return () => clearTimeout(waiting);
  }, [find, whole, exact, version]);
  const replace = async () => {
    setAsked(true);
    await desk.review.replaceAll(find, text, whole, exact);
    setAsked(false);
  };
  const { hits } = desk;
  return (
    <form class="find" onSubmit={(event) => {
      event.preventDefault();
      const after = desk.cursor.range.last;
      const next = hits.find((h) => h.first > after) ?? hits[0];
      if (next) desk.goTo(next, false, false);
    }}>
      <label>Find<input ref={input} type="text" value={find} autocomplete="off" spellcheck={false}
        onInput={(event) => setFind(event.currentTarget.value)} /></label>
      <label>Replace by<input type="text" value={text} autocomplete="off" spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)} /></label>
      <label class="check"><input type="checkbox" checked={whole} onChange={() => setWhole(!whole)} /> whole words only</label>
      <label class="check"><input type="checkbox" checked={exact} onChange={() => setExact(!exact)} /> capital letters as typed</label>
      <div class="buttons">
        <button type="submit" class="quiet" disabled={!hits.length}>Next</button>
        <button type="button" class="main" disabled={!hits.length || !text.trim() || desk.review.frozen || asked}
          onClick={() => void replace()}>Replace {hits.length > 1 ? `all ${hits.length}` : ""}</button>
      </div>
      {find.trim() && <p class="hint" role="status">{hits.length ? count(hits.length, "place") : "Not found."}</p>}
      <ol class="items">
        {hits.slice(0, SHOWN).map((hit) => (
          <li class="item" key={hit.first}>
            <button type="button" class="place" onClick={() => desk.goTo(hit, false, false)}>
              <span class="where">line {desk.view.lineLabel(hit.first)}</span>
              <span class="snippet">
                {desk.view.shown(Math.max(0, hit.first - 5), hit.first - 1)}{" "}
                {text ? <><del>{desk.view.shown(hit.first, hit.last)}</del> <ins>{text}</ins></> : <mark>{desk.view.shown(hit.first, hit.last)}</mark>}{" "}
                {desk.view.shown(hit.last + 1, Math.min(desk.view.words.length - 1, hit.last + 5))}
              </span>
            </button>
          </li>
        ))}
      </ol>
      {hits.length > SHOWN && <p class="hint">and {hits.length - SHOWN} more</p>}
    </form>
  );
}

function setHits(desk: Desk, hits: { first: number; last: number }[]): void {
  desk.hits = hits;
  desk.changed();
}
