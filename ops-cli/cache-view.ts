import type { CacheStats } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Field } from "./layout.ts";
import { showBytes, showCount, showShare } from "./measures.ts";
import { count, flag, number, object } from "./schema.ts";

export const cacheSchema = object({
  entries: count,
  sizeBytes: count,
  capacityBytes: count,
  hits: count,
  sharedHits: count,
  storedHits: count,
  coalesced: count,
  misses: count,
  bypassed: count,
  evictions: count,
  hitRate: number,
  recentHitRate: number,
  underWay: count,
  sharedConfigured: flag,
  sharedAvailable: flag,
  storedArtifacts: count,
  storedBytes: count,
  storedCapacityBytes: count,
});

export function cacheFields(stats: CacheStats | undefined): readonly Field[] {
  if (stats === undefined) return [];
  if (stats.capacityBytes === 0n) return [["cache", "off"]];
  const answered = stats.hits + stats.sharedHits + stats.storedHits + stats.coalesced;
  const served = `${showShare(stats.hitRate)} of ${showCount(answered + stats.misses, "compile")} known`;
  const shared = stats.sharedAvailable ? "reachable" : "away";
  return [
    [
      "cache",
      `${showCount(stats.entries, "answer")}, ${showBytes(stats.sizeBytes)} of ${showBytes(stats.capacityBytes)}; ${served} (last 5 minutes ${showShare(stats.recentHitRate)})`,
    ],
    ["shared cache", stats.sharedConfigured ? shared : ""],
  ];
}

/** All that there is, for `cache stats`. */
export function cacheDetails(stats: CacheStats): readonly Field[] {
  return [
    ...cacheFields(stats),
    ["from memory", stats.hits.toLocaleString("en")],
    ["from Redis", stats.sharedConfigured ? stats.sharedHits.toLocaleString("en") : ""],
    ["from the store", stats.storedHits.toLocaleString("en")],
    ["coalesced", stats.coalesced.toLocaleString("en")],
    ["compiled", stats.misses.toLocaleString("en")],
    ["bypassed", stats.bypassed.toLocaleString("en")],
    ["evicted", stats.evictions.toLocaleString("en")],
    ["under way", stats.underWay.toLocaleString("en")],
    [
      "in the store",
      `${showCount(stats.storedArtifacts, "artifact")}, ${showBytes(stats.storedBytes)} of ${showBytes(stats.storedCapacityBytes)}`,
    ],
  ];
}
