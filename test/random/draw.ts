import fc from "fast-check";

/** Where random choices come from: of fast-check, so that what fails can be shrunk and found again by its seed. */
export interface Draw {
  /** A whole number from 0, less than `limit`. */
  below(limit: number): number;
  /** True about `percent` times in a hundred. Shrinks to false. */
  chance(percent: number): boolean;
  /** Shrinks to the first. */
  pick<T>(items: readonly [T, ...T[]]): T;
  /** One of some, or undefined where there are none. */
  one<T>(items: readonly T[]): T | undefined;
  /** True in few places of few definitions: something is to be wrong there. */
  slips(): boolean;
}

/** Without fast-check's preference for the least and the greatest: what is rare here must stay rare. */
function evenly(limit: number): fc.Arbitrary<number> {
  return fc.noBias(fc.nat(limit - 1));
}

/** Definitions as JSON text. About one in five has mistakes on purpose. */
export function drawn(make: (draw: Draw) => unknown): fc.Arbitrary<string> {
  return fc.gen().map((generate) => {
    const below = (limit: number): number => (limit <= 1 ? 0 : generate(evenly, limit));
    const chance = (percent: number): boolean => below(100) >= 100 - percent;
    const isCareless = chance(22);
    return JSON.stringify(
      make({
        below,
        chance,
        pick: (items) => items[below(items.length)] ?? items[0],
        one: (items) => items[below(items.length)],
        slips: () => isCareless && chance(2),
      }),
      null,
      1,
    );
  });
}
