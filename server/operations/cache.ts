import {
  CacheScope,
  type CacheStats,
  type ClearCacheRequest,
  type ClearCacheResponse,
  type WarmCacheRequest,
  type WarmCacheResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Call } from "../admission/call.ts";
import type { WarmUp } from "../cache/warm.ts";
import type { Violation } from "../grpc/call-error.ts";
import { formatFromWire, targetFromWire } from "../grpc/wire.ts";
import { checkReason, refuse, wrong, wrongField } from "./fields.ts";
import type { OperationsParts } from "./parts.ts";

type CacheParts = Pick<OperationsParts, "cache" | "sharedCache" | "store">;

export async function cacheStats({ cache, sharedCache, store }: CacheParts): Promise<CacheStats> {
  const { uses, entries, bytes, capacityBytes, evictions, hitRate, recentHitRate, underWay } = cache.stats();
  const { configured, available } = sharedCache();
  // A store that is away takes nothing away from what is known here.
  const stored = await store.artifacts.stats().catch(() => ({ count: 0, bytes: 0, capacityBytes: 0 }));
  return {
    entries: BigInt(entries),
    sizeBytes: BigInt(bytes),
    capacityBytes: BigInt(capacityBytes),
    hits: BigInt(uses.memory),
    sharedHits: BigInt(uses.redis),
    storedHits: BigInt(uses.store),
    coalesced: BigInt(uses.coalesced),
    misses: BigInt(uses.miss),
    bypassed: BigInt(uses.bypassed),
    evictions: BigInt(evictions),
    hitRate,
    recentHitRate,
    underWay: BigInt(underWay),
    sharedConfigured: configured,
    sharedAvailable: available,
    storedArtifacts: BigInt(stored.count),
    storedBytes: BigInt(stored.bytes),
    storedCapacityBytes: BigInt(stored.capacityBytes),
  };
}

export async function clearCache(
  { scope, reason }: ClearCacheRequest,
  call: Call,
  cache: OperationsParts["cache"],
): Promise<ClearCacheResponse> {
  refuse(checkReason(reason));
  call.reason = reason;
  const cleared = await cache.clear(scopeFromWire(scope));
  return { entries: BigInt(cleared.entries), everywhere: cleared.everywhere };
}

function scopeFromWire(scope: CacheScope): "replica" | "all" {
  switch (scope) {
    case CacheScope.CACHE_SCOPE_UNSPECIFIED:
    case CacheScope.CACHE_SCOPE_REPLICA:
      return "replica";
    case CacheScope.CACHE_SCOPE_ALL:
      return "all";
    default:
      throw wrongField("scope", `has no value ${scope}`);
  }
}

const MAX_ITEMS = 1_000;

export async function warmCache(
  { items, reason }: WarmCacheRequest,
  call: Call,
  cache: OperationsParts["cache"],
): Promise<WarmCacheResponse> {
  const many = items.length > MAX_ITEMS ? wrong("items", `has ${items.length}; the limit is ${MAX_ITEMS}`) : [];
  refuse(checkReason(reason), many);
  const violations: Violation[] = [];
  const list = items.flatMap((item, index) => warmUpOf(item, `items[${index}]`, violations));
  refuse(violations);
  call.reason = reason;
  call.note({ items: list.length });
  const { known, compiled, failed } = await cache.warm(list, call.signal);
  return { known: BigInt(known), compiled: BigInt(compiled), failed: BigInt(failed) };
}

/** None where something is wrong with it, which `violations` then tells. */
function warmUpOf(
  { source, options }: WarmCacheRequest["items"][number],
  field: string,
  violations: Violation[],
): readonly WarmUp[] {
  const format = source === undefined ? undefined : formatFromWire(source.format);
  const target = targetFromWire(options?.target ?? 0);
  if (source === undefined || source.content.length === 0)
    violations.push(...wrong(`${field}.source.content`, "must not be empty"));
  else if (format === undefined) violations.push(...wrong(`${field}.source.format`, `has no value ${source.format}`));
  else if (target === undefined)
    violations.push(...wrong(`${field}.options.target`, `has no value ${options?.target}`));
  else {
    const { content, name } = source;
    return [
      { source: { format, content, name }, options: { target, allowInlineCode: options?.allowInlineCode ?? false } },
    ];
  }
  return [];
}
