// The bar at the top: which interview, its state, undo and redo, menus, originals, sign-off.
import { command, enabled, run } from "./commands";
import type { Desk } from "./desk";
import { useDesk } from "./hooks";
import { MenuBar } from "./menu";
import type { Saved } from "./review";
import { moment } from "./words";

const SAVED: Record<Saved, string> = { saved: "Saved", saving: "Saving …", lost: "Not saved" };

export function TopBar({ desk }: { desk: Desk }) {
  useDesk(desk);
  const { facts } = desk.view;
  const state = facts.locked ? `Locked v${facts.lock_version}` : facts.signed ? `Signed ${facts.signed.who}` : "In review";
  return (
    <header class="top">
      {!desk.session.only && <a class="back" href="#/" aria-label="All interviews" title="All interviews">‹</a>}
      <h1>{desk.review.id}</h1>
      <span class={`state ${facts.locked ? "locked" : facts.signed ? "signed" : "in_review"}`}
        title={facts.signed ? moment(facts.signed.when) : undefined}>{state}</span>
      <MenuBar desk={desk} />
      <span class="gap" />
      <span class={`saved ${desk.review.saved}`} role="status">{SAVED[desk.review.saved]}</span>
      <Tool desk={desk} id="undo" sign="↶" name="Undo" />
      <Tool desk={desk} id="redo" sign="↷" name="Redo" />
      <button type="button" class="switch" role="switch" aria-checked={desk.originals}
        title="Show what is redacted (or hold F2)" onClick={() => desk.setOriginals(!desk.originals)}>
        <span class="knob" /> <span class="switch-name">Originals</span>
      </button>
      <button type="button" class="quiet narrow-only" aria-expanded={desk.drawer}
        onClick={() => {
          desk.drawer = !desk.drawer;
          desk.changed();
        }}>Panel</button>
      <button type="button" class="quiet" aria-label="All keys" title="All keys (?)" onClick={() => run(desk, command("help"))}>?</button>
      <button type="button" class="main" onClick={() => desk.open({ name: "sign" })}>
        {!facts.signed ? "Sign off …" : facts.locked ? "Export …" : "Lock and export …"}
      </button>
    </header>
  );
}

function Tool({ desk, id, sign, name }: { desk: Desk; id: string; sign: string; name: string }) {
  const one = command(id);
  return (
    <button type="button" class="quiet tool" aria-label={name} title={`${name} (${one.keys[0]})`}
      disabled={!enabled(desk, one)} onPointerDown={(event) => event.preventDefault()} onClick={() => run(desk, one)}>
      {sign}
    </button>
  );
}
