import { durationMs } from "./command.ts";
import { usageError } from "./exit.ts";

/** How durations, sizes and times are written for people, and read. `--json` has the raw numbers instead. */

const unitsMs = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** `0.4 ms`, `12 ms`, `3.2 s`, `4m 5s`, `2d 3h`: two units at most. */
export function showDuration(ms: number): string {
  if (ms < 0) return `-${showDuration(-ms)}`;
  if (ms < 1_000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  const index = unitsMs.findIndex(([, unit]) => ms >= unit);
  const [large, largeMs] = unitsMs[index] ?? ["s", 1_000];
  const [small, smallMs] = unitsMs[index + 1] ?? ["s", 1_000];
  const rest = Math.floor((ms % largeMs) / smallMs);
  return `${Math.floor(ms / largeMs)}${large}${rest === 0 ? "" : ` ${rest}${small}`}`;
}

/** `812 B`, `1.5 KiB`, `64 MiB`. */
export function showBytes(bytes: number | bigint): string {
  let value = Number(bytes);
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (value < 1_024) return `${unit === "B" || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${unit}`;
    value /= 1_024;
  }
  return `${Number(value.toFixed(1))} TiB`;
}

/** `2030-01-02 03:04:05`, UTC. */
export function showTime(time: Date | undefined): string {
  return time === undefined ? "never" : time.toISOString().slice(0, 19).replace("T", " ");
}

export function showAgo(time: Date | undefined, now: Date): string {
  if (time === undefined) return "never";
  const ms = now.getTime() - time.getTime();
  return ms < 1_000 ? "now" : `${showDuration(ms)} ago`;
}

export function showShare(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

/** `1 replica`, `3 replicas`, `2 entries`. */
export function showCount(amount: number | bigint, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString("en")} ${amount === 1 || amount === 1n ? one : many}`;
}

/** A point in time: ISO 8601, or how long ago, such as `90m`. */
export function timeOf(written: string, flag: string, now: Date): Date {
  if (/^\d+[a-z]+$/.test(written)) return new Date(now.getTime() - durationMs(written, flag));
  const time = new Date(/^\d{4}-\d{2}-\d{2}/.test(written) ? written : Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw usageError(
    `${flag} is ${JSON.stringify(written)}; it must be a time such as 2030-01-02T03:04:05Z, or how long ago, such as 90m`,
  );
}
