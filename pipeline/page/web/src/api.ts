// Requests to the server. Every change carries the session's CSRF token.
import type { Session } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string,
    readonly body: Record<string, unknown>,
  ) {
    super(message);
  }
}

/** The server does not answer: it was closed or killed. */
export class GoneError extends Error {}

let csrf = "";
let whenIdle: () => void = () => {};
let asked = 0;
/** Somebody who reads without changing anything is there all the same (ms between two signs of it). */
const SIGN_MS = 60_000;
const LOOK_MS = 15_000;

export async function openSession(onIdle: () => void): Promise<Session> {
  whenIdle = onIdle;
  const session = await get<Session>("/api/session");
  csrf = session.csrf;
  const say = () => void get("/api/session").catch(() => {});
  for (const sign of ["keydown", "pointerdown", "wheel"]) {
    addEventListener(sign, () => Date.now() - asked > SIGN_MS && say(), { passive: true });
  }
  // Nobody was there for the whole time: the server has locked itself, and the answer says so.
  setInterval(() => Date.now() - asked > session.idle_s * 1000 + LOOK_MS && say(), LOOK_MS);
  return session;
}

export function get<T>(path: string): Promise<T> {
  return ask<T>(path, { method: "GET" });
}

/** `last`: the page is being left; the browser sends it all the same. */
export function post<T>(path: string, body: object, last = false): Promise<T> {
  return ask<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF": csrf },
    body: JSON.stringify(body),
    keepalive: last,
  });
}

/** What must still be said while the page goes away. */
export function beacon(path: string, body: object): void {
  navigator.sendBeacon(path, new Blob([JSON.stringify({ ...body, csrf })], { type: "application/json" }));
}

export function interview(id: string, rest = ""): string {
  return `/api/interviews/${encodeURIComponent(id)}${rest}`;
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  asked = Date.now();
  try {
    response = await fetch(path, { ...init, credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new GoneError("The program does not answer.");
  }
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (response.ok) return body as T;
  if (response.status === 401) whenIdle();
  const message = typeof body.error === "string" ? body.error : `The program answered with ${response.status}.`;
  throw new ApiError(response.status, message, typeof body.code === "string" ? body.code : "", body);
}
