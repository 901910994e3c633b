// Details that could identify somebody and that the program leaves to a person: keep or hide, one after the other.
import { decide } from "./commands";
import type { Desk } from "./desk";
import { useDesk } from "./hooks";
import type { Span } from "./types";
import { categoryName, count } from "./words";

export function FlagsPanel({ desk }: { desk: Desk }) {
  useDesk(desk);
  const flags = desk.view.flags();
  if (!flags.length) return <p class="empty">Every flag is decided.</p>;
  return (
    <>
      <p class="hint">
        {count(flags.length, "detail")} that could help to identify somebody.{" "}
        <kbd>Alt F</kbd> next, <kbd>Alt K</kbd> keep, <kbd>Alt H</kbd> hide.
      </p>
      <ol class="items">{flags.map((flag) => <Flag desk={desk} flag={flag} key={flag.id} />)}</ol>
    </>
  );
}

function Flag({ desk, flag }: { desk: Desk; flag: Span }) {
  const { view } = desk;
  const here = desk.span?.id === flag.id;
  const before = view.shown(Math.max(0, flag.first - 6), flag.first - 1);
  const after = view.shown(flag.last + 1, Math.min(view.words.length - 1, flag.last + 6));
  return (
    <li class={`item ${here ? "here" : ""}`}>
      <button type="button" class="place" aria-current={here || undefined} onClick={() => desk.goTo(flag, true, false)}>
        <span class="why flag">{categoryName(flag.category)}</span>
        <span class="where">line {view.lineLabel(flag.first)}</span>
        <span class="snippet">{before} <mark>{view.said(flag.first, flag.last)}</mark> {after}</span>
      </button>
      {!desk.review.frozen && (
        <div class="buttons">
          <button type="button" class="quiet small" onClick={() => decide(desk, "keep", flag)}>Keep readable</button>
          <button type="button" class="quiet small" onClick={() => decide(desk, "replace", flag)}>
            Hide as {flag.shown}
          </button>
        </div>
      )}
    </li>
  );
}
