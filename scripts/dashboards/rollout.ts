import type { Dashboard } from "./dashboard.ts";
import { compilerMethods, count, max, metric, ourCodes, rate, sum, withSlot } from "./queries.ts";

const bySlot = ["slot", "version"] as const;
const legend = "{{slot}}, {{version}}";

function calls(matchers: string): string {
  return sum(withSlot(rate("workflow_requests_total", matchers)), ...bySlot);
}

function p95(histogram: string, matchers = ""): string {
  return `histogram_quantile(0.95, ${sum(withSlot(rate(`${histogram}_bucket`, matchers)), ...bySlot, "le")})`;
}

const hits = sum(withSlot(rate("workflow_cache_hits_total")), ...bySlot);
const misses = sum(withSlot(rate("workflow_cache_misses_total")), ...bySlot);

export const rollout: Dashboard = {
  name: "rollout",
  title: "Rollout",
  description: "The slots of a rollout side by side: what a canary does otherwise than the release before it.",
  rows: [
    {
      title: "Who takes calls",
      panels: [
        {
          kind: "lines",
          title: "Replicas ready",
          description: "By slot and version.",
          unit: "short",
          queries: { [legend]: sum(withSlot(metric("workflow_ready")), ...bySlot) },
          stacked: true,
        },
        {
          kind: "lines",
          title: "Share of the calls",
          description: "It should be what the rollout says: 10%, 50%, 100%.",
          unit: "percentunit",
          queries: {
            [legend]: `${calls(compilerMethods)} / scalar(${sum(rate("workflow_requests_total", compilerMethods))})`,
          },
          stacked: true,
        },
      ],
    },
    {
      title: "Are they as good",
      panels: [
        {
          kind: "lines",
          title: "Failed calls",
          description: "Share of each slot's calls. A canary that fails more is taken back: runbook bad-release.",
          unit: "percentunit",
          queries: { [legend]: `${calls(`${compilerMethods}, ${ourCodes}`)} / ${calls(compilerMethods)}` },
          bad: 0.01,
        },
        {
          kind: "lines",
          title: "Calls of Compile, p95",
          description: "A new version begins with an empty cache: compare compilations too.",
          unit: "s",
          queries: { [legend]: p95("workflow_request_duration_seconds", 'method="Compile"') },
        },
        {
          kind: "lines",
          title: "Compilations, p95",
          description: "Runs of the compiler only.",
          unit: "s",
          queries: { [legend]: p95("workflow_compilation_duration_seconds") },
        },
        {
          kind: "lines",
          title: "Definitions refused",
          description: "Share of the compilations that found the definition invalid. A step is a change of the checks.",
          unit: "percentunit",
          queries: {
            [legend]: `${sum(withSlot(rate("workflow_compilations_total", 'status="invalid"')), ...bySlot)} / ${sum(withSlot(rate("workflow_compilations_total")), ...bySlot)}`,
          },
        },
        {
          kind: "lines",
          title: "Hit rate of the cache",
          description: "Of the compiles that may use it.",
          unit: "percentunit",
          queries: { [legend]: `${hits} / (${hits} + ${misses})` },
        },
      ],
    },
    {
      title: "Do they cost the same",
      panels: [
        {
          kind: "lines",
          title: "Memory",
          description: "Of the largest replica of each slot.",
          unit: "bytes",
          queries: { [legend]: max(withSlot(metric("workflow_compiler_memory_bytes")), ...bySlot) },
        },
        {
          kind: "lines",
          title: "CPU of a replica",
          description: "Cores that the processes of a slot use, on average.",
          unit: "short",
          queries: {
            [legend]: `${sum(withSlot(rate("process_cpu_seconds_total")), ...bySlot)} / ${count(metric("workflow_build_info"), ...bySlot)}`,
          },
        },
        {
          kind: "lines",
          title: "Event loop, p99",
          description: "Of the slowest replica of each slot.",
          unit: "s",
          queries: { [legend]: max(withSlot(metric("nodejs_eventloop_lag_p99_seconds")), ...bySlot) },
        },
        {
          kind: "lines",
          title: "Starts",
          description: "In the last hour, by slot. A new one that starts again and again is taken back.",
          unit: "short",
          queries: { [legend]: sum(withSlot(`changes(${metric("process_start_time_seconds")}[1h])`), ...bySlot) },
        },
      ],
    },
  ],
};
