import { showCount, showShare } from "../measures.ts";
import { type Check, each, judged, skipped } from "./check.ts";
import { circuit, component, setting } from "./sight.ts";

export const redisChecks: readonly Check[] = [
  {
    id: "redis-answers",
    category: "redis",
    good: "Redis answers",
    hint: "Is it up, and is WFC_REDIS_URL right? Calls go on without it: replicas cache and limit each for itself.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      replicas.every((sight) => setting(sight, "WFC_REDIS_URL") === "")
        ? skipped("WFC_REDIS_URL is not set")
        : judged(each(replicas, (sight) => component(sight, "redis") || circuit(sight, "redis"))),
  },
  {
    id: "replicas-share",
    category: "redis",
    good: "replicas share their cache and rate limits",
    hint: "Set WFC_REDIS_URL: else a caller has its rate at each replica, and each compiles for itself.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      replicas.length < 2
        ? skipped("there is one replica")
        : judged(
            [],
            each(replicas, ({ status }) => (status.cache?.sharedConfigured === false ? "it shares none" : "")),
          ),
  },
];

const ENOUGH_COMPILES = 1_000n;

export const cacheChecks: readonly Check[] = [
  {
    id: "cache-on",
    category: "cache",
    good: "the cache is on",
    hint: "Set WFC_CACHE_BYTES.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status }) => (status.cache?.capacityBytes === 0n ? "it is off" : "")),
      ),
  },
  {
    id: "cache-large-enough",
    category: "cache",
    good: "the cache is large enough",
    hint: "Raise WFC_CACHE_BYTES: answers make room for others before they are asked for again.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { cache } }) => {
          if (cache === undefined || cache.misses < ENOUGH_COMPILES || cache.evictions * 2n < cache.misses) return "";
          return `${showCount(cache.evictions, "eviction")} in ${showCount(cache.misses, "compile")}, ${showShare(cache.hitRate)} known`;
        }),
      ),
  },
];
