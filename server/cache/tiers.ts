import type { Kept } from "./kept.ts";
import type { Key } from "./key.ts";
import { createMemoryTier, type MemoryTier } from "./memory-tier.ts";
import type { Found, SharedTier } from "./redis-tier.ts";
import type { StoredTier } from "./store-tier.ts";

/** Memory, Redis and the store as one. What is found in one of them is put into those before it. */
export interface Tiers {
  readonly memory: MemoryTier;
  /** Looks in Redis and in the store. Rejects only with the signal's reason. */
  search(key: Key, signal: AbortSignal): Promise<Search>;
  /** For an answer that is made whatever is known. */
  claim(key: Key): Claim;
  claimInMemory(key: Key): Claim;
  /** Gives how many answers were in memory. */
  clearMemory(): number;
  /** Gives whether other replicas were told. */
  clearAll(): Promise<boolean>;
  /** Waits until what is being kept is kept. */
  settle(): Promise<void>;
}

export type Search =
  | { readonly kind: "found"; readonly kept: Kept; readonly use: "redis" | "store" | "coalesced" }
  | ({ readonly kind: "claim" } & Claim);

/** The right to make an answer, and the duty to say what has come of it: one of the two must be called. */
export interface Claim {
  /** Not kept where the cache has been cleared since the claim was made. */
  keep(kept: Kept): void;
  giveUp(): void;
}

export function createTiers(memoryBytes: number, shared: SharedTier | null, stored: StoredTier | null): Tiers {
  const memory = createMemoryTier(memoryBytes);
  /** Goes up whenever the cache is cleared. */
  let epoch = 0;

  function clearMemory(): number {
    epoch++;
    return memory.clear();
  }

  shared?.onCleared(() => {
    clearMemory();
    stored?.clear().catch(() => {});
  });

  function claimOf(key: Key, began: number, found: Found): Claim {
    const giveUp = (): void => {
      if (found.kind === "lease") found.release();
    };
    return {
      giveUp,
      keep(kept) {
        if (began !== epoch) return giveUp();
        memory.set(key.local, kept);
        stored?.keep(key.shared(), kept);
        if (found.kind === "lease") found.keep(kept);
        else shared?.keep(key.shared(), kept);
      },
    };
  }

  return {
    memory,
    async search(key, signal) {
      const began = epoch;
      const found: Found = (await shared?.find(key.shared(), signal)) ?? { kind: "nothing" };
      if (found.kind === "answer") {
        if (began === epoch) memory.set(key.local, found.kept);
        return { kind: "found", kept: found.kept, use: found.waited ? "coalesced" : "redis" };
      }
      const kept = (await stored?.get(key.shared())) ?? null;
      if (kept === null) return { kind: "claim", ...claimOf(key, began, found) };
      if (began === epoch) memory.set(key.local, kept);
      if (found.kind === "lease") found.keep(kept);
      return { kind: "found", kept, use: "store" };
    },
    claim: (key) => claimOf(key, epoch, { kind: "nothing" }),
    claimInMemory(key) {
      const began = epoch;
      return {
        giveUp() {},
        keep(kept) {
          if (began === epoch) memory.set(key.local, kept);
        },
      };
    },
    clearMemory,
    async clearAll() {
      await stored?.clear().catch(() => {});
      const told = shared?.clear().then(
        () => true,
        () => false,
      );
      return (await told) ?? false;
    },
    async settle() {
      await Promise.all([shared?.settle(), stored?.settle()]);
    },
  };
}
