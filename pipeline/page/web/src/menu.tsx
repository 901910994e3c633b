// The menu bar above the text, and the menu of the right mouse button: the table of commands, to be seen.
import { useEffect, useRef, useState } from "preact/hooks";
import { COMMANDS, command, enabled, rolesOf, run, setSpeaker, type Command, type Group } from "./commands";
import type { Desk } from "./desk";
import { keyName } from "./help";
import { useDesk } from "./hooks";

const GROUPS: Group[] = ["Listen", "Words", "Redaction", "Go"];
const CONTEXT = ["from", "confirm", "speaker", "aside", "split", "join", "event", "delete", "-", "redact", "accept",
  "reject", "reject-all", "change", "keep", "hide"];

interface Item {
  label: string;
  keys: string;
  off: boolean;
  run: () => void;
}

export function MenuBar({ desk }: { desk: Desk }) {
  useDesk(desk);
  const [open, setOpen] = useState<Group | null>(null);
  const bar = useRef<HTMLDivElement>(null);
  const beside = (by: number) => {
    const next = GROUPS[(GROUPS.indexOf(open ?? "Listen") + by + GROUPS.length) % GROUPS.length];
    bar.current?.querySelector<HTMLElement>(`[data-menu=${next}]`)?.focus();
    setOpen(next);
  };
  return (
    <div class="menubar" role="group" aria-label="Commands" ref={bar}>
      {GROUPS.map((group) => (
        <div class="menu-holder" key={group}>
          <button type="button" class="quiet" data-menu={group} aria-haspopup="menu" aria-expanded={open === group}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => setOpen(open === group ? null : group)}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") {
                event.preventDefault();
                setOpen(group);
              }
            }}>
            {group}
          </button>
          {open === group && (
            <Menu label={group} items={itemsOf(desk, group)} beside={beside} close={() => setOpen(null)} />
          )}
        </div>
      ))}
    </div>
  );
}

export function ContextMenu({ desk, at, close }: { desk: Desk; at: { x: number; y: number }; close: () => void }) {
  const items = CONTEXT.map((id) => (id === "-" ? null : item(desk, command(id)))).filter((i) => i === null || !i.off);
  return <Menu label="These words" items={items} at={at} close={close} />;
}

function itemsOf(desk: Desk, group: Group): (Item | null)[] {
  const items: (Item | null)[] = COMMANDS.filter((c) => c.group === group).map((c) => item(desk, c));
  if (group === "Words") {
    items.push(null);
    for (const [role, name] of rolesOf(desk)) {
      items.push({ label: `Speaker: ${name}`, keys: "", off: desk.review.frozen, run: () => setSpeaker(desk, role) });
    }
  }
  return items;
}

function item(desk: Desk, one: Command): Item {
  return { label: one.label, keys: one.keys[0] ?? "", off: !enabled(desk, one), run: () => run(desk, one) };
}

interface MenuProps {
  label: string;
  items: (Item | null)[];
  at?: { x: number; y: number };
  beside?: (by: number) => void;
  close: () => void;
}

function Menu({ label, items, at, beside, close }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  const entries = () => [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]:not([aria-disabled=true])") ?? [])];
  useEffect(() => {
    const menu = list.current!;
    if (at) {
      menu.style.left = `${Math.max(8, Math.min(at.x, innerWidth - menu.offsetWidth - 8))}px`;
      menu.style.top = `${Math.max(8, Math.min(at.y, innerHeight - menu.offsetHeight - 8))}px`;
    }
    const before = document.activeElement as HTMLElement | null;
    entries()[0]?.focus();
    const outside = (event: PointerEvent) => {
      const target = event.target as HTMLElement;
      if (!menu.contains(target) && !menu.parentElement?.querySelector("button")?.contains(target)) close();
    };
    document.addEventListener("pointerdown", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      if (document.activeElement === document.body || menu.contains(document.activeElement)) {
        before?.focus({ preventScroll: true });
      }
    };
  }, []);
  const key = (event: KeyboardEvent) => {
    const all = entries();
    const now = all.indexOf(document.activeElement as HTMLElement);
    const moves: Record<string, () => void> = {
      ArrowDown: () => all[(now + 1) % all.length]?.focus(),
      ArrowUp: () => all[(now - 1 + all.length) % all.length]?.focus(),
      Home: () => all[0]?.focus(),
      End: () => all.at(-1)?.focus(),
      ArrowRight: () => beside?.(1),
      ArrowLeft: () => beside?.(-1),
      Escape: close,
      Tab: close,
    };
    const move = moves[event.key];
    event.stopPropagation();
    if (!move) return;
    if (event.key !== "Tab") event.preventDefault();
    move();
  };
  return (
    <div class={`menu ${at ? "context" : ""}`} role="menu" aria-label={label} ref={list} onKeyDown={key}
      onPointerDown={(event) => event.preventDefault()}>
      {items.map((one, n) => (one === null
        ? <div class="separator" role="separator" key={n} />
        : <button type="button" role="menuitem" tabIndex={-1} key={n} aria-disabled={one.off}
            onClick={() => {
              if (one.off) return;
              close();
              setTimeout(one.run, 0); // after the focus has gone back to the text
            }}>
            <span>{one.label}</span>
            {one.keys && <kbd>{keyName(one.keys)}</kbd>}
          </button>))}
    </div>
  );
}
