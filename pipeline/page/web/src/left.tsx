// The combination check: what is still readable and could, taken together, point to one person.
import type { Desk } from "./desk";
import { useDesk } from "./hooks";

export function LeftPanel({ desk }: { desk: Desk }) {
  useDesk(desk);
  const rows = desk.view.facts.combination.filter((row) => row.values.length);
  return (
    <>
      <p class="hint">
        Read this as somebody would who knows the county, the service and the year. If it points to one person, hide or
        generalise one or two of them.
      </p>
      {!rows.length && <p class="empty">Nothing of this kind is left.</p>}
      <dl class="left">
        {rows.map((row) => (
          <div key={row.what}>
            <dt>{row.what}</dt>
            <dd>
              {row.values.map((value) => (
                <button type="button" class="quiet small value" key={value} onClick={() => find(desk, value)}
                  title="Find in the text">{value}</button>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** Goes to the next place where this is read. */
function find(desk: Desk, value: string): void {
  const { view } = desk;
  const after = desk.cursor.range.last;
  const spans = view.spans.filter((s) => s.action !== "keep" && s.shown.includes(value)).sort((a, b) => a.first - b.first);
  const span = spans.find((s) => s.first > after) ?? spans[0];
  if (span) return desk.goTo(span, false, false);
  const tokens = value.toLowerCase().split(/\s+/u);
  const here = (n: number) =>
    tokens.every((t, k) => view.words[n + k]?.text.toLowerCase().replace(/^\P{L}+|[^\p{L}\p{N}]+$/gu, "") === t
      || view.words[n + k]?.text.toLowerCase().includes(t));
  const places = view.words.map((_, n) => n).filter(here);
  const first = places.find((n) => n > after) ?? places[0];
  if (first !== undefined) desk.goTo({ first, last: first + tokens.length - 1 }, false, false);
}
