import type { Dashboard } from "./dashboard.ts";
import { count, metric, min, rate, sum } from "./queries.ts";

export const runtime: Dashboard = {
  name: "runtime",
  title: "Runtime",
  description: "Node.js and the processes: memory, garbage collection, the event loop, CPU.",
  rows: [
    {
      title: "Memory",
      panels: [
        {
          kind: "lines",
          title: "Resident memory",
          description: "Of each replica with its TypeScript compilers, and what it may use. Runbook high-memory.",
          unit: "bytes",
          queries: {
            "{{instance}}": metric("workflow_compiler_memory_bytes"),
            "may use": min(metric("workflow_memory_limit_bytes")),
          },
        },
        {
          kind: "lines",
          title: "Of the service's own process",
          description: "Without the TypeScript compilers.",
          unit: "bytes",
          queries: { "{{instance}}": metric("process_resident_memory_bytes") },
        },
        {
          kind: "lines",
          title: "JavaScript heap",
          description: "In use. What only ever grows is a leak: take an allocation profile.",
          unit: "bytes",
          queries: { "{{instance}}": metric("nodejs_heap_size_used_bytes") },
        },
        {
          kind: "lines",
          title: "Outside of the heap",
          description: "Buffers.",
          unit: "bytes",
          queries: { "{{instance}}": metric("nodejs_external_memory_bytes") },
        },
      ],
    },
    {
      title: "Processor",
      panels: [
        {
          kind: "lines",
          title: "CPU",
          description: "Cores that each replica's own process uses; the TypeScript compilers are not in it.",
          unit: "short",
          queries: { "{{instance}}": rate("process_cpu_seconds_total") },
        },
        {
          kind: "lines",
          title: "Event loop, p99",
          description: "How long it is held up. It should stay under 50 ms.",
          unit: "s",
          queries: { "{{instance}}": metric("nodejs_eventloop_lag_p99_seconds") },
        },
        {
          kind: "lines",
          title: "Garbage collection",
          description: "Share of the time that it takes.",
          unit: "percentunit",
          queries: { "{{kind}}, {{instance}}": sum(rate("nodejs_gc_duration_seconds_sum"), "kind", "instance") },
        },
        {
          kind: "lines",
          title: "Open files",
          description: "Of what the process may open.",
          unit: "percentunit",
          queries: { "{{instance}}": `${metric("process_open_fds")} / ${metric("process_max_fds")}` },
        },
      ],
    },
    {
      title: "Processes",
      panels: [
        {
          kind: "lines",
          title: "Starts",
          description: "In the last hour. Runbook unhealthy-replica.",
          unit: "short",
          queries: { "{{instance}}": `changes(${metric("process_start_time_seconds")}[1h])` },
        },
        {
          kind: "lines",
          title: "Scraped",
          description: "1 where Prometheus gets an answer.",
          unit: "short",
          queries: { "{{instance}}": metric("up") },
        },
        {
          kind: "lines",
          title: "Versions",
          description: "How many replicas run which version, on which Node.js.",
          unit: "short",
          queries: { "{{version}}, {{node_version}}": count(metric("workflow_build_info"), "version", "node_version") },
          stacked: true,
        },
      ],
    },
  ],
};
