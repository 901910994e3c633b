import { useEffect, useReducer } from "preact/hooks";
import type { Desk } from "./desk";

/** Draws the component again whenever something on the desk has changed. */
export function useDesk(desk: Desk): void {
  const [, again] = useReducer<number, void>((n) => n + 1, 0);
  useEffect(() => desk.onChange(() => again()), [desk]);
}
