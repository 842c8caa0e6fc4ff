const unitsMs: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

const short = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;
/** ISO 8601-1 §5.5.2.4 without years and months, whose length varies. */
const iso =
  /^P(?=[\dT])(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?$/;

/** Longer than any workflow should wait, and far within what a double counts exactly: ten years. */
const maxMs = 315_360_000_000;

export const durationForms = "a duration such as `100ms`, `30s`, `5m`, `2h`, `1d` or `PT1M30S`, at most ten years";

/** A duration in milliseconds, or null where the text is none. */
export function durationMs(text: string): number | null {
  if (text.length > 64) return null;
  const ms = shortMs(text) ?? isoMs(text);
  return ms === null || ms > maxMs ? null : Math.round(ms);
}

function shortMs(text: string): number | null {
  const [, amount = "", unit = ""] = short.exec(text) ?? [];
  const unitMs = unitsMs.get(unit);
  return unitMs === undefined ? null : Number(amount) * unitMs;
}

function isoMs(text: string): number | null {
  const match = iso.exec(text);
  if (match === null) return null;
  const units = ["w", "d", "h", "m", "s"].map((unit) => unitsMs.get(unit) ?? 0);
  return units.reduce((total, unitMs, index) => total + Number(match[index + 1] ?? 0) * unitMs, 0);
}
