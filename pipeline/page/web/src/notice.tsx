import type { ComponentChildren } from "preact";

/** A page that says one thing. */
export function Notice({ title, text, children }: { title: string; text: string; children?: ComponentChildren }) {
  return (
    <main class="notice">
      <h1>{title}</h1>
      <p>{text}</p>
      {children}
    </main>
  );
}
