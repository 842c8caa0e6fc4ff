import type { ArtifactStore } from "../store/artifacts.ts";
import { fromShared, type Kept, toShared } from "./kept.ts";

/** Answers in the store, so that a replica still has them after a restart. */
export interface StoredTier {
  /** Null also where the store takes too long. */
  get(key: string): Promise<Kept | null>;
  keep(key: string, kept: Kept): void;
  clear(): Promise<void>;
  /** Waits until what is being kept is kept. */
  settle(): Promise<void>;
}

/** How much longer a compile may take because the store is asked first, in milliseconds. */
const LONGEST_GET_MS = 250;

export function createStoredTier(artifacts: Pick<ArtifactStore, "get" | "put" | "clear">): StoredTier {
  const beingKept = new Set<Promise<void>>();
  return {
    async get(key) {
      const bytes = await atMost(LONGEST_GET_MS, artifacts.get(key)).catch(() => null);
      return bytes && fromShared(bytes);
    },
    keep(key, kept) {
      const settled = artifacts
        .put(key, kept.artifactDigest, toShared(kept))
        .catch(() => {})
        .then(() => void beingKept.delete(settled));
      beingKept.add(settled);
    },
    async clear() {
      await artifacts.clear();
    },
    async settle() {
      await Promise.all(beingKept);
    },
  };
}

function atMost<T>(ms: number, work: Promise<T>): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, ms, null);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
