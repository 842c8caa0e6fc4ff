import type { Rate, RateLimit } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { usageError } from "./exit.ts";
import { showCount } from "./measures.ts";
import { nearest } from "./nearest.ts";
import { count, nullable, object, text } from "./schema.ts";

const unitsMs: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const rateSchema = object({ count, perMs: count, burst: count });

export const limitSchema = object({
  name: text,
  description: text,
  rate: nullable(rateSchema),
  configured: nullable(rateSchema),
  refused: count,
});

export const optionalRateSchema = nullable(rateSchema);

/** `100/1m+20`, as in the server's settings; `off` where there is none. */
export function showRate(rate: Rate | undefined): string {
  if (rate === undefined) return "off";
  const units = [...unitsMs].filter(([, unitMs]) => rate.perMs % unitMs === 0);
  const [unit, unitMs] = units.at(-1) ?? ["ms", 1];
  return `${rate.count}/${rate.perMs / unitMs}${unit}+${rate.burst}`;
}

export function showLimit({ rate, configured, refused }: RateLimit): string {
  const changed = showRate(rate) === showRate(configured) ? "" : ` (settings: ${showRate(configured)})`;
  return `${showRate(rate)}${changed}, ${showCount(refused, "refusal")}`;
}

export function limitJson(limit: RateLimit) {
  return { ...limit, rate: limit.rate ?? null, configured: limit.configured ?? null };
}

/** `off`, `configured`, or a rate. The server knows the limits of its numbers. */
export function readRate(
  written: string,
): { readonly $case: "rate"; readonly value: Rate } | { readonly $case: "off" | "configured"; readonly value: true } {
  if (written === "off" || written === "configured") return { $case: written, value: true };
  const [, amount = "", per = "", unit = "", burst = "0"] =
    /^(\d{1,9})\/(\d{1,9})(ms|s|m|h|d)(?:\+(\d{1,9}))?$/.exec(written) ?? [];
  const perMs = Number(per) * (unitsMs.get(unit) ?? Number.NaN);
  if (amount !== "" && perMs <= 86_400_000) {
    return { $case: "rate", value: { count: Number(amount), perMs, burst: Number(burst) } };
  }
  throw usageError(
    `${JSON.stringify(written)} is no rate; it must be such as 100/1m+20 (100 a minute, at most 20 at once), off, or configured`,
  );
}

export function limitNamed(limits: readonly RateLimit[], name: string): RateLimit {
  const found = limits.find((limit) => limit.name === name);
  if (found !== undefined) return found;
  const names = limits.map((limit) => limit.name);
  const guess = nearest(name, names);
  throw usageError(`there is no rate limit ${name}${guess === "" ? "" : `; did you mean ${guess}?`}`, [
    `There are ${names.join(", ")}.`,
  ]);
}
