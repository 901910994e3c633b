// One interview: bar, sound, text, panel.
import { useEffect, useRef, useState } from "preact/hooks";
import { TopBar } from "./bar";
import { ChangeDialog } from "./change";
import { EventDialog } from "./event";
import type { Desk } from "./desk";
import { DivideDialog, MergeDialog } from "./entities";
import { Help } from "./help";
import { useDesk } from "./hooks";
import { KeptWords } from "./kept";
import { Hands } from "./keys";
import { ContextMenu } from "./menu";
import { Panel } from "./panel";
import { PlayerBar } from "./playerbar";
import { RedactDialog } from "./redact";
import { DoneDialog, SignDialog } from "./sign";

export function ReviewPage({ desk }: { desk: Desk }) {
  useDesk(desk);
  const frame = useRef<HTMLElement>(null);
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null);
  useEffect(() => {
    const scroll = frame.current!;
    scroll.append(desk.transcript.root);
    const hands = new Hands(desk, (event) => setMenu(placeOf(event, desk)));
    const scrolled = () => desk.scrolled();
    scroll.addEventListener("wheel", scrolled, { passive: true });
    scroll.addEventListener("touchmove", scrolled, { passive: true });
    desk.cursor.mark(true);
    return () => hands.close();
  }, [desk]);
  return (
    <div class="review">
      <TopBar desk={desk} />
      {desk.view.facts.has_audio
        ? <PlayerBar desk={desk} />
        : <p class="no-sound">{desk.view.facts.seconds ? "The recording is gone: the text can be reviewed, not heard." : "A typed transcript: there is nothing to hear."}</p>}
      <KeptWords desk={desk} />
      <div class={`desk ${desk.drawer ? "with-drawer" : ""}`}>
        <main class="scroll" ref={frame} tabIndex={0} aria-label={`Transcript of ${desk.review.id}`} />
        <Panel desk={desk} />
      </div>
      {menu && <ContextMenu desk={desk} at={menu} close={() => setMenu(null)} />}
      <OpenDialog desk={desk} />
    </div>
  );
}

/** Where the menu opens: at the mouse, or at the word if the key for menus was pressed. */
function placeOf(event: MouseEvent, desk: Desk): { x: number; y: number } {
  if (event.clientX || event.clientY) return { x: event.clientX, y: event.clientY };
  const box = desk.transcript.element(desk.cursor.word)?.getBoundingClientRect();
  return { x: box?.left ?? 0, y: box?.bottom ?? 0 };
}

function OpenDialog({ desk }: { desk: Desk }) {
  const { dialog } = desk;
  switch (dialog?.name) {
    case "help":
      return <Help desk={desk} />;
    case "redact":
      return <RedactDialog desk={desk} range={dialog.range} offers={dialog.offers} />;
    case "change":
      return <ChangeDialog desk={desk} span={dialog.span} />;
    case "merge":
      return <MergeDialog desk={desk} entity={dialog.entity} />;
    case "divide":
      return <DivideDialog desk={desk} entity={dialog.entity} />;
    case "event":
      return <EventDialog desk={desk} before={dialog.before} />;
    case "sign":
      return <SignDialog desk={desk} />;
    case "done":
      return <DoneDialog desk={desk} files={dialog.files} messages={dialog.messages} />;
    default:
      return null;
  }
}
