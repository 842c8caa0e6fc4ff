import { LRUCache } from "lru-cache";
import type { Rate } from "../config/syntax.ts";

/**
 * A token bucket is one number: the time at which it will be full again. This is the generic cell rate algorithm, ITU-T
 * I.371, in its form of virtual scheduling. All times are in milliseconds of one clock.
 *
 * @returns how long until the bucket holds a token; 0: it does.
 */
export function waitMs(fullAt: number, { count, perMs, burst }: Rate, now: number): number {
  return Math.max(0, fullAt - now - ((burst - 1) * perMs) / count);
}

/** When a bucket will be full again after a token was taken. */
export function afterTaking(fullAt: number, { count, perMs }: Rate, now: number): number {
  return Math.max(fullAt, now) + perMs / count;
}

/**
 * Token buckets by key.
 *
 * Memory is bounded. A bucket that is full again says what no bucket says, so that forgetting it changes nothing: only
 * such are forgotten. Where none of the oldest is, more keys are in use than there is room for; newcomers then share one
 * bucket, and nobody gets a new one by making others forget theirs.
 */
export interface Buckets {
  /** How long until the key's bucket holds a token; 0: it does. Takes nothing. */
  waitMs(key: string, rate: Rate, now: number): number;
  /** Takes a token, which there must be. Gives the key that it was taken from. */
  take(key: string, rate: Rate, now: number): string;
  /** Sets how long until the key's bucket is full again, where it is known here. */
  set(key: string, fullInMs: number, now: number): void;
  /** Fills the buckets of the keys that match; gives those keys. */
  forget(matches: (key: string) => boolean): readonly string[];
  readonly size: number;
}

/** About 3 MB when all are in use. Under the default rates a few hundred are. */
const DEFAULT_CAPACITY = 16_384;

/** How many of the oldest are looked at to make room. */
const LOOK_AT = 8;

/** Shared by those for whom there is no room. */
const OVERFLOW = "overflow";

export function createBuckets(capacity: number = DEFAULT_CAPACITY): Buckets {
  const fullAt = new LRUCache<string, number>({ max: capacity + 1 });

  /** The key itself, or that of all for whom there is no room. */
  const roomFor = (key: string, now: number): string => {
    if (fullAt.size < capacity || fullAt.has(key)) return key;
    let looked = 0;
    for (const oldest of fullAt.rkeys()) {
      if ((fullAt.peek(oldest) ?? 0) <= now) {
        fullAt.delete(oldest);
        return key;
      }
      if (++looked === LOOK_AT) break;
    }
    return OVERFLOW;
  };

  return {
    waitMs: (key, rate, now) => waitMs(fullAt.peek(roomFor(key, now)) ?? 0, rate, now),
    take(key, rate, now) {
      const used = roomFor(key, now);
      fullAt.set(used, afterTaking(fullAt.peek(used) ?? 0, rate, now));
      return used;
    },
    set(key, fullInMs, now) {
      if (fullAt.has(key)) fullAt.set(key, now + fullInMs);
    },
    forget(matches) {
      const forgotten = [...fullAt.keys()].filter(matches);
      for (const key of forgotten) fullAt.delete(key);
      return forgotten;
    },
    get size() {
      return fullAt.size;
    },
  };
}
