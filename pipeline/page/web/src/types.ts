// What the server and the page say to each other. Indices count words of the version they came with, both ends inclusive.

export type WordRow = [
  text: string,
  start: number | null,
  end: number | null,
  role: string,
  turn: number,
  conf: number | null,
  flags: string,
];
export type EventRow = [before: number, kind: EventKind, text: string, role: string | null, mark?: string];
export type EventKind = "unclear" | "pause" | "nonverbal" | "note";

export interface Span {
  id: string;
  first: number;
  last: number;
  entity: string;
  category: string;
  shown: string;
  /** What stays readable before and after: quotes, commas, 's. */
  lead?: string;
  tail?: string;
  action: "hide" | "replace" | "flag" | "keep";
  method: string;
  decision: string;
}
export interface Entity {
  id: string;
  category: string;
  replacement: string;
  forms: string[];
  mentions: number;
}
export interface Doubt {
  id: string;
  first: number;
  last: number;
  why: string;
  text: string;
  weight: number;
  done: boolean;
}
export interface Unfitting {
  id: string;
  kind: string;
  why: string;
}
/** One interview as the server tells it. */
export interface ViewData {
  id: string;
  version: string;
  locked: boolean;
  lock_version: number;
  has_silenced: boolean;
  signed: { who: string; when: string } | null;
  seconds: number | null;
  has_audio: boolean;
  roles: Record<string, string>;
  words: WordRow[];
  turns: [first: number, last: number, role: string][];
  /** A turn or a line of notes alone ends before it begins: last = first - 1. */
  lines: [label: number | string, first: number, last: number, turn?: number][];
  events: EventRow[];
  spans: Span[];
  entities: Entity[];
  doubts: Doubt[];
  combination: { what: string; values: string[] }[];
  heard: [number, number][];
  heard_share: number | null;
  unfitting: Unfitting[];
  /** Drawn for a second listener. */
  stretches?: [number, number][];
  undo: number;
  redo: number;
}

export type Edit =
  | { kind: "text"; first: number; last: number; text: string }
  | { kind: "insert"; before: number; text: string; role?: string }
  | { kind: "delete"; first: number; last: number }
  | { kind: "split"; before: number }
  | { kind: "join"; first: number }
  | { kind: "speaker"; first: number; last: number; role: string; aside?: boolean }
  | { kind: "swap_roles" }
  | { kind: "event"; before: number; event: EventKind; text?: string; seconds?: number; role?: string }
  | { kind: "remove_event"; before: number; event: EventKind; text?: string }
  | { kind: "overlap"; first: number; last: number; on: boolean }
  | { kind: "confirm"; first: number; last: number }
  | { kind: "redact"; first: number; last: number; category: string; entity?: string; replacement?: string }
  | { kind: "reject"; span: string; all: boolean }
  | { kind: "accept"; span: string; all: boolean }
  | { kind: "change"; span: string; all: boolean; category?: string; replacement?: string }
  | { kind: "decide"; span: string; decision: "keep" | "replace"; replacement?: string }
  | { kind: "merge"; entity: string; into: string }
  | { kind: "divide"; entity: string; spans: string[]; replacement?: string };

export type InterviewState = "waiting" | "transcribed" | "in_review" | "signed" | "locked";
export interface Interview {
  id: string;
  state: InterviewState;
  seconds: number | null;
  words: number;
  quality: string;
  open: number;
  heard: number;
  review_s: number;
  next: string;
  has_audio: boolean;
}
export interface Session {
  csrf: string;
  who: string;
  /** The one interview that this session is about; null for all. */
  only: string | null;
  idle_s: number;
}
export interface Offer {
  first: number;
  last: number;
  text: string;
  why: string;
}
export interface Exported {
  files: string[];
  messages: string[];
}
