/** How settings are written. Each parser gives undefined for a text that is not allowed. */

/** A token bucket: `count` tokens come back each `perMs` milliseconds, evenly; it never holds more than `burst`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
  readonly burst: number;
}

/** `host:port`, IPv6 hosts in brackets. */
export function address(text: string): string | undefined {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon);
  const allowed =
    colon > 0 &&
    /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)$/.test(host) &&
    wholeNumber(text.slice(colon + 1), 0, 65_535) !== undefined;
  return allowed ? text : undefined;
}

export function wholeNumber(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

export function share(text: string): number | undefined {
  const value = /^\d{1,3}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  return value >= 0 && value <= 1 ? value : undefined;
}

const unitsMs = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

export function durationMs(text: string, minMs: number, maxMs: number): number | undefined {
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const value = Number(digits) * (unitsMs.get(unit) ?? Number.NaN);
  return value >= minMs && value <= maxMs ? value : undefined;
}

/** `100/1m+20`: 100 a minute, at most 20 at once; without `+`, all of them at once. `off`: null. */
export function rate(text: string): Rate | null | undefined {
  if (text === "off") return null;
  const [, count = "", duration = "", burst] = /^(\d+)\/(\w+)(?:\+(\d+))?$/.exec(text) ?? [];
  const tokens = wholeNumber(count, 1, 1_000_000_000);
  const perMs = durationMs(duration, 1_000, 86_400_000);
  const capacity = burst === undefined ? tokens : wholeNumber(burst, 1, 1_000_000_000);
  if (tokens === undefined || perMs === undefined || capacity === undefined) return undefined;
  return { count: tokens, perMs, burst: capacity };
}

/** As it is written: for answers and messages. */
export function showRate(limit: Rate | null): string {
  if (limit === null) return "off";
  const units = [...unitsMs].filter(([, unitMs]) => limit.perMs % unitMs === 0);
  const [name, unitMs] = units.at(-1) ?? ["ms", 1];
  return `${limit.count}/${limit.perMs / unitMs}${name}+${limit.burst}`;
}

/** An address of a service with one of `protocols`, such as `redis:`. Empty: null, there is none. */
export function url(text: string, protocols: readonly string[]): string | null | undefined {
  if (text === "") return null;
  return URL.canParse(text) && protocols.includes(new URL(text).protocol) && decodes(text) ? text : undefined;
}

/** A password with a `%` that is not followed by two hexadecimal digits is no address to whoever connects. */
function decodes(text: string): boolean {
  try {
    decodeURIComponent(new URL(text).username);
    decodeURIComponent(new URL(text).password);
    return true;
  } catch {
    return false;
  }
}

/** Comma-separated; blanks around the commas do not count. */
export function list(text: string): readonly string[] {
  return text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
}

/** An address without the password that may be in it; empty where there is none. */
export function masked(text: string): string {
  if (text === "") return "";
  if (!URL.canParse(text)) return "***";
  const parsed = new URL(text);
  if (parsed.password !== "") parsed.password = "***";
  if (parsed.search !== "") parsed.search = "?***";
  return parsed.href;
}
