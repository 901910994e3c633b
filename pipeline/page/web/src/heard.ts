// What was played: stretches of the recording that sounded, not places that were clicked.
import { beacon, interview, post } from "./api";

const SEND_MS = 5000;
/** Sound goes on between two looks at the clock if the recording has moved on by less than this (seconds). */
const STEP_S = 1.5;

export class Heard {
  /** Played in this session and before, disjoint and in order. */
  ranges: [number, number][];
  private fresh: [number, number][] = [];
  private at: number | null = null;
  private rate = 1;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly id: string, before: [number, number][], private readonly seconds: number) {
    this.ranges = joined(before);
    this.timer = setInterval(() => this.send(), SEND_MS);
  }

  /** Called often while it plays, with the position in seconds. */
  playing(position: number, rate: number): void {
    const step = this.at === null ? -1 : position - this.at;
    if (this.at !== null && step > 0 && step < STEP_S * Math.max(1, rate)) {
      this.fresh = joined([...this.fresh, [this.at, position]]);
      this.ranges = joined([...this.ranges, [this.at, position]]);
    }
    this.at = position;
    this.rate = rate;
  }

  /** It stopped, or jumped. */
  interrupted(): void {
    this.at = null;
  }

  get share(): number {
    if (!this.seconds) return 0;
    return Math.min(1, this.ranges.reduce((sum, [a, b]) => sum + b - a, 0) / this.seconds);
  }

  send(last = false): void {
    if (!this.fresh.length) return;
    const ranges = this.fresh;
    this.fresh = [];
    const body = { ranges: ranges.map(([a, b]) => [round(a), round(b)]), rate: this.rate };
    if (last) beacon(interview(this.id, "/heard"), body);
    else {
      post(interview(this.id, "/heard"), body).catch(() => {
        this.fresh = joined([...ranges, ...this.fresh]); // for the next try
      });
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.send(true);
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

/** Ranges in order, those that touch made one. */
export function joined(ranges: [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = result[result.length - 1];
    if (last && start <= last[1] + 0.05) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}
