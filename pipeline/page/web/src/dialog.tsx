import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Desk } from "./desk";

interface DialogProps {
  desk: Desk;
  title: string;
  wide?: boolean;
  /** What the main button says and does; without it the dialogue only tells something. */
  action?: string;
  off?: boolean;
  onAction?: () => void;
  children: ComponentChildren;
}

/** A modal dialogue: the browser keeps the focus inside, Esc closes, Enter does what the main button does. */
export function Dialog({ desk, title, wide, action, off, onAction, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    const first = dialog.current?.querySelector<HTMLElement>("[data-first]:not([data-first=false])");
    (first ?? dialog.current?.querySelector<HTMLElement>("button.main"))?.focus();
  }, []);
  const close = () => desk.closeDialog();
  const act = () => {
    if (!off) (onAction ?? close)();
  };
  return (
    <dialog ref={dialog} class={wide ? "wide" : ""} aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => event.target === dialog.current && close()}>
      <form method="dialog" onSubmit={(event) => {
        event.preventDefault();
        act();
      }} onKeyDown={(event) => {
        if (event.key !== "Enter" || (event.target as HTMLElement).matches("button")) return;
        event.preventDefault(); // a list of choices would open
        act();
      }}>
        <h2 id="dialog-title">{title}</h2>
        <div class="dialog-body" tabIndex={action ? undefined : 0}>{children}</div>
        <footer>
          {action && <button type="button" class="quiet" onClick={close}>Cancel</button>}
          <button type="submit" class="main" disabled={off}>{action ?? "Close"}</button>
        </footer>
      </form>
    </dialog>
  );
}
