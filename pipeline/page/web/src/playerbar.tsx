// The sound: wave form, play, speed, repeat, silence, and how much of it was heard.
import { useEffect, useRef } from "preact/hooks";
import { command, run } from "./commands";
import type { Desk } from "./desk";
import { useDesk } from "./hooks";
import { RATES } from "./player";
import { Wave, colourOf } from "./wave";
import { clock, percent } from "./words";

export function PlayerBar({ desk }: { desk: Desk }) {
  useDesk(desk);
  const overview = useRef<HTMLCanvasElement>(null);
  const detail = useRef<HTMLCanvasElement>(null);
  const now = useRef<HTMLSpanElement>(null);
  const slider = useRef<HTMLDivElement>(null);
  const share = useRef<HTMLElement>(null);
  const { player, heard } = desk;
  const seconds = desk.view.facts.seconds ?? 0;
  useEffect(() => {
    const wave = new Wave(overview.current!, detail.current!, player, () => desk.view);
    let shown = "";
    player.onTime((time) => {
      const text = clock(time);
      if (text === shown || !now.current) return;
      shown = now.current.textContent = text;
      slider.current!.setAttribute("aria-valuenow", String(Math.round(time)));
      slider.current!.setAttribute("aria-valuetext", `${text} of ${clock(seconds)}`);
      share.current!.textContent = percent(heard.share);
    });
    return desk.onChange(() => wave.changed());
  }, [desk]);
  const key = (event: KeyboardEvent) => {
    const by: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -30, PageUp: 30 };
    if (event.altKey || event.ctrlKey || !(event.key in by)) return;
    event.preventDefault();
    player.step(by[event.key]);
  };
  return (
    <section class="player" aria-label="Sound">
      <div class="controls">
        <button type="button" class="play" aria-label={player.playing ? "Pause" : "Play"}
          title={`${player.playing ? "Pause" : "Play"} (F4)`} onClick={() => player.toggle()}>
          <svg viewBox="0 0 20 20" aria-hidden="true">
            {player.playing ? <path d="M5 3h4v14H5zM11 3h4v14h-4z" /> : <path d="M5 3l12 7-12 7z" />}
          </svg>
        </button>
        <button type="button" class="quiet tool" title="Back 3 seconds (F7)" onClick={() => player.step(-3)}>−3 s</button>
        <button type="button" class="quiet tool" title="On 3 seconds (F8)" onClick={() => player.step(3)}>+3 s</button>
        <span class="clock"><span ref={now}>{clock(player.time)}</span> / {clock(seconds)}</span>
        <label class="speed">
          <span class="for-readers">Speed</span>
          <select value={String(player.rate)} title="Speed (Alt ↑, Alt ↓)"
            onChange={(event) => player.setRate(Number(event.currentTarget.value))}>
            {RATES.map((rate) => <option value={String(rate)} key={rate}>{rate} ×</option>)}
          </select>
        </label>
        <Toggle on={!!player.loop} name="Repeat turn" keys="Alt L" act={() => run(desk, command("loop"))} />
        <Toggle on={player.skipSilence} name="Skip silence" keys="Alt I" act={() => run(desk, command("skip"))} />
        {desk.view.facts.has_silenced && (
          <Toggle on={player.silenced} name="Silenced copy" keys="Alt Q" act={() => run(desk, command("silenced"))} />
        )}
        <span class="gap" />
        <span class="legend">
          {Object.entries(desk.view.facts.roles).map(([role, name]) => (
            <span key={role}><i class={`swatch ${colourOf(role)}`} />{name}</span>
          ))}
        </span>
        <span class="heard" title="The share of the recording that was played">
          <i class="swatch accent" />heard <b ref={share}>{percent(heard.share)}</b>
        </span>
      </div>
      {player.failed && <p class="problem" role="alert">The sound cannot be played. Everything else works.</p>}
      <div class="waves">
        <canvas class="detail" ref={detail} aria-hidden="true" />
        <div class="overview" ref={slider} role="slider" tabIndex={0} aria-label="Place in the recording" aria-valuemin={0}
          aria-valuemax={Math.round(seconds)} aria-valuenow={0} aria-valuetext={clock(0)} onKeyDown={key}>
          <canvas ref={overview} aria-hidden="true" />
        </div>
      </div>
    </section>
  );
}

function Toggle({ on, name, keys, act }: { on: boolean; name: string; keys: string; act: () => void }) {
  return (
    <button type="button" class="quiet toggle" aria-pressed={on} title={`${name} (${keys})`} onClick={act}>{name}</button>
  );
}
