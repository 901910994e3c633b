// The wave form on two canvases: the whole recording, and some seconds around the place that is heard, both in the
// colours of the speakers. A library's wave form would bring style elements that the page's security policy forbids.
import type { Player } from "./player";
import type { View } from "./view";

/** Seconds that the detail shows. */
const AROUND_S = 14;

export class Wave {
  private colours: Record<string, string> = {};
  private speaking: { view: View | null; roles: string[]; step: number } = { view: null, roles: [], step: 0.1 };
  private overviewImage: { key: string; image: ImageBitmap | OffscreenCanvas } | null = null;
  private dirty = true;
  private frame = 0;

  constructor(
    private readonly overview: HTMLCanvasElement,
    private readonly detail: HTMLCanvasElement,
    private readonly player: Player,
    private readonly view: () => View,
  ) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.restyle());
    new ResizeObserver(() => this.restyle()).observe(detail);
    for (const [canvas, seconds] of [[overview, this.overviewTime], [detail, this.detailTime]] as const) {
      canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        this.player.seek(seconds.call(this, event));
      });
      canvas.addEventListener("pointermove", (event) => {
        if (canvas === overview && event.buttons & 1) this.player.seek(seconds.call(this, event));
      });
    }
    player.onTime(() => this.changed());
    player.onChange(() => this.changed());
    this.restyle();
  }

  changed(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private get seconds(): number {
    return this.view().facts.seconds || this.player.audio.duration || 1;
  }

  private overviewTime(event: PointerEvent): number {
    return (event.offsetX / this.overview.clientWidth) * this.seconds;
  }

  private detailTime(event: PointerEvent): number {
    return this.left() + (event.offsetX / this.detail.clientWidth) * AROUND_S;
  }

  /** The time at the left edge of the detail. */
  private left(): number {
    return Math.max(-1, Math.min(this.player.time - AROUND_S * 0.35, this.seconds - AROUND_S + 1));
  }

  private restyle(): void {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["r0", "r1", "r2", "r3", "faint", "ink", "accent", "lane", "soft", "unclear"]) {
      this.colours[name] = style.getPropertyValue(`--${name}`).trim() || "#888";
    }
    this.dirty = true;
    this.changed();
  }

  private draw(): void {
    fit(this.overview);
    fit(this.detail);
    if (!this.overview.width || !this.detail.width) return;
    this.speakers();
    this.drawOverview();
    this.drawDetail();
  }

  /** Who speaks in each tenth of a second. */
  private speakers(): void {
    const view = this.view();
    if (this.speaking.view === view) return;
    const step = 0.1;
    const roles = new Array<string>(Math.ceil(this.seconds / step) + 1).fill("");
    for (const word of view.words) {
      if (word.start === null || word.end === null) continue;
      for (let n = Math.floor(word.start / step); n <= Math.floor(word.end / step); n++) roles[n] = word.role;
    }
    this.speaking = { view, roles, step };
    this.dirty = true;
  }

  private colourAt(time: number): string {
    return this.colours[colourOf(this.speaking.roles[Math.floor(time / this.speaking.step)] ?? "")];
  }

  /** The loudest between two times, 0..1. */
  private loudness(from: number, to: number): number {
    const peaks = this.player.peaks;
    if (!peaks) return 0;
    let most = 0;
    const last = Math.max(from * peaks.per_second + 1, to * peaks.per_second);
    for (let n = Math.max(0, Math.floor(from * peaks.per_second)); n < last; n++) most = Math.max(most, peaks.peaks[n] ?? 0);
    return most;
  }

  private drawOverview(): void {
    const { overview: canvas } = this;
    const context = canvas.getContext("2d")!;
    const { width, height } = canvas;
    const scale = width / this.seconds;
    const key = `${width}x${height} ${this.player.peaks?.peaks.length ?? 0}`;
    if (this.dirty || this.overviewImage?.key !== key) {
      const image = new OffscreenCanvas(width, height);
      this.drawBars(image.getContext("2d")!, 0, this.seconds, width, height * 0.86, 2);
      this.overviewImage = { key, image };
      this.dirty = false;
    }
    context.clearRect(0, 0, width, height);
    context.drawImage(this.overviewImage.image, 0, 0);
    context.fillStyle = this.colours.accent;
    const strip = Math.max(2, height * 0.08);
    for (const [start, end] of this.player.heard.ranges) {
      context.fillRect(start * scale, height - strip, Math.max(1, (end - start) * scale), strip);
    }
    const wide = Math.max(2, devicePixelRatio * 2);
    context.fillStyle = this.colours.ink;
    context.fillRect(this.player.time * scale - wide / 2, 0, wide, height);
  }

  private drawDetail(): void {
    const { detail: canvas } = this;
    const context = canvas.getContext("2d")!;
    const { width, height } = canvas;
    const left = this.left();
    const scale = width / AROUND_S;
    context.clearRect(0, 0, width, height);
    if (this.player.loop) {
      const [start, end] = this.player.loop;
      context.fillStyle = this.colours.lane;
      context.fillRect((start - left) * scale, 0, (end - start) * scale, height);
    }
    this.drawBars(context, left, AROUND_S, width, height - 16 * devicePixelRatio, 3);
    context.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    context.fillStyle = this.colours.soft;
    for (let t = Math.ceil(left / 2) * 2; t < left + AROUND_S; t += 2) {
      if (t < 0 || t > this.seconds) continue;
      const label = `${Math.floor(t / 60)}:${String(Math.floor(t % 60)).padStart(2, "0")}`;
      context.fillText(label, (t - left) * scale + 3 * devicePixelRatio, height - 4 * devicePixelRatio);
    }
    context.fillStyle = this.colours.ink;
    const wide = Math.max(1, devicePixelRatio * 1.5);
    context.fillRect((this.player.time - left) * scale - wide / 2, 0, wide, height);
  }

  private drawBars(
    context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
    from: number, seconds: number, width: number, height: number, bar: number,
  ): void {
    const step = bar * Math.max(1, Math.round(devicePixelRatio));
    const per = seconds / width;
    // Bars stand at fixed times, so that they do not flicker while they move along.
    const first = Math.floor(from / (per * step)) * per * step;
    for (let t = first; t < from + seconds; t += per * step) {
      if (t < 0 || t > this.seconds) continue;
      const high = Math.max(devicePixelRatio, Math.sqrt(this.loudness(t, t + per * step)) * height);
      context.fillStyle = this.colourAt(t + (per * step) / 2);
      context.fillRect(Math.round((t - from) / per), (height - high) / 2, Math.max(1, step - devicePixelRatio), high);
    }
  }
}

/** The name of a role's colour; "faint" for silence. */
export function colourOf(role: string): string {
  if (!role) return "faint";
  const kind = role[0] === "I" ? 0 : role[0] === "P" ? 1 : 2;
  return kind < 2 && role.length > 1 ? `r${kind + 2}` : `r${kind}`;
}

function fit(canvas: HTMLCanvasElement): void {
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
