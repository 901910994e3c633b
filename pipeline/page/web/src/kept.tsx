// What went wrong, and words that were typed but could not be stored: nothing is lost without being seen.
import { useState } from "preact/hooks";
import type { Desk } from "./desk";
import { useDesk } from "./hooks";
import type { Kept } from "./review";

export function KeptWords({ desk }: { desk: Desk }) {
  useDesk(desk);
  const { review } = desk;
  const { unfitting } = desk.view;
  const lost = review.saved === "lost";
  return (
    <div class="messages" aria-live="polite">
      {lost && (
        <div class="message bad" role="alert">
          <p>
            <strong>Not saved.</strong>{" "}
            {review.problem || "The program does not answer. Leave this page open; if it was closed, start it again with ipa review and put in again what is missing. What you type here is kept for copying."}
          </p>
        </div>
      )}
      {review.problem && !lost && (
        <div class="message" role="alert">
          <p>{review.problem}</p>
          {review.frozen && (
            <button type="button" class="main" onClick={() => review.reopen()}>
              {desk.view.facts.locked ? "Change it all the same" : "Change it and take the signature away"}
            </button>
          )}
          <button type="button" class="quiet" onClick={() => review.say("")}>Close</button>
        </div>
      )}
      {review.kept.map((kept) => <OneKept desk={desk} kept={kept} key={kept.id} />)}
      {unfitting.length > 0 && (
        <details class="message">
          <summary>{unfitting.length === 1 ? "One earlier change does" : `${unfitting.length} earlier changes do`} not fit any more</summary>
          <ul>{unfitting.map((one) => <li key={one.id}>{one.kind}: {one.why}</li>)}</ul>
        </details>
      )}
    </div>
  );
}

function OneKept({ desk, kept }: { desk: Desk; kept: Kept }) {
  const [gone, setGone] = useState(false);
  return (
    <div class="message kept">
      <p>You typed, and it is not stored: <q>{kept.text}</q>
        {gone && " The words that stood there have changed. Copy yours, and put them in where they belong."}</p>
      <div class="buttons">
        <button type="button" class="main" onClick={() => setGone(!desk.review.offerAgain(kept))}>Put in again</button>
        <button type="button" class="quiet" onClick={() => void navigator.clipboard.writeText(kept.text)}>Copy</button>
        <button type="button" class="quiet" onClick={() => desk.review.forget(kept)}>Leave out</button>
      </div>
    </div>
  );
}
