import type { Dashboard } from "./dashboard.ts";
import { max, metric, rate, sum } from "./queries.ts";

const hits = "workflow_cache_hits_total";
const misses = "workflow_cache_misses_total";

function hitRate(window?: string): string {
  const found = sum(rate(hits, "", window));
  return `${found} / (${found} + ${sum(rate(misses, "", window))})`;
}

export const cache: Dashboard = {
  name: "cache",
  title: "Cache",
  description: "Which compiles were answered without a run of the compiler, and from where.",
  rows: [
    {
      title: "Use",
      panels: [
        {
          kind: "number",
          title: "Hit rate",
          description: "Of the compiles that may use the cache, in 15 minutes. Runbook cache-stampede.",
          unit: "percentunit",
          queries: { hits: hitRate("15m") },
          bad: 0.8,
          low: true,
        },
        {
          kind: "number",
          title: "Answers kept",
          description: "In the memory of all replicas.",
          unit: "short",
          queries: { answers: sum(metric("workflow_cache_size")) },
        },
        {
          kind: "number",
          title: "Memory used",
          description: "Of WFC_CACHE_BYTES, in the fullest replica. A full cache is no fault: what is old makes room.",
          unit: "percentunit",
          queries: { used: max(`${metric("workflow_cache_bytes")} / ${metric("workflow_cache_capacity_bytes")}`) },
        },
        {
          kind: "lines",
          title: "Hit rate",
          description: "It falls after a release, whose answers are new, and comes back.",
          unit: "percentunit",
          queries: { hits: hitRate() },
          bad: 0.8,
          low: true,
        },
        {
          kind: "lines",
          title: "How compiles were answered",
          description: "`coalesced`: with the answer of the same definition that was being compiled already.",
          unit: "ops",
          queries: {
            "{{tier}}": sum(rate("workflow_cache_tier_hits_total"), "tier"),
            miss: sum(rate(misses)),
            bypassed: sum(rate("workflow_cache_bypasses_total")),
          },
          stacked: true,
        },
      ],
    },
    {
      title: "Memory",
      panels: [
        {
          kind: "lines",
          title: "Size",
          description: "What the answers of each replica take, and may take.",
          unit: "bytes",
          queries: {
            "{{instance}}": metric("workflow_cache_bytes"),
            "may take": max(metric("workflow_cache_capacity_bytes")),
          },
        },
        {
          kind: "lines",
          title: "Evictions",
          description: "Answers that made room. Many, and a low hit rate: a larger WFC_CACHE_BYTES helps.",
          unit: "ops",
          queries: { "{{instance}}": rate("workflow_cache_evictions_total") },
        },
      ],
    },
    {
      title: "Shared",
      panels: [
        {
          kind: "states",
          title: "Circuit of Redis",
          description: "0 closed, 1 half-open, 2 open. While it is open replicas do not share answers.",
          unit: "short",
          queries: { "{{instance}}": metric("workflow_circuit_breaker_state", 'name="redis"') },
          bad: 2,
        },
        {
          kind: "states",
          title: "Health of the cache",
          description: "1 healthy, 0.5 degraded.",
          unit: "short",
          queries: { "{{instance}}": metric("workflow_health_status", 'component="compilation_cache"') },
          bad: 1,
          low: true,
        },
      ],
    },
  ],
};
