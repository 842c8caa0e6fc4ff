/** How a Compile was answered. `coalesced`: by another request's compile of the same, here or on another replica. */
export type CacheUse = "memory" | "redis" | "store" | "coalesced" | "miss" | "bypassed";

export interface Counts {
  /** By use, since the start. */
  readonly uses: Readonly<Record<CacheUse, number>>;
  /** Share of requests that needed no compile of their own, 0 to 1, without those that bypassed the cache; 0 for none. */
  readonly hitRate: number;
  /** The same over the last five minutes. */
  readonly recentHitRate: number;
}

export interface Statistics {
  count(use: CacheUse): void;
  counts(): Counts;
}

const SLOT_MS = 10_000;
const SLOTS = 30;

interface Slot {
  /** Which ten seconds it counts, since 1970. */
  number: number;
  answered: number;
  missed: number;
}

/** @param now milliseconds since 1970. */
export function createStatistics(now: () => number): Statistics {
  const uses: Record<CacheUse, number> = { memory: 0, redis: 0, store: 0, coalesced: 0, miss: 0, bypassed: 0 };
  const slots: Slot[] = Array.from({ length: SLOTS }, () => ({ number: -1, answered: 0, missed: 0 }));
  const rate = (answered: number, missed: number): number => (answered === 0 ? 0 : answered / (answered + missed));
  return {
    count(use) {
      uses[use]++;
      if (use === "bypassed") return;
      const number = Math.floor(now() / SLOT_MS);
      const slot = slots[number % SLOTS];
      if (slot === undefined) return;
      if (slot.number !== number) Object.assign(slot, { number, answered: 0, missed: 0 });
      if (use === "miss") slot.missed++;
      else slot.answered++;
    },
    counts() {
      const oldest = Math.floor(now() / SLOT_MS) - SLOTS;
      const recent = slots.filter((slot) => slot.number > oldest);
      const sum = (field: "answered" | "missed") => recent.reduce((total, slot) => total + slot[field], 0);
      return {
        uses: { ...uses },
        hitRate: rate(uses.memory + uses.redis + uses.store + uses.coalesced, uses.miss),
        recentHitRate: rate(sum("answered"), sum("missed")),
      };
    },
  };
}
