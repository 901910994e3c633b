// Redactions by entity: who is hidden behind which words, how often, and what was decided.
import { useState } from "preact/hooks";
import type { Desk } from "./desk";
import { useDesk } from "./hooks";
import type { Entity, Span } from "./types";
import { categoryName, count } from "./words";

interface Group {
  entity: Entity;
  spans: Span[];
}

export function RedactionsPanel({ desk }: { desk: Desk }) {
  useDesk(desk);
  const [all, setAll] = useState(true);
  const groups = groupsOf(desk);
  const open = groups.filter((g) => g.spans.some((s) => !s.decision));
  const hidden = groups.reduce((sum, g) => sum + g.spans.length, 0);
  if (!groups.length) return <p class="empty">Nothing is redacted. Select words and press <kbd>Alt R</kbd>.</p>;
  return (
    <>
      <p class="hint">
        {count(hidden, "mention")} of {count(groups.length, "person, place or thing", "people, places and things")};{" "}
        {open.length ? `${open.length} not yet looked at.` : "all looked at."}
      </p>
      {open.length > 0 && open.length < groups.length && (
        <label class="check"><input type="checkbox" checked={!all} onChange={() => setAll(!all)} /> only those not looked at</label>
      )}
      <ul class="items">{(all ? groups : open).map((group) => <OneEntity desk={desk} group={group} key={group.entity.id} />)}</ul>
    </>
  );
}

function OneEntity({ desk, group: { entity, spans } }: { desk: Desk; group: Group }) {
  const here = spans.findIndex((s) => s.id === desk.span?.id);
  const done = spans.every((s) => s.decision);
  const next = () => desk.goTo(spans[(here + 1) % spans.length], true, false);
  return (
    <li class={`item entity ${here >= 0 ? "here" : ""} ${done ? "done" : ""}`}>
      <button type="button" class="place" aria-current={here >= 0 || undefined} onClick={next}
        title={spans.length > 1 ? "To the next mention" : undefined}>
        <span class="chip-name">{entity.replacement}</span>
        <span class="where">{categoryName(entity.category)} · {here >= 0 && spans.length > 1 ? `${here + 1} of ` : ""}{count(spans.length, "mention")}{done && " · looked at"}</span>
        <span class="snippet">
          {desk.originals ? entity.forms.join(", ") : linesOf(desk, spans)}
        </span>
      </button>
      {!desk.review.frozen && here >= 0 && (
        <div class="buttons">
          {!done && <Small act={() => desk.edit({ kind: "accept", span: spans[0].id, all: true })}>Accept all</Small>}
          <Small act={() => desk.edit({ kind: "reject", span: spans[0].id, all: true })}>Show all again</Small>
          <Small act={() => desk.open({ name: "change", span: spans[Math.max(0, here)] })}>Change …</Small>
          <Small act={() => desk.open({ name: "merge", entity: entity.id })}>Same as …</Small>
          {spans.length > 1 && <Small act={() => desk.open({ name: "divide", entity: entity.id })}>Divide …</Small>}
        </div>
      )}
    </li>
  );
}

function Small({ act, children }: { act: () => unknown; children: string }) {
  return <button type="button" class="quiet small" onClick={() => void act()}>{children}</button>;
}

function linesOf(desk: Desk, spans: Span[]): string {
  const labels = [...new Set(spans.map((s) => desk.view.lineLabel(s.first)))];
  if (labels.length > 7) return `lines ${labels.slice(0, 6).join(", ")} and ${labels.length - 6} more`;
  return `${labels.length > 1 ? "lines" : "line"} ${labels.join(", ")}`;
}

/** Entities with mentions, in the order of their first one. */
function groupsOf(desk: Desk): Group[] {
  const { view } = desk;
  const known = new Map(view.entities.map((entity) => [entity.id, entity]));
  const groups = new Map<string, Group>();
  for (const span of [...view.spans].sort((a, b) => a.first - b.first)) {
    if (span.action !== "hide" && span.action !== "replace") continue;
    const key = span.entity || `${span.category} ${span.shown}`;
    const entity = known.get(span.entity) ?? {
      id: key, category: span.category, replacement: span.shown, forms: [view.said(span.first, span.last)], mentions: 1,
    };
    const group = groups.get(key) ?? { entity, spans: [] };
    group.spans.push(span);
    groups.set(key, group);
  }
  return [...groups.values()];
}
