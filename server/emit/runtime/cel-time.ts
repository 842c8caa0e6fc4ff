import { failEvaluation } from "./cel.ts";

/** Milliseconds since 1970 of an RFC 3339 timestamp. */
export function parseTimestamp(text: string): number {
  const isRfc3339 =
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/.test(
      text,
    );
  const ms = isRfc3339 ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms)
    ? failEvaluation(
        `${JSON.stringify(text)} is no timestamp such as 2026-01-31T08:00:00Z`,
      )
    : inYears(ms);
}

/** Milliseconds since 1970 of whole seconds since then. */
export function timestampOfSeconds(seconds: number): number {
  return inYears(seconds * 1_000);
}

function inYears(ms: number): number {
  return ms >= -62_135_596_800_000 && ms < 253_402_300_800_000
    ? ms
    : failEvaluation("the timestamp is outside the years 1 to 9999");
}

/** The RFC 3339 timestamp of milliseconds since 1970. */
export function formatTimestamp(ms: number): string {
  return new Date(inYears(ms)).toISOString().replace(".000Z", "Z");
}

/** Milliseconds of a duration such as 1h30m, 1.5s or -100ms. */
export function parseDuration(text: string): number {
  const [, sign, parts] =
    /^([+-]?)((?:(?:\d+(?:\.\d+)?|\.\d+)(?:h|ms|m|s|us|ns))+)$/.exec(text) ??
    [];
  if (parts === undefined)
    return failEvaluation(
      `${JSON.stringify(text)} is no duration such as 1h30m or 1.5s`,
    );
  let ms = 0;
  for (const [, amount, unit] of parts.matchAll(/([\d.]+)(h|ms|m|s|us|ns)/g)) {
    ms +=
      Number(amount) *
      (unit === "h"
        ? 3_600_000
        : unit === "m"
          ? 60_000
          : unit === "s"
            ? 1_000
            : unit === "ms"
              ? 1
              : unit === "us"
                ? 1e-3
                : 1e-6);
  }
  return inRange(sign === "-" ? -ms : ms);
}

/** As far as 64 bits of nanoseconds reach, which is what CEL has: 292 years. */
function inRange(ms: number): number {
  return Math.abs(ms) < 9_223_372_036_855
    ? ms
    : failEvaluation("the duration is longer than 292 years");
}

/** A duration as seconds: 90s, 0.25s. */
export function formatDuration(ms: number): string {
  return `${inRange(ms) / 1_000}s`;
}

/** The milliseconds since 1970 at which clocks in UTC show what those of a time zone show at `ms`: `Europe/Paris` or `+05:30`. */
export function inZone(ms: number, zone: string): number {
  const [, sign, hours, minutes] = /^([+-]?)(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (hours !== undefined)
    return (
      ms +
      (sign === "-" ? -60_000 : 60_000) * (Number(hours) * 60 + Number(minutes))
    );
  const shown = clockText(ms, zone);
  const local = Date.parse(`${shown.replace(" ", "T").slice(0, 19)}Z`);
  return Number.isNaN(local)
    ? failEvaluation(`there is no time zone ${JSON.stringify(zone)}`)
    : local + (((ms % 1_000) + 1_000) % 1_000);
}

/** Sweden writes dates as ISO 8601 does: 2026-01-31 08:00:00. */
function clockText(ms: number, timeZone: string): string {
  try {
    return new Date(ms).toLocaleString("sv-SE", { timeZone });
  } catch {
    return "";
  }
}

/** A part of a timestamp in UTC. Months, and days of the year and of the month, count from 0; `date` from 1; weeks begin on Sunday. */
export function timestampPart(
  ms: number,
  part:
    | "year"
    | "month"
    | "dayOfMonth"
    | "date"
    | "dayOfWeek"
    | "dayOfYear"
    | "hours"
    | "minutes"
    | "seconds"
    | "milliseconds",
): number {
  const date = new Date(ms);
  switch (part) {
    case "year":
      return date.getUTCFullYear();
    case "month":
      return date.getUTCMonth();
    case "dayOfMonth":
      return date.getUTCDate() - 1;
    case "date":
      return date.getUTCDate();
    case "dayOfWeek":
      return date.getUTCDay();
    case "dayOfYear":
      return Math.floor(
        (ms - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000,
      );
    case "hours":
      return date.getUTCHours();
    case "minutes":
      return date.getUTCMinutes();
    case "seconds":
      return date.getUTCSeconds();
    case "milliseconds":
      return date.getUTCMilliseconds();
  }
}

/** A duration as whole hours, minutes or seconds; `milliseconds` are those beyond the last whole second. */
export function durationIn(
  ms: number,
  unit: "hours" | "minutes" | "seconds" | "milliseconds",
): number {
  switch (unit) {
    case "hours":
      return Math.trunc(ms / 3_600_000);
    case "minutes":
      return Math.trunc(ms / 60_000);
    case "seconds":
      return Math.trunc(ms / 1_000);
    case "milliseconds":
      return Math.trunc(ms % 1_000) + 0;
  }
}

/** Whole seconds since 1970 of a timestamp. */
export function epochSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
