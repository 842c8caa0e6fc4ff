import type { Dashboard } from "./dashboard.ts";
import { BUDGET, compilerMethods, count, failedShare, max, metric, quantile, rate, sum } from "./queries.ts";

const call = "workflow_request_duration_seconds";
const compile = "workflow_compilation_duration_seconds";
const onCompile = 'method="Compile"';

export const overview: Dashboard = {
  name: "overview",
  title: "Overview",
  description: "The four golden signals, the service level objective and its error budget.",
  rows: [
    {
      title: "Now",
      panels: [
        {
          kind: "number",
          title: "Replicas ready",
          description: "None: nobody can call. Runbook unhealthy-replica.",
          unit: "short",
          queries: { ready: sum(metric("workflow_ready")) },
          bad: 1,
          low: true,
        },
        {
          kind: "number",
          title: "Calls",
          description: "Calls to the compiler a second.",
          unit: "reqps",
          queries: { calls: sum(rate("workflow_requests_total", compilerMethods)) },
        },
        {
          kind: "number",
          title: "Failed",
          description: "Share of the calls that failed for a reason of ours. Runbook high-error-rate.",
          unit: "percentunit",
          queries: { failed: failedShare("5m") },
          bad: 0.005,
        },
        {
          kind: "number",
          title: "Compile, p95",
          description: "What callers of Compile wait, answers from the cache included. Runbook high-latency.",
          unit: "s",
          queries: { p95: quantile(0.95, call, onCompile) },
          bad: 0.1,
        },
        {
          kind: "number",
          title: "Error budget left",
          description: "Of 0.1% of the calls of 30 days. Below zero the objective of 99.9% is missed.",
          unit: "percentunit",
          queries: { left: `1 - (${failedShare("30d")}) / ${BUDGET}` },
          bad: 0,
          low: true,
        },
        {
          kind: "number",
          title: "Alerts",
          description: "How many alerts of this service fire.",
          unit: "short",
          queries: {
            firing: `${count(metric("ALERTS", 'alertstate="firing", product="workflow-compiler"'))} or vector(0)`,
          },
          bad: 1,
        },
      ],
    },
    {
      title: "Traffic",
      panels: [
        {
          kind: "lines",
          title: "Calls by method",
          description: "Calls that have ended, a second. Health checks and operators' calls are among them.",
          unit: "reqps",
          queries: { "{{method}}": sum(rate("workflow_requests_total"), "method") },
          stacked: true,
        },
        {
          kind: "lines",
          title: "Messages of streams",
          description: "Definitions that came in streams, and answers to them, a second.",
          unit: "ops",
          queries: { "{{direction}}": sum(rate("workflow_messages_total"), "direction") },
        },
      ],
    },
    {
      title: "Errors",
      panels: [
        {
          kind: "lines",
          title: "Failed calls",
          description:
            "Share of the calls to the compiler that failed for a reason of ours; the alerts begin at 0.5% and 1%.",
          unit: "percentunit",
          queries: { failed: failedShare() },
          bad: 0.005,
        },
        {
          kind: "lines",
          title: "Calls by status",
          description: "Without OK. INVALID_ARGUMENT, RESOURCE_EXHAUSTED and the like are what callers did.",
          unit: "reqps",
          queries: { "{{code}}": sum(rate("workflow_requests_total", `${compilerMethods}, code!="OK"`), "code") },
          stacked: true,
        },
      ],
    },
    {
      title: "Latency",
      panels: [
        {
          kind: "lines",
          title: "Calls of Compile",
          description: "From the first byte of a call to its end, answers from the cache included.",
          unit: "s",
          queries: {
            p50: quantile(0.5, call, onCompile),
            p95: quantile(0.95, call, onCompile),
            p99: quantile(0.99, call, onCompile),
          },
          bad: 0.1,
        },
        {
          kind: "lines",
          title: "Compilations",
          description: "Runs of the compiler only, the wait for a worker included; the alert begins at a p99 of 5 s.",
          unit: "s",
          queries: { p50: quantile(0.5, compile), p95: quantile(0.95, compile), p99: quantile(0.99, compile) },
          bad: 5,
        },
      ],
    },
    {
      title: "Saturation",
      panels: [
        {
          kind: "lines",
          title: "Workers",
          description: "Busy workers of all workers. At 100% definitions wait: more replicas, or more WFC_WORKERS.",
          unit: "percentunit",
          queries: { busy: `${sum(metric("workflow_workers_busy"))} / ${sum(metric("workflow_workers"))}` },
        },
        {
          kind: "lines",
          title: "In flight",
          description: "Definitions and streams under way, and how many wait.",
          unit: "short",
          queries: {
            "in flight": sum(metric("workflow_requests_in_flight")),
            "waits for a worker": sum(metric("workflow_queue_depth")),
            "waits under the limit": sum(metric("workflow_concurrency_waiting")),
          },
        },
        {
          kind: "lines",
          title: "Memory",
          description: "Of the memory that a replica may use; the fullest one. Runbook high-memory.",
          unit: "percentunit",
          queries: {
            used: max(`${metric("workflow_compiler_memory_bytes")} / ${metric("workflow_memory_limit_bytes")}`),
          },
          bad: 0.8,
        },
        {
          kind: "lines",
          title: "Event loop",
          description: "How long the event loop of the slowest replica is held up, p99. It should stay under 50 ms.",
          unit: "s",
          queries: { p99: max(metric("nodejs_eventloop_lag_p99_seconds")) },
        },
      ],
    },
    {
      title: "Objective: 99.9% of the calls of 30 days",
      panels: [
        {
          kind: "lines",
          title: "Burn rate",
          description:
            "How many times faster than allowed the error budget is used up; 14.4 in an hour and 6 in six wake somebody.",
          unit: "short",
          queries: {
            "1h": `${failedShare("1h")} / ${BUDGET}`,
            "6h": `${failedShare("6h")} / ${BUDGET}`,
            "3d": `${failedShare("3d")} / ${BUDGET}`,
          },
          bad: 14.4,
        },
        {
          kind: "lines",
          title: "Availability of 30 days",
          description: "Share of the calls that did not fail for a reason of ours.",
          unit: "percentunit",
          queries: { availability: `1 - ${failedShare("30d")}` },
        },
      ],
    },
  ],
};
