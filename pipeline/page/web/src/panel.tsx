// The panel beside the text.
import type { ComponentType } from "preact";
import type { Desk, Tab } from "./desk";
import { FindPanel } from "./find";
import { FirstPanel } from "./first";
import { FlagsPanel } from "./flags";
import { useDesk } from "./hooks";
import { LeftPanel } from "./left";
import { RedactionsPanel } from "./redactions";

const TABS: { tab: Tab; name: string; Body: ComponentType<{ desk: Desk }>; count?: (desk: Desk) => number }[] = [
  { tab: "first", name: "First", Body: FirstPanel, count: (desk) => desk.openDoubts().length },
  { tab: "flags", name: "Flags", Body: FlagsPanel, count: (desk) => desk.view.flags().length },
  { tab: "redactions", name: "Redactions", Body: RedactionsPanel },
  { tab: "left", name: "What is left", Body: LeftPanel },
  { tab: "find", name: "Find", Body: FindPanel },
];

export function Panel({ desk }: { desk: Desk }) {
  useDesk(desk);
  const now = TABS.find((t) => t.tab === desk.tab)!;
  const key = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!by) return;
    const next = TABS[(TABS.indexOf(now) + by + TABS.length) % TABS.length];
    desk.show(next.tab);
    document.getElementById(`tab-${next.tab}`)?.focus();
  };
  return (
    <aside class="panel" aria-label="Panel">
      <div class="tabs" role="tablist" aria-label="Panels" onKeyDown={key}>
        {TABS.map(({ tab, name, count }) => {
          const open = count?.(desk) ?? 0;
          return (
            <button type="button" role="tab" id={`tab-${tab}`} key={tab} aria-selected={tab === desk.tab}
              aria-controls="panel" tabIndex={tab === desk.tab ? 0 : -1} onClick={() => desk.show(tab)}>
              {name}{open > 0 && <span class="badge">{open}</span>}
            </button>
          );
        })}
        <button type="button" class="quiet close narrow-only" aria-label="Close the panel"
          onClick={() => {
            desk.drawer = false;
            desk.changed();
          }}>×</button>
      </div>
      <div class="panel-body" role="tabpanel" id="panel" aria-labelledby={`tab-${desk.tab}`} tabIndex={0}>
        <now.Body desk={desk} />
      </div>
    </aside>
  );
}
