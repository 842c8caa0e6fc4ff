import { LRUCache } from "lru-cache";
import type { Kept } from "./kept.ts";

/** Answers in memory; the least recently used go first. */
export interface MemoryTier {
  get(key: string): Kept | undefined;
  has(key: string): boolean;
  /** An answer that would take more than an eighth of the whole is not kept. */
  set(key: string, kept: Kept): void;
  /** Gives how many there were. */
  clear(): number;
  readonly entries: number;
  /** What the answers take, in bytes, what holds them included. */
  readonly bytes: number;
  /** How many have had to make room for others. */
  readonly evictions: number;
}

/** Of an entry, besides its two Buffers' bytes: key, objects, arrays, and its place in the list. Measured: about 900. */
const OVERHEAD_BYTES = 1_024;

/** @param capacity in bytes. */
export function createMemoryTier(capacity: number): MemoryTier {
  let evictions = 0;
  const cache = new LRUCache<string, Kept>({
    maxSize: capacity,
    maxEntrySize: Math.max(1, Math.floor(capacity / 8)),
    sizeCalculation: ({ reply, profile }) => reply.length + profile.length + OVERHEAD_BYTES,
    dispose(_kept, _key, reason) {
      if (reason === "evict") evictions++;
    },
  });
  return {
    get: (key) => cache.get(key),
    has: (key) => cache.has(key),
    set: (key, kept) => void cache.set(key, kept),
    clear() {
      const { size } = cache;
      cache.clear();
      return size;
    },
    get entries() {
      return cache.size;
    },
    get bytes() {
      return cache.calculatedSize;
    },
    get evictions() {
      return evictions;
    },
  };
}
