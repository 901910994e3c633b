// The recording: playing, stepping back, speed, a turn over and over, silence left out.
import { interview } from "./api";
import type { Heard } from "./heard";
import type { View } from "./view";

export const RATES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];
/** Silence shorter than this is played (seconds); of a longer one LEAD_S are left before the next word. */
const SILENCE_S = 0.9;
const LEAD_S = 0.25;
/** Below this share of the loudest, sound counts as silence. */
const QUIET = 0.04;

export interface Peaks {
  per_second: number;
  peaks: number[];
}

export class Player {
  readonly audio = new Audio();
  loop: [number, number] | null = null;
  skipSilence = false;
  silenced = false;
  peaks: Peaks | null = null;
  private until: number | null = null;
  private frame = 0;
  private listeners: ((seconds: number) => void)[] = [];
  private changes: (() => void)[] = [];

  constructor(private readonly id: string, private readonly view: () => View, readonly heard: Heard) {
    const { audio } = this;
    audio.preload = "metadata";
    audio.preservesPitch = true;
    audio.src = interview(id, "/sound");
    audio.addEventListener("play", () => this.started());
    audio.addEventListener("pause", () => this.stopped());
    audio.addEventListener("ended", () => this.stopped());
    audio.addEventListener("seeking", () => this.heard.interrupted());
    audio.addEventListener("timeupdate", () => this.tick());
    audio.addEventListener("error", () => this.tell());
  }

  onTime(listener: (seconds: number) => void): void {
    this.listeners.push(listener);
  }

  onChange(listener: () => void): void {
    this.changes.push(listener);
  }

  get playing(): boolean {
    return !this.audio.paused;
  }
  get time(): number {
    return this.audio.currentTime;
  }
  get rate(): number {
    return this.audio.playbackRate;
  }
  get failed(): boolean {
    return this.audio.error !== null;
  }

  toggle(): void {
    if (this.playing) this.audio.pause();
    else this.play();
  }

  play(): void {
    this.until = null;
    this.audio.play().catch(() => this.tell());
  }

  pause(): void {
    this.audio.pause();
  }

  seek(seconds: number): void {
    this.until = null;
    if (this.loop && (seconds < this.loop[0] || seconds > this.loop[1])) this.loop = null;
    this.audio.currentTime = Math.max(0, Math.min(seconds, this.view().facts.seconds ?? seconds));
    this.say();
    this.tell();
  }

  step(seconds: number): void {
    this.seek(this.time + seconds);
  }

  /** Plays from `start`: to `end` if nothing is playing, else on. */
  hear(start: number, end: number): void {
    const going = this.playing && this.until === null;
    this.seek(start);
    if (going) return;
    this.until = end;
    this.audio.play().catch(() => this.tell());
  }

  setRate(rate: number): void {
    this.audio.defaultPlaybackRate = this.audio.playbackRate = rate;
    this.tell();
  }

  /** The next speed up or down. */
  faster(by: 1 | -1): void {
    const at = RATES.reduce((best, rate, n) => (Math.abs(rate - this.rate) < Math.abs(RATES[best] - this.rate) ? n : best), 0);
    this.setRate(RATES[Math.max(0, Math.min(RATES.length - 1, at + by))]);
  }

  /** The stretch is played over and over, from its start; null to go on after it. */
  setLoop(range: [number, number] | null): void {
    this.loop = range;
    if (range && (this.time < range[0] || this.time > range[1])) this.audio.currentTime = range[0];
    if (range) this.play();
    this.tell();
  }

  setSkipSilence(on: boolean): void {
    this.skipSilence = on;
    this.tell();
  }

  /** The copy in which identifiers are silenced, as it would be given away. */
  setSilenced(on: boolean): void {
    const { time, playing, rate } = this;
    this.silenced = on;
    this.audio.src = interview(this.id, on ? "/sound?copy=silenced" : "/sound");
    this.audio.currentTime = time;
    this.setRate(rate);
    if (playing) this.play();
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  private started(): void {
    const paint = () => {
      this.tick();
      if (this.playing) this.frame = requestAnimationFrame(paint);
    };
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(paint);
    this.tell();
  }

  private stopped(): void {
    this.heard.interrupted();
    this.heard.send();
    this.until = null;
    this.tell();
  }

  private tick(): void {
    const { time } = this;
    if (this.playing && !this.audio.seeking) {
      if (!this.silenced) this.heard.playing(time, this.rate);
      if (this.until !== null && time >= this.until) this.audio.pause();
      else if (this.loop && time >= this.loop[1]) this.audio.currentTime = this.loop[0];
      else if (this.skipSilence && this.until === null) this.leap(time);
    }
    this.say();
  }

  /** Leaps over silence in which nobody speaks, by the words and by the loudness. */
  private leap(time: number): void {
    const view = this.view();
    const at = view.wordAt(time);
    const ends = at < 0 ? 0 : (view.words[at].end ?? time);
    if (time < ends + 0.3) return;
    const next = view.words.slice(at + 1).find((w) => w.start !== null && w.start > time)?.start;
    if (next == null || next - time < SILENCE_S) return;
    const to = Math.min(next, this.quietUntil(time)) - LEAD_S;
    if (to - time > SILENCE_S / 2) this.audio.currentTime = to;
  }

  private quietUntil(time: number): number {
    if (!this.peaks) return Infinity;
    const { per_second, peaks } = this.peaks;
    let n = Math.floor(time * per_second);
    while (n < peaks.length && peaks[n] < QUIET) n++;
    return n / per_second;
  }

  private say(): void {
    for (const listener of this.listeners) listener(this.time);
  }

  private tell(): void {
    for (const listener of this.changes) listener();
  }
}
