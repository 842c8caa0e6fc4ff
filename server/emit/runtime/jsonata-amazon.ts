import { hashText } from "./amazon-hash.ts";
import { queryError } from "./jsonata.ts";
import { listArgument } from "./jsonata-lists.ts";
import { numericArgument, textArgument } from "./jsonata-text.ts";
import type { Scope } from "./scope.ts";

/** $partition: arrays of at most so many items. */
export function queryPartition(
  list: unknown,
  size: unknown,
): unknown[][] | undefined {
  const items = listArgument(list);
  const width = Math.floor(numericArgument(size, "partition", 2) ?? Number.NaN);
  if (items === undefined || Number.isNaN(width)) return undefined;
  if (width < 1)
    throw queryError(
      "D3137",
      "The second argument of the partition function must be a positive number",
    );
  return Array.from({ length: Math.ceil(items.length / width) }, (_, index) =>
    items.slice(index * width, (index + 1) * width),
  );
}

/** $range: the numbers from one to another by a step. */
export function querySteps(
  first: unknown,
  last: unknown,
  step: unknown,
): number[] | undefined {
  const from = numericArgument(first, "range");
  const to = numericArgument(last, "range", 2);
  const by = numericArgument(step, "range", 3);
  if (from === undefined || to === undefined || by === undefined)
    return undefined;
  if (by === 0)
    throw queryError(
      "D3137",
      "The third argument of the range function must not be 0",
    );
  const length = Math.max(0, Math.floor((to - from) / by) + 1);
  if (length > 1000)
    throw queryError(
      "D3137",
      `The range function makes at most 1000 numbers, not ${length}`,
    );
  return Array.from({ length }, (_, index) => from + index * by);
}

/** $hash: as hexadecimal text. */
export function queryHash(
  text: unknown,
  algorithm: unknown,
): string | undefined {
  const given = textArgument(text, "hash");
  return given === undefined
    ? undefined
    : hashText(given, textArgument(algorithm, "hash", 2));
}

/** $random: from 0 to below 1; the same one for the same seed. */
export function queryRandom(scope: Scope, seed?: unknown): number {
  const given = numericArgument(seed, "random");
  if (given === undefined) return scope.run.random();
  const state = (Math.round(given) + 0x6d2b79f5) | 0;
  const mixed = Math.imul(state ^ (state >>> 15), state | 1);
  const last = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
  return ((last ^ (last >>> 14)) >>> 0) / 2 ** 32;
}

/** $millis: the time by the run's clock, in milliseconds since 1970. */
export function queryMillis(scope: Scope): number {
  return scope.run.clock.now();
}

/** $shuffle, by the run's random numbers. */
export function queryShuffle(scope: Scope, list: unknown): unknown {
  const items = listArgument(list);
  const shuffled: unknown[] = [];
  for (const [index, item] of (items ?? []).entries()) {
    const at = Math.floor(scope.run.random() * (index + 1));
    shuffled.splice(at, 0, item);
  }
  return items && shuffled;
}

/** $parse: the value of JSON text. */
export function queryParse(text: unknown): unknown {
  const given = textArgument(text, "parse");
  if (given === undefined) return undefined;
  try {
    return JSON.parse(given);
  } catch {
    throw queryError(
      "D3137",
      "The argument of the parse function must be JSON",
    );
  }
}
